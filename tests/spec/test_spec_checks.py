"""What is wrong with a spec alone: each case is the whole example with one thing changed."""

# ruff: noqa: E501 - one case a line reads best
from __future__ import annotations

import copy
from typing import Any

import pytest

from webui.examples import example
from webui.spec import check, parse


def changed(**fields: Any) -> dict:
    """The lab's example with fields set by path; None takes one away."""
    document = copy.deepcopy(example("lab"))
    for path, value in fields.items():
        here: Any = document
        *way, last = path.split("__")
        for step in way:
            here = here[int(step)] if step.isdigit() else here.setdefault(step, {})
        if value is None:
            here.pop(last, None)
        else:
            here[int(last) if last.isdigit() else last] = value
    return document


def problems(document: dict, stage: str = "all"):
    parsed = parse(document)
    assert parsed.problems == []
    return check(parsed.spec, stage=stage)


CASES = [
    # (what is changed, field of the problem, severity, part of the sentence, part of the remedy)
    ({"network__pods__v4": "198.18.0.0/16"}, "network.pods.v4", "blocking", "overlaps the node subnet", "is free"),
    ({"network__services__v4": "198.18.5.0/24"}, "network.external_services.v4", "blocking", "is the same as", "free"),
    ({"network__services__v4": "224.0.0.0/24"}, "network.services.v4", "blocking", "multicast", "own address plan"),
    ({"network__services__v4": "127.1.0.0/24"}, "network.services.v4", "blocking", "loopback", "own address plan"),
    ({"network__services__v4": "169.254.0.0/24"}, "network.services.v4", "blocking", "link-local", "own address plan"),
    ({"network__ingress": "198.18.4.1"}, "network.ingress", "blocking", "not in the external service", "198.18.5.1"),
    ({"l3out__floating": {"v4": "198.18.9.1"}}, "l3out.floating.v4", "blocking", "not in the node subnet", "198.18.2.254"),
    ({"l3out__floating": {"v4": "198.18.64.1"}}, "l3out.floating.v4", "blocking", "but in the pod subnet", "198.18.2.254"),
    ({"l3out__secondary": {"v4": "198.18.2.255"}}, "l3out.secondary.v4", "blocking", "last address", "198.18.2.253"),
    ({"l3out__anchors__0__v4": "198.18.2.0"}, "l3out.anchors.0.v4", "blocking", "first address", "198.18.2.101"),
    ({"l3out__anchors__0__v4": "198.18.2.254"}, "l3out.anchors.0.v4", "blocking", "both", "198.18.2.101"),
    ({"machines__workers__1__v4": "198.18.2.1"}, "machines.workers.1.v4", "blocking", "k8s-w-2", "198.18.2.5"),
    ({"cluster__vip__v4": "198.18.2.4"}, "machines.workers.0.v4", "blocking", "k8s-w-1", "free"),
    ({"l3out__anchors__1__node": "101"}, "l3out.anchors.1.node", "blocking", "Leaf 101", "Remove"),
    ({"l3out__anchors__1__router_id": "198.19.0.101"}, "l3out.anchors.1.router_id", "blocking", "twice", "own"),
    ({"l3out__anchors__1__router_id": "198.18.2.4"}, "l3out.anchors.1.router_id", "blocking", "k8s-w-1", "do not peer"),
    ({"machines__workers__1__name": "k8s-w-1"}, "machines.workers.1.name", "blocking", "k8s-w-1", "name of its own"),
    ({"machines__workers__1__rack": "r9"}, "machines.workers.1.rack", "blocking", "Rack r9", "leaf"),
    ({"l3out__anchors__2__rack": "r9"}, "l3out.anchors.2.rack", "warning", "No machine is in rack r9", "names"),
    ({"l3out__bgp__cluster_as": "65002"}, "l3out.bgp.cluster_as", "blocking", "fabric's", "65003"),
    ({"l3out__bgp__cluster_as": "23456"}, "l3out.bgp.cluster_as", "blocking", "reserved", "65003"),
    ({"l3out__bgp__cluster_as": "3333"}, "l3out.bgp.cluster_as", "warning", "public", "yours"),
    ({"l3out__bgp__fabric_as": "0"}, "l3out.bgp.fabric_as", "blocking", "reserved", "APIC"),
    ({"l3out__bgp__keepalive": "2"}, "l3out.bgp.hold", "blocking", "three keepalives", "6 s"),
    ({"l3out__bgp__max_restart": "120"}, "l3out.bgp.max_restart", "warning", "120 s", "few seconds"),
    ({"l3out__bgp__password": "with space"}, "l3out.bgp.password", "blocking", "characters", "80"),
    ({"l3out__bgp__password": 'quo"te'}, "l3out.bgp.password", "blocking", "characters", "80"),
    ({"l3out__bgp__password": "x" * 81}, "l3out.bgp.password", "blocking", "longer than 80", "80"),
    ({"l3out__bgp__password": "${env:BGP}"}, "l3out.bgp.password", "blocking", "${env:BGP}", "command line"),
    ({"l3out__external_epg": {"scopes": ["shared-rtctrl", "shared-security"]}}, "l3out.external_epg.scopes", "blocking", "import-security", "Add"),
    ({"l3out__external_epg": {"scopes": ["import-security", "shared-rtctrl"]}}, "l3out.external_epg.scopes", "warning", "alone", "shared-security"),
    ({"l3out__external_epg": {"scopes": ["import-security", "shared-rtctrl", "shared-security"]}}, "l3out.external_epg.scopes", "warning", "leak", "Keep"),
    ({"l3out__vrf__tenant": "other"}, "l3out.vrf.tenant", "blocking", "cannot refer", "common"),
    ({"l3out__contract__tenant": "other"}, "l3out.contract.tenant", "blocking", "cannot refer", "common"),
    ({"network__pods__v4": "198.18.64.0/25"}, "network.pods.v4", "warning", "2 blocks", "/23"),
    ({"network__pods__v4": "198.18.64.0/27"}, "network.pods.v4", "blocking", "smaller than the /26", "room"),
    ({"network__services__v4": "10.0.0.0/11"}, "network.services.v4", "blocking", "larger", "/12"),
    ({"network__pods__v6": "2001:db8:3::/64"}, "network.pods.v6", "blocking", "no IPv6", "dual stack"),
    ({"l3out__floating": {"v6": "2001:db8:3::1"}}, "l3out.floating.v6", "blocking", "no IPv6", "dual stack"),
    ({"l3out__node_subnet__v6": "2001:db8:2::/64", "l3out__mtu": "1279"}, "l3out.mtu", "blocking", "too small", "1280"),
    ({"l3out__node_subnet__v6": "fe80::/64"}, "l3out.node_subnet.v6", "blocking", "link-local", "plan"),
    ({"l3out__node_subnet__v6": "::/64"}, "l3out.node_subnet.v6", "blocking", "reserved", "plan"),
    ({"l3out__node_subnet__v6": "2001:db8:2::/125"}, "l3out.node_subnet.v6", "blocking", "6 addresses", "larger"),
    ({"cluster__calico_mtu": "9100"}, "cluster.calico_mtu", "blocking", "larger", "9000"),
    ({"machines__control_plane__2": {}, "name": "x"}, "machines.control_plane.2.name", "blocking", "missing", "Give"),
    ({"cluster__ebpf": "true", "cluster__cni": "kube-router"}, "cluster.ebpf", "blocking", "Calico", "calico"),
    ({"cluster__ntp": ["198.18.64.9"]}, "cluster.ntp.0", "warning", "pod subnet", "subnet"),
    ({"cluster__dns__servers": ["198.18.4.9:53"]}, "cluster.dns.servers.0", "warning", "service subnet", "subnet"),
    ({"fabric__apics": ["a", "b", "c", "d"]}, "fabric.apics", "blocking", "4 APIC", "three"),
    ({"fabric__apics": ["192.0.2.1", "192.0.2.1"]}, "fabric.apics", "warning", "2 times", "once"),
    ({"fabric__tls": {"verify": "false"}}, "fabric.tls.verify", "warning", "not verified", "pin"),
    ({"l3out__bgp__next_hop_unchanged": "true"}, "l3out.bgp.next_hop_unchanged", "warning", "2 pods", "off"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "field", "severity", "sentence", "remedy"), CASES)
