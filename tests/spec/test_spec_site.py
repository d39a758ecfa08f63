"""Checks against the site's facts."""

# ruff: noqa: E501 - one case a line reads best
from __future__ import annotations

import datetime as dt
from dataclasses import replace
from ipaddress import IPv4Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webui.examples import example
from webui.spec import check, parse
from webui.spec.site import (
    AfPolicy,
    Contract,
    Domain,
    ExistingL3Out,
    Leaf,
    RouterId,
    SiteFacts,
    UsedSubnet,
    UsedVlan,
    Version,
    Vrf,
)

VRF = ("k8s-prod", "main")
OWN = "uni/tn-k8s-prod/out-k8s-dc1"
FACTS = SiteFacts(
    read_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    version=Version(6, 1, 3, "f"),
    clock_skew=0.2,
    fabric_as=65002,
    tenants=("common", "k8s-prod"),
    vrfs=(Vrf(*VRF),),
    contracts=(Contract("common", "k8s-permit"),),
    domains=(Domain("phys-k8s", "k8s-static", ((300, 349),)), Domain("phys-bare", None)),
    leaves=(Leaf(1, 101, "leaf-101"), Leaf(1, 102, "leaf-102"), Leaf(2, 201, "leaf-201")),
)


def used(prefix: str, where: str, dn: str = "uni/tn-k8s-prod/BD-x/subnet-[x]") -> UsedSubnet:
    return UsedSubnet(VRF, ip_network(prefix), where, dn)


def problems(facts: SiteFacts):
    return check(parse(example("lab")).spec, facts)


def test_the_example_fits_the_site():
    assert problems(FACTS) == []


CASES = [
    ({"vrfs": (Vrf(*VRF, bd_enforced=True),)}, "l3out.vrf.name", "blocking", "gateway address of their own bridge"),
    ({"vrfs": ()}, "l3out.vrf.name", "blocking", "no VRF in tenant k8s-prod named main"),
    ({"tenants": ("common",)}, "l3out.tenant", "blocking", "no tenant named k8s-prod"),
    ({"contracts": ()}, "l3out.contract.name", "blocking", "no contract in tenant common"),
    ({"domains": ()}, "l3out.domain", "blocking", "no physical domain"),
    ({"domains": (Domain("phys-k8s", None),)}, "l3out.domain", "blocking", "no VLAN pool"),
    ({"domains": (Domain("phys-k8s", "p", ((300, 309), (311, 311))),)}, "l3out.vlan", "blocking", "300 to 309, 311"),
    ({"vlans": (UsedVlan(101, 310, "uni/tn-a/out-b"),)}, "l3out.vlan", "warning", "leaf 101"),
    ({"leaves": FACTS.leaves[:2]}, "l3out.anchors.2.node", "blocking", "no leaf 201"),
    ({"leaves": (*FACTS.leaves[:2], Leaf(1, 201, "x"))}, "l3out.anchors.2.pod", "blocking", "in pod 1"),
    ({"leaves": (*FACTS.leaves[:2], replace(FACTS.leaves[2], state="inactive"))}, "l3out.anchors.2.node", "warning", "inactive"),
    ({"l3outs": (ExistingL3Out("k8s-prod", "k8s-dc1", VRF, "orchestrator:terraform"),)}, "l3out.name", "blocking", "orchestrator:terraform"),
    ({"clock_skew": 61.0}, "fabric.apics", "warning", "61 s ahead"),
    ({"clock_skew": -90.0}, "fabric.apics", "warning", "90 s behind"),
    ({"fabric_as": 65009}, "l3out.bgp.fabric_as", "blocking", "65009"),
    ({"fabric_as": None}, "l3out.bgp.fabric_as", "warning", "route reflector"),
    ({"version": Version(4, 2, 7)}, "fabric.apics", "blocking", "no floating SVI"),
    ({"version": Version(6, 0, 9)}, "l3out.anchors", "warning", "hang on anchor leaves"),
    ({"router_ids": (RouterId(VRF, 101, IPv4Address("198.19.9.9"), "uni/tn-a/out-b"),)}, "l3out.anchors.0.router_id", "blocking", "198.19.9.9"),
    ({"subnets": (used("198.18.2.0/24", "bridge domain"),)}, "l3out.node_subnet.v4", "blocking", "bridge domain"),
    ({"subnets": (used("198.18.64.0/30", "L3Out interface"),)}, "network.pods.v4", "blocking", "overlaps 198.18.64.0/30"),
    ({"subnets": (used("198.18.4.0/25", "static route"),)}, "network.services.v4", "blocking", "static route"),
    ({"subnets": (used("198.18.4.0/23", "static route"),)}, "network.services.v4", "warning", "static route"),
    ({"subnets": (used("198.18.5.0/24", "external EPG"),)}, "network.external_services.v4", "blocking", "external EPG"),
    ({"subnets": (used("198.18.5.0/25", "external EPG"),)}, "network.external_services.v4", "warning", "external EPG"),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "field", "severity", "sentence"), CASES)
