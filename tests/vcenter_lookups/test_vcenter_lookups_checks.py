"""A spec against a vCenter: each thing that is wrong is told once, with its remedy, on the page that mends it."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from webui.spec import check, parse
from webui.spec.problem import Problem
from webui.spec.vcenter_site import GIB, Folder, Host, Machine, PortGroup, Template, VCenterFacts

GOOD: dict[str, Any] = {
    "version": 1,
    "name": "k8s-dc1",
    "mode": "full",
    "l3out": {"vlan": 310, "mtu": 9000},
    "vcenter": {
        "datacenter": "DC1",
        "compute_cluster": "cluster-k8s",
        "resource_pool": "k8s",
        "datastore": "ds-k8s",
        "switch": "dvs-k8s",
        "port_group": "k8s-vlan-310",
        "folder": "kubernetes/k8s-dc1",
        "template": "debian-12-cloud",
        "control_plane": {"cpus": 2, "memory_gib": 4, "disk_gib": 20},
        "workers": {"cpus": 2, "memory_gib": 4, "disk_gib": 40},
    },
    "machines": {
        "control_plane": [{"name": f"k8s-cp-{n}"} for n in (1, 2, 3)],
        "workers": [{"name": f"k8s-w-{n}"} for n in (1, 2)],
    },
}


def found(facts: VCenterFacts, **changed: Any) -> list[Problem]:
    """Problems that the vCenter's facts bring; `changed`: fields by path with __ for a dot."""
    document = {key: dict(value) if isinstance(value, dict) else value for key, value in GOOD.items()}
    for path, value in changed.items():
        *parents, last = path.split("__")
        place = document
        for parent in parents:
            place[parent] = dict(place[parent])
            place = place[parent]
        place[last] = value
    parsed = parse(document)
    assert not parsed.problems
    without = check(parsed.spec)
    return [one for one in check(parsed.spec, vcenter=facts) if one not in without]


def one(problems: list[Problem]) -> Problem:
    assert len(problems) == 1, problems
    return problems[0]


def test_a_good_spec_has_no_problem(facts: VCenterFacts) -> None:
    assert found(facts) == []


def test_bare_metal_is_not_looked_for_in_a_vcenter(facts: VCenterFacts) -> None:
    assert found(facts, mode="bare-metal", vcenter__datacenter="gone") == []


@pytest.mark.parametrize(
    ("path", "wrong", "near"),
    [
        ("vcenter__datacenter", "DC3", "DC1"),
        ("vcenter__compute_cluster", "cluster-k9s", "cluster-k8s"),
        ("vcenter__resource_pool", "k8", "k8s"),
        ("vcenter__datastore", "ds-k9s", "ds-k8s"),
        ("vcenter__switch", "dvs-k9s", "dvs-k8s"),
        ("vcenter__port_group", "k8s-vlan-301", "k8s-vlan-310"),
        ("vcenter__template", "debian-12-cluod", "debian-12-cloud"),
    ],
)
def test_what_is_not_there_is_named_with_what_may_be_meant(
    facts: VCenterFacts, path: str, wrong: str, near: str
) -> None:
    problem = one(found(facts, **{path: wrong}))
    assert problem.field == path.replace("__", ".")
    assert problem.severity == "blocking"
    assert f"named {wrong}" in problem.sentence
    assert near in problem.remedy
    assert problem.page == "vcenter"


def test_a_template_may_be_given_by_its_path(facts: VCenterFacts) -> None:
    assert found(facts, vcenter__template="templates/debian-12-cloud") == []


def test_two_templates_of_one_name_must_be_told_apart(facts: VCenterFacts) -> None:
    twin = Template("DC1", "old/debian-12-cloud", disks=(20 * GIB,), tools=True, snapshots=1)
    twice = dataclasses.replace(facts, templates=(*facts.templates, twin))
    problem = one(found(twice))
    assert "old/debian-12-cloud" in problem.sentence
    assert "path" in problem.remedy


def test_a_template_without_tools(facts: VCenterFacts) -> None:
    problem = one(found(facts, vcenter__template="debian-12-without-tools"))
    assert problem.severity == "blocking"
    assert "VMware Tools" in problem.sentence
    assert "open-vm-tools" in problem.remedy


def test_linked_clones_need_a_snapshot_and_full_ones_do_not(facts: VCenterFacts) -> None:
    problem = one(found(facts, vcenter__template="ubuntu-24.04-cloud"))
    assert "no snapshot" in problem.sentence
    larger = {"cpus": 2, "memory_gib": 4, "disk_gib": 40}
    assert found(facts, vcenter__template="ubuntu-24.04-cloud", vcenter__control_plane=larger) == []


def test_several_snapshots_are_refused_for_linked_clones(facts: VCenterFacts) -> None:
    template = dataclasses.replace(facts.templates_named("DC1", "debian-12-cloud")[0], snapshots=2)
    problem = one(found(dataclasses.replace(facts, templates=(template,))))
    assert "2 snapshots" in problem.sentence


