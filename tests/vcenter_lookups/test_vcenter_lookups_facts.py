"""Facts and lists of the simulated vCenter's inventory."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from lab.vcenter.site import VCenterSite
from tests.vcenter_lookups.conftest import now
from tests.vcenter_lookups.sent import counted
from webui.lookups.vcenter import VCenter, connect, listing, read_facts, views
from webui.lookups.vcenter.api import vim
from webui.lookups.vcenter.tree import Reach, Tree
from webui.lookups.vcenter.views import Row
from webui.spec.model.vcenter import VCenter as Section
from webui.spec.vcenter_site import GIB, PortGroup, Switch, VCenterFacts, shown


def test_the_inventory_by_the_names_that_terraform_takes(facts: VCenterFacts) -> None:
    assert facts.datacenters == ("DC1", "DC2")
    cluster = facts.cluster("DC1", "cluster-k8s")
    assert cluster is not None
    assert [host.name for host in cluster.hosts] == [f"esx{n}.lab.internal" for n in (1, 2, 3)]
    assert cluster.pools == ("k8s",)
    assert cluster.drs
    assert {store.name for store in facts.datastores if store.datacenter == "DC1"} == {
        "ds-k8s", "ds-k8s-nearly-full", "ds-mgmt",
    }  # fmt: skip
    assert [(folder.datacenter, folder.name) for folder in facts.folders] == [
        ("DC1", "infrastructure"),
        ("DC1", "infrastructure/dns"),
        ("DC1", "kubernetes"),
        ("DC1", "templates"),
        ("DC2", "kubernetes"),
    ]
    assert facts.version == "8.0.3"
    assert facts.simulated


def test_a_template_as_it_is(facts: VCenterFacts) -> None:
    by_name = {template.short: template for template in facts.templates}
    good = by_name["debian-12-cloud"]
    assert (good.name, good.cpus, good.memory, good.disks) == ("templates/debian-12-cloud", 2, 2 * GIB, (20 * GIB,))
    assert (good.tools, good.snapshots, good.cards) == (True, 1, 1)
    assert by_name["debian-12-without-tools"].tools is False
    assert by_name["ubuntu-24.04-cloud"].snapshots == 0


def test_room_of_datastores_and_who_reaches_them(facts: VCenterFacts) -> None:
    store = facts.datastore("DC1", "ds-k8s-nearly-full")
    assert store is not None
    assert (store.capacity, store.free, store.clusters, store.partly) == (2048 * GIB, 2 * GIB, ("cluster-k8s",), ())


def test_port_groups_know_vlan_switch_and_mtu_and_uplinks_are_left_out(facts: VCenterFacts) -> None:
    group = facts.port_groups_named("DC1", "k8s-vlan-310")[0]
    assert (group.switch, group.vlan, group.mtu, group.trunk) == ("dvs-k8s", 310, 9000, False)
    assert not [group.name for group in facts.port_groups if "Uplinks" in group.name]
    assert facts.switch("DC1", "dvs-mgmt") == Switch("DC1", "dvs-mgmt", 1500)


def test_standard_networks_tell_vlan_and_mtu_of_the_hosts(facts: VCenterFacts) -> None:
    network = facts.port_groups_named("DC1", "VM Network")[0]
    assert (network.switch, network.vlan, network.mtu) == (None, 0, 1500)


def test_few_round_trips(session: VCenter) -> None:
    with counted(session) as calls:
        read_facts(session, now)
    assert len(calls) <= 6, calls


def test_large_inventories_come_in_pages(session: VCenter, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = read_facts(session, now)
    monkeypatch.setattr(views, "PAGE", 7)
    with counted(session) as calls:
        paged = read_facts(session, now)
    assert paged.port_groups == whole.port_groups
    assert paged.templates == whole.templates
    assert calls.count("ContinueRetrievePropertiesEx") > 3


def test_a_reader_sees_the_same_lists(looked_at: VCenterSite, facts: VCenterFacts) -> None:
    with connect(Section(user=looked_at.reader), looked_at.reader_password, looked_at) as vcenter:
        assert read_facts(vcenter, now).templates == facts.templates


def test_the_view_is_taken_away_even_after_a_failure(session: VCenter, faults: Callable[[str], None]) -> None:
    faults('[{"method": "RetrievePropertiesEx", "error": "InvalidProperty", "count": 1}]')
    with counted(session) as calls, pytest.raises(Exception, match="vCenter"):
        read_facts(session, now)
    assert calls[-1] == "DestroyView"


def test_lists_depend_on_each_other(facts: VCenterFacts) -> None:
    assert values(listing.datacenters(facts)) == ["DC1", "DC2"]
    assert values(listing.clusters(facts, "DC2")) == ["cluster-dc2"]
    assert values(listing.clusters(facts, None)) == []
    assert values(listing.resource_pools(facts, "DC1", "cluster-k8s")) == ["k8s"]
    assert values(listing.datastores(facts, "DC1", "cluster-mgmt")) == ["ds-mgmt"]
    assert values(listing.datastores(facts, "DC1", "cluster-k8s")) == ["ds-k8s", "ds-k8s-nearly-full"]
    assert values(listing.switches(facts, "DC2")) == ["dvs-dc2"]
    assert values(listing.port_groups(facts, "DC1", "dvs-mgmt")) == ["mgmt-vlan-20"]
    assert values(listing.folders(facts, "DC2")) == ["kubernetes"]
    assert values(listing.templates(facts, "DC1"))[-1] == "templates/debian-12-without-tools"
    assert values(listing.templates(facts, "DC2")) == []


def test_the_port_group_of_the_vlan_comes_first(facts: VCenterFacts) -> None:
    assert listing.port_groups(facts, "DC1", "dvs-k8s", vlan=311)[0].value == "k8s-vlan-311"


def test_notes_say_what_is_worth_knowing(facts: VCenterFacts) -> None:
    assert listing.datastores(facts, "DC1", "cluster-k8s")[0].note == "6.0 TiB free of 8.0 TiB"
    assert listing.clusters(facts, "DC1")[0].note == "3 hosts"
    assert listing.port_groups(facts, "DC1", "dvs-k8s", vlan=310)[0].note == "VLAN 310, MTU 9000"
    notes = {choice.value: choice.note for choice in listing.templates(facts, "DC1")}
    assert "no VMware Tools" in notes["templates/debian-12-without-tools"]
    assert "no snapshot" in notes["templates/ubuntu-24.04-cloud"]


def test_trunks_and_untagged_groups_in_words() -> None:
    trunk = PortGroup("DC1", "t", "dvs", ((1, 99), (310, 310)), trunk=True)
    assert listing.vlan_words(trunk) == "trunk of VLAN 1 to 99, 310"
    assert listing.vlan_words(PortGroup("DC1", "u", "dvs", ((0, 0),))) == "untagged"


def test_names_are_shown_without_vcenters_escapes() -> None:
    assert shown("10%2f100 lab") == "10/100 lab"
    assert shown("plain") == "plain"


def test_deeper_pools_folders_and_machines_have_paths(session: VCenter) -> None:
    root = session.content.searchIndex.FindByInventoryPath("DC1/host/cluster-mgmt/Resources")
    pool = root.CreateResourcePool("upper", vim.ResourceConfigSpec(
        cpuAllocation=share(), memoryAllocation=share()))  # fmt: skip
    lower = pool.CreateResourcePool("lower", vim.ResourceConfigSpec(cpuAllocation=share(), memoryAllocation=share()))
    try:
        cluster = read_facts(session, now).cluster("DC1", "cluster-mgmt")
        assert cluster is not None
        assert cluster.pools == ("upper", "upper/lower")
    finally:
        lower.Destroy()
        pool.Destroy()


def test_large_sites_are_put_together_in_no_time() -> None:
    """300 hosts in 30 clusters, each with 300 networks; one network is missing on one host."""
    networks = [vim.Network(f"network-{n}") for n in range(300)]
    root = Row(vim.Datacenter("datacenter-1"), {"name": "DC1"})
    rows = [root]
    for c in range(30):
        hosts = [vim.HostSystem(f"host-{c}-{n}") for n in range(10)]
        rows += [Row(ref, {"name": ref._moId, "network": networks}) for ref in hosts]
        cluster = vim.ClusterComputeResource(f"domain-{c}")
        rows.append(Row(cluster, {"name": f"cluster-{c}", "host": hosts}))
    rows[1].values["network"] = networks[1:]
    tree = Tree.of(rows)
    begun = time.monotonic()
    reach = Reach(tree, tree.kind(vim.ClusterComputeResource), "network")
    found = [reach.of(ref) for ref in networks]
    assert time.monotonic() - begun < 20
    assert [len(whole) for whole, _ in found] == [29] + [30] * 299
    assert [len(partly) for _, partly in found] == [1] + [0] * 299


def test_data_centres_clusters_and_stores_in_folders_have_paths() -> None:
    """As the vSphere provider's finder takes them: below the root, and below the data centre's folder of each kind."""
    top = Row(vim.Folder("group-d1"), {"name": "Datacenters"})
    region = Row(vim.Folder("group-d2"), {"name": "europe", "parent": top.ref})
    rows = [region, Row(vim.Datacenter("datacenter-1"), {"name": "DC1", "parent": region.ref})]
    for n, (kind, folder, name) in enumerate(
        [
            (vim.ClusterComputeResource, "host", "c1"),
            (vim.Datastore, "datastore", "ds1"),
            (vim.Network, "network", "n1"),
        ]
    ):
        above = Row(vim.Folder(f"group-{n}"), {"name": folder, "parent": rows[1].ref})
        inner = Row(vim.Folder(f"group-1{n}"), {"name": "rack-1", "parent": above.ref})
        rows += [above, inner, Row(kind(f"object-{n}"), {"name": name, "parent": inner.ref})]
    tree = Tree.of(rows)
    assert list(tree.datacenters.values()) == ["europe/DC1"]
    places = [tree.place(row) for row in rows if row.ref._moId.startswith("object-")]
    assert places == [("europe/DC1", f"rack-1/{name}") for name in ("c1", "ds1", "n1")]
    assert tree.place(rows[2]) == ("europe/DC1", "")


def share() -> Any:
    return vim.ResourceAllocationInfo(
        reservation=0, expandableReservation=True, limit=-1, shares=vim.SharesInfo(level="normal", shares=0)
    )


def values(choices: list[Any]) -> list[str]:
    return [choice.value for choice in choices]