def test_it_tells(change, field, severity, sentence, remedy):
    found = [p for p in problems(changed(**change)) if p.field == field and sentence in p.sentence]
    assert found, problems(changed(**change))
    assert found[0].severity == severity
    assert remedy in found[0].remedy


@pytest.mark.parametrize(("change", "field", "severity", "sentence", "remedy"), CASES)
def test_sentences_are_sentences(change, field, severity, sentence, remedy):
    for problem in problems(changed(**change)):
        for words in (problem.sentence, problem.remedy):
            assert words[0] == words[0].upper() or not words[0].isalpha() or words.startswith(("import-", "shared-"))
            assert words.endswith((".", "?"))
            assert "!" not in words
            assert "None" not in words


def test_the_unchanged_example_has_no_problem_at_all():
    assert problems(example("lab")) == []


REQUIRED = [
    "name", "l3out.tenant", "l3out.vrf.name", "l3out.domain", "l3out.vlan", "l3out.contract.name",
    "l3out.bgp.fabric_as", "l3out.anchors", "l3out.node_subnet.v4",
]  # fmt: skip


@pytest.mark.parametrize("field", REQUIRED)
def test_it_asks_for_what_is_missing(field):
    document = changed(**{field.replace(".", "__"): None, "l3out__name": None})
    assert field in [p.field for p in problems(document, "fabric")]