def test_a_disk_smaller_than_the_templates(facts: VCenterFacts) -> None:
    problem = one(found(facts, vcenter__workers={"cpus": 2, "memory_gib": 4, "disk_gib": 10}))
    assert problem.field == "vcenter.workers.disk_gib"
    assert "Give 20 or more" in problem.remedy


@pytest.mark.parametrize(("changed", "word"), [({"disks": (GIB, GIB)}, "2 disks"), ({"cards": 2}, "2 network cards")])
def test_a_template_with_more_than_one_disk_or_card(facts: VCenterFacts, changed: Any, word: str) -> None:
    template = dataclasses.replace(facts.templates_named("DC1", "debian-12-cloud")[0], **changed)
    problems = found(dataclasses.replace(facts, templates=(template,)))
    assert any(word in problem.sentence for problem in problems)


def test_a_port_group_of_another_vlan(facts: VCenterFacts) -> None:
    problem = one(found(facts, vcenter__port_group="k8s-vlan-311"))
    assert problem.sentence.startswith("Port group k8s-vlan-311 has VLAN 311, but the L3Out has VLAN 310")
    assert "VLAN 310" in problem.remedy


def test_a_port_group_that_trunks(facts: VCenterFacts) -> None:
    trunk = PortGroup("DC1", "trunk", "dvs-k8s", ((1, 4094),), True, 9000, ("cluster-k8s",))
    problem = one(found(dataclasses.replace(facts, port_groups=(trunk,)), vcenter__port_group="trunk"))
    assert "tag VLAN 310 themselves" in problem.sentence


def test_a_port_group_of_another_switch(facts: VCenterFacts) -> None:
    problems = found(facts, vcenter__switch="dvs-mgmt")
    assert "is of switch dvs-k8s, not of dvs-mgmt" in one(problems).sentence


def test_two_port_groups_of_one_name(facts: VCenterFacts) -> None:
    twin = PortGroup("DC1", "k8s-vlan-310", "dvs-mgmt", ((310, 310),), False, 9000, ("cluster-k8s",))
    problem = one(found(dataclasses.replace(facts, port_groups=(*facts.port_groups, twin))))
    assert "dvs-k8s, dvs-mgmt" in problem.sentence


def test_a_switch_that_carries_less_than_the_mtu(facts: VCenterFacts) -> None:
    small = tuple(dataclasses.replace(group, mtu=1500) for group in facts.port_groups)
    problem = one(found(dataclasses.replace(facts, port_groups=small)))
    assert (problem.field, problem.severity) == ("vcenter.switch", "blocking")
    assert "1500 bytes" in problem.sentence
    assert "9000" in problem.remedy


def test_an_unknown_mtu_is_no_problem(facts: VCenterFacts) -> None:
    unknown = tuple(dataclasses.replace(group, mtu=None) for group in facts.port_groups)
    assert found(dataclasses.replace(facts, port_groups=unknown)) == []


def test_a_datastore_that_the_cluster_does_not_reach(facts: VCenterFacts) -> None:
    assert "cannot be reached from cluster cluster-k8s" in one(found(facts, vcenter__datastore="ds-mgmt")).sentence


def test_a_datastore_that_some_hosts_do_not_reach(facts: VCenterFacts) -> None:
    store = facts.datastore("DC1", "ds-k8s")
    assert store is not None
    partly = dataclasses.replace(store, clusters=(), partly=("cluster-k8s",))
    problem = one(found(dataclasses.replace(facts, datastores=(partly,))))
    assert problem.severity == "warning"


def test_a_datastore_in_maintenance(facts: VCenterFacts) -> None:
    store = facts.datastore("DC1", "ds-k8s")
    assert store is not None
    problem = one(found(dataclasses.replace(facts, datastores=(dataclasses.replace(store, usable=False),))))
    assert "maintenance" in problem.sentence


def test_a_datastore_that_cannot_start_the_machines(facts: VCenterFacts) -> None:
    problem = one(found(facts, vcenter__datastore="ds-k8s-nearly-full"))
    assert (problem.field, problem.severity) == ("vcenter.datastore", "blocking")
    assert "2.0 GiB free; 5 new machines need 20.0 GiB" in problem.sentence


@pytest.mark.parametrize(
    ("free", "severity"), [(20 * GIB - 1, "blocking"), (20 * GIB + 10_000, "warning"), (160 * GIB, None)]
)
def test_room_at_its_limits(facts: VCenterFacts, free: int, severity: str | None) -> None:
    """Five swap files of 4 GiB to start; three disks of 20 GiB and two of 40 in the end."""
    store = facts.datastore("DC1", "ds-k8s")
    assert store is not None
    problems = found(dataclasses.replace(facts, datastores=(dataclasses.replace(store, free=free),)))
    assert [problem.severity for problem in problems] == ([severity] if severity else [])


def test_full_clones_take_the_templates_bytes_at_once(facts: VCenterFacts) -> None:
    template = dataclasses.replace(facts.templates_named("DC1", "debian-12-cloud")[0], used=3 * GIB)
    store = facts.datastore("DC1", "ds-k8s")
    assert store is not None
    tight = dataclasses.replace(store, free=25 * GIB)
    problem = one(found(dataclasses.replace(facts, templates=(template,), datastores=(tight,))))
    assert "need 26.0 GiB to start" in problem.sentence, "two workers with larger disks are full clones"