def test_it_tells(facts, field, severity, sentence):
    found = [p for p in problems(replace(FACTS, **facts)) if p.field == field]
    assert [p.severity for p in found] == [severity], found
    assert sentence in found[0].sentence
    assert found[0].remedy


@pytest.mark.parametrize(
    "facts",
    [
        {"clock_skew": 59.0},
        {"clock_skew": None},
        {"subnets": (used("0.0.0.0/0", "external EPG"), used("0.0.0.0/0", "static route"))},
        {"subnets": (used("198.18.0.0/15", "external EPG"),)},
        {"subnets": (UsedSubnet(("k8s-prod", "other"), ip_network("198.18.2.0/24"), "bridge domain", "x"),)},
        {"router_ids": (RouterId(VRF, 101, IPv4Address("198.19.0.101"), "uni/tn-a/out-b"),)},
        {"router_ids": (RouterId(("k8s-prod", "other"), 101, IPv4Address("198.19.9.9"), "uni/tn-a/out-b"),)},
        {"vlans": (UsedVlan(103, 310, "uni/tn-a/out-b"), UsedVlan(101, 311, "uni/tn-a/out-b"))},
        {"l3outs": (ExistingL3Out("other", "k8s-dc1"),)},
    ],
)
def test_it_says_nothing_of_what_does_no_harm(facts):
    assert problems(replace(FACTS, **facts)) == []


def test_an_unknown_name_offers_the_nearest():
    facts = replace(FACTS, vrfs=(Vrf("k8s-prod", "mains"),))
    assert "Did you mean mains?" in [p.remedy for p in problems(facts)]


def applied_facts() -> SiteFacts:
    """The site after the example was applied."""
    own = f"{OWN}/lnodep-k8s-dc1-nodes"
    return replace(
        FACTS,
        vrfs=(Vrf(*VRF, af_policies=(AfPolicy("k8s-dc1", "ipv4-ucast", 64, "orchestrator:terraform"),)),),
        l3outs=(ExistingL3Out("k8s-prod", "k8s-dc1", VRF, "orchestrator:terraform"),),
        subnets=(
            used("198.18.2.0/24", "L3Out interface", f"{own}/lifp-x/vlifp-[topology/pod-1/node-101]-[vlan-310]"),
            used("198.18.64.0/18", "external EPG", f"{OWN}/instP-k8s-dc1-ext/extsubnet-[198.18.64.0/18]"),
        ),
        router_ids=(RouterId(VRF, 101, IPv4Address("198.19.0.77"), OWN),),
        vlans=(UsedVlan(101, 310, OWN),),
    )


def test_an_applied_cluster_does_not_collide_with_itself():
    assert {p.field for p in problems(applied_facts())} >= {"l3out.name", "l3out.node_subnet.v4", "l3out.vlan"}
    assert problems(applied_facts().without(OWN)) == []


def test_only_the_own_l3out_is_left_out():
    other = ExistingL3Out("k8s-prod", "k8s-dc10", VRF)
    facts = replace(applied_facts(), l3outs=(*applied_facts().l3outs, other)).without(OWN)
    assert facts.l3outs == (other,)
    foreign = replace(facts, subnets=(used("198.18.2.0/24", "L3Out interface", f"{OWN}0/lnodep-x/y"),))
    assert foreign.without(OWN).subnets == foreign.subnets


def test_a_policy_of_the_vrf_that_is_not_ours_is_left_alone():
    vrf = Vrf(*VRF, af_policies=(AfPolicy("core", "ipv4-ucast", 8),))
    (problem,) = problems(replace(FACTS, vrfs=(vrf,)))
    assert (problem.field, problem.severity) == ("l3out.bgp.vrf_policy", "warning")
    assert "8 equal paths" in problem.sentence
    document = example("lab")
    document["l3out"]["bgp"]["vrf_policy"] = "managed"
    (problem,) = check(parse(document).spec, replace(FACTS, vrfs=(vrf,)))
    assert problem.severity == "blocking"


@pytest.mark.parametrize(
    ("text", "version"), [("6.1(2f)", (6, 1, 2)), ("apic-5.2(7g)", (5, 2, 7)), ("16.0(3)", (16, 0, 3))]
)
def test_a_version_is_read(text, version):
    found = Version.read(text)
    assert (found.major, found.minor, found.maintenance) == version
    assert found.at_least(*version)
    assert not found.at_least(version[0], version[1], version[2] + 1)


@given(st.text())
def test_any_text_is_a_version_or_none(text):
    Version.read(text)