def test_it_asks_for_the_root_alone_not_for_what_is_derived_of_it():
    fields = {p.field for p in problems({}, "fabric")}
    assert {*REQUIRED, "fabric.apics", "fabric.user"} == fields


def test_the_fabric_stage_asks_for_nothing_of_later_pages():
    document = example("lab")
    for section in ("vcenter", "machines", "cluster"):
        del document[section]
    assert problems(document, "fabric") == []
    assert {p.page for p in problems(document, "all")} == {"vcenter", "machines", "cluster"}


def test_the_fabric_stage_looks_at_machines_that_are_given():
    document = changed(machines__workers__1__rack="r9")
    assert "machines.workers.1.rack" in [p.field for p in problems(document, "fabric")]


def test_without_machines_it_does_not_nag_about_leaves_without_a_node():
    assert problems(changed(machines=None), "fabric") == []
    lonely = changed(l3out__anchors__2__rack="r9", mode="no-cluster")
    assert problems(lonely, "fabric") == []


def test_one_control_plane_machine_is_a_warning_and_two_are_one_too():
    for count, word in ((1, "loss of the cluster"), (2, "majority")):
        document = example("lab")
        document["machines"]["control_plane"] = document["machines"]["control_plane"][:count]
        (problem,) = [p for p in problems(document) if p.field == "machines.control_plane"]
        assert (problem.severity, word in problem.sentence) == ("warning", True)


def test_more_than_six_anchors_are_refused_and_one_is_warned_of():
    document = example("lab")
    document["l3out"]["anchors"] = [{"pod": 1, "node": 101 + n, "rack": "r1"} for n in range(7)]
    assert "7 anchor leaves" in next(p.sentence for p in problems(document, "fabric") if p.field == "l3out.anchors")
    document["l3out"]["anchors"] = document["l3out"]["anchors"][:1]
    assert next(p.severity for p in problems(document, "fabric") if p.field == "l3out.anchors") == "warning"


def test_a_leaf_takes_two_thousand_neighbours():
    document = changed(l3out__node_subnet__v4="10.0.0.0/16", l3out__anchors=[{"pod": 1, "node": 101, "rack": "r1"}])
    document["machines"] = {"workers": [{"name": f"w{n}", "rack": "r1"} for n in range(2001)]}
    document["network"], document["cluster"] = {}, {}
    found = [p for p in problems(document, "fabric") if p.field == "l3out.anchors.0.rack"]
    assert [p.severity for p in found] == ["blocking"]


def test_a_small_node_subnet_says_how_much_it_holds():
    (problem,) = [
        p
        for p in problems({"l3out": {"node_subnet": {"v4": "198.18.2.0/30"}, "anchors": [{"node": 101}]}}, "fabric")
        if p.field == "l3out.node_subnet.v4"
    ]
    assert "2 addresses" in problem.sentence
    assert "4 are needed" in problem.sentence


def test_a_bare_metal_cluster_needs_no_vcenter():
    document = changed(mode="bare-metal", vcenter=None, machines__password="s3cret")
    assert problems(document, "all") == []


def test_machines_of_a_real_site_need_a_key_or_a_password():
    document = changed(fabric__site="apic", fabric__apics=["apic1"], fabric__user="admin", mode="bare-metal")
    assert [p.field for p in problems(document)] == ["machines.ssh_key"]


def test_problems_come_page_by_page_blocking_ones_first():
    found = problems(changed(l3out__bgp__cluster_as="3333", l3out__vlan=None, network__services__v4="198.18.2.0/24"))
    assert [p.page for p in found] == sorted((p.page for p in found), key=["l3out", "network"].index)
    assert [p.severity for p in found if p.page == "l3out"] == ["blocking", "warning"]