def test_machines_that_exist_already_need_no_more_room(facts: VCenterFacts) -> None:
    names = [f"k8s-cp-{n}" for n in (1, 2, 3)] + ["k8s-w-1", "k8s-w-2"]
    own = facts.without("DC1", "kubernetes/k8s-dc1", names)
    assert found(own, vcenter__datastore="ds-k8s-nearly-full") == []


def test_a_foreign_machine_of_the_same_name(facts: VCenterFacts) -> None:
    foreign = Machine("DC1", "kubernetes/k8s-dc1", "k8s-cp-2")
    problem = one(found(dataclasses.replace(facts, machines=(foreign,))))
    assert (problem.field, problem.severity) == ("machines.control_plane.1.name", "blocking")
    assert "never taken over" in problem.remedy


def test_a_machine_of_the_same_name_elsewhere_is_only_worth_knowing(facts: VCenterFacts) -> None:
    elsewhere = (Machine("DC1", "infrastructure", "k8s-w-1"), Machine("DC2", "", "k8s-w-2"))
    problem = one(found(dataclasses.replace(facts, machines=elsewhere)))
    assert (problem.field, problem.severity) == ("machines.workers.0.name", "warning")


def test_an_applied_cluster_does_not_collide_with_itself(facts: VCenterFacts) -> None:
    mine = Machine("DC1", "kubernetes/k8s-dc1", "k8s-cp-1")
    applied = dataclasses.replace(
        facts,
        machines=(mine, Machine("DC1", "kubernetes/k8s-dc1", "k8s-w-1")),
        folders=(*facts.folders, Folder("DC1", "kubernetes/k8s-dc1")),
    )
    own = applied.without("DC1", "kubernetes/k8s-dc1", ["k8s-cp-1"], made=["k8s-dc1"])
    assert mine not in own.machines
    assert own.folder_parts("DC1", "kubernetes/k8s-dc1") == ("kubernetes", ("k8s-dc1",))
    assert one(found(own)).field == "machines.workers.0.name", "a foreign one in the same folder is still told"


def test_too_few_hosts_to_keep_the_control_plane_apart(facts: VCenterFacts) -> None:
    cluster = facts.cluster("DC1", "cluster-k8s")
    assert cluster is not None
    hosts = (*cluster.hosts[:2], dataclasses.replace(cluster.hosts[2], usable=False))
    fewer = dataclasses.replace(facts, clusters=(dataclasses.replace(cluster, hosts=hosts),))
    problem = one(found(fewer))
    assert (problem.field, problem.severity) == ("vcenter.anti_affinity", "warning")
    assert "2 usable hosts for 3" in problem.sentence
    assert found(fewer, vcenter__anti_affinity=False) == []


def test_without_drs_nothing_keeps_machines_apart(facts: VCenterFacts) -> None:
    cluster = facts.cluster("DC1", "cluster-k8s")
    assert cluster is not None
    off = dataclasses.replace(facts, clusters=(dataclasses.replace(cluster, drs=False),))
    assert "DRS is off" in one(found(off)).sentence


def test_machines_larger_than_any_host(facts: VCenterFacts) -> None:
    problems = found(facts, vcenter__workers={"cpus": 65, "memory_gib": 513, "disk_gib": 40})
    assert [problem.field for problem in problems] == ["vcenter.workers.cpus", "vcenter.workers.memory_gib"]
    assert "Give 64 or fewer" in problems[0].remedy
    assert "Give 512 GiB or less" in problems[1].remedy


def test_a_cluster_without_a_usable_host(facts: VCenterFacts) -> None:
    cluster = facts.cluster("DC1", "cluster-k8s")
    assert cluster is not None
    hosts = tuple(Host(host.name, host.cpus, host.memory, usable=False) for host in cluster.hosts)
    down = dataclasses.replace(facts, clusters=(dataclasses.replace(cluster, hosts=hosts),))
    blocking = [problem for problem in found(down) if problem.severity == "blocking"]
    assert "No host of cluster cluster-k8s is usable" in one(blocking).sentence


def test_folders_are_made_three_levels_deep_at_most(facts: VCenterFacts) -> None:
    assert found(facts, vcenter__folder="kubernetes/a/b/c") == []
    problem = one(found(facts, vcenter__folder="kubernetes/a/b/c/d"))
    assert "lacks 4 levels" in problem.sentence
    assert "Make kubernetes/a" in problem.remedy
    assert facts.folder_parts("DC1", "new") == ("", ("new",))


def test_folder_names_that_cannot_be_made(facts: VCenterFacts) -> None:
    assert "cannot be named 50%" in one(found(facts, vcenter__folder="kubernetes/50%")).sentence


def test_below_a_wrong_data_centre_nothing_else_is_told(facts: VCenterFacts) -> None:
    assert one(found(facts, vcenter__datacenter="Paris")).field == "vcenter.datacenter"
