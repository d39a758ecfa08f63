"""Facts as the simulated APIC tells them, through the real client."""

from __future__ import annotations

import datetime as dt
from ipaddress import IPv4Address, ip_network

import pytest

from aci.errors import AciError
from aci.mo import mo
from webui.examples import example
from webui.lookups import listing, read_facts
from webui.lookups.inventory import tenant_of, vlan, vrf_key
from webui.lookups.routing import l3out_of, nodes_of
from webui.spec import check, parse
from webui.spec.site import RouterId, UsedVlan, Version

MAIN = ("k8s-prod", "main")


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def floating(name: str, node: int, address: str, router_id: str):
    """A floating L3Out in the VRF k8s-prod/main, with one anchor."""
    leaf = f"topology/pod-1/node-{node}"
    svi = mo("l3extVirtualLIfP", nodeDn=leaf, encap="vlan-310", addr=address, ifInstT="ext-svi")
    static = mo("ipRouteP", ip="203.0.113.0/24")
    anchor = mo("l3extRsNodeL3OutAtt", static, tDn=leaf, rtrId=router_id, rtrIdLoopBack="no")
    return mo(
        "fvTenant",
        mo(
            "l3extOut",
            mo("l3extRsEctx", tnFvCtxName="main"),
            mo("l3extLNodeP", anchor, mo("l3extLIfP", svi, name="nodes-v4"), name="nodes"),
            mo("l3extInstP", mo("l3extSubnet", ip="198.18.64.0/18"), name="ext"),
            name=name,
            annotation="orchestrator:terraform",
        ),
        name="k8s-prod",
    )


def test_it_reads_the_preset_fabric(admin):
    facts = read_facts(admin, now)
    assert facts.version == Version(6, 1, 3, "f")
    assert abs(facts.clock_skew) < 5
    assert facts.fabric_as == 65002
    assert {"common", "k8s-prod", "legacy"} <= set(facts.tenants)
    assert facts.vrf("legacy", "enforced").bd_enforced
    assert not facts.vrf(*MAIN).bd_enforced
    assert ("common", "k8s-permit") in [(one.tenant, one.name) for one in facts.contracts]
    domains = {domain.name: (domain.pool, domain.vlans) for domain in facts.domains}
    assert domains["phys-k8s"] == ("k8s-static", ((300, 349),))
    assert domains["phys-without-pool"] == (None, ())
    assert [leaf.node for leaf in facts.leaves] == [101, 102, 103, 104, 201, 202, 203, 204]
    assert facts.leaf(201).pod == 2


def test_it_knows_who_brought_a_subnet_into_a_vrf(admin):
    found = {(used.vrf, str(used.prefix), used.where) for used in read_facts(admin, now).subnets}
    assert (MAIN, "198.18.20.0/24", "bridge domain") in found
    assert (MAIN, "2001:db8:21::/64", "bridge domain") in found
    assert (MAIN, "198.18.255.0/31", "L3Out interface") in found
    assert (MAIN, "0.0.0.0/0", "external EPG") in found
    assert (("common", "shared"), "198.18.24.0/24", "bridge domain") in found
    assert (("legacy", "enforced"), "198.18.30.0/24", "bridge domain") in found


def test_a_subnet_at_an_epg_counts_for_its_bridge_domains_vrf(admin, make):
    epg = mo("fvAEPg", mo("fvSubnet", ip="198.18.29.1/24"), name="backup")
    make(mo("fvTenant", mo("fvAp", epg, name="platform"), name="k8s-prod"))
    assert (MAIN, ip_network("198.18.29.0/24")) in [(used.vrf, used.prefix) for used in read_facts(admin, now).subnets]


def test_it_sees_a_floating_l3out_and_can_leave_it_out(admin, make):
    make(floating("k8s-dc1", 101, "198.18.2.101/24", "198.19.0.101"))
    facts = read_facts(admin, now)
    own = "uni/tn-k8s-prod/out-k8s-dc1"
    assert RouterId(MAIN, 101, IPv4Address("198.19.0.101"), own) in facts.router_ids
    assert UsedVlan(101, 310, own) in facts.vlans
    assert {str(used.prefix) for used in facts.subnets if used.dn.startswith(own)} == {
        "198.18.2.0/24",
        "203.0.113.0/24",
        "198.18.64.0/18",
    }
    spec = parse(example("lab")).spec
    fields = {problem.field for problem in check(spec, facts)}
    assert {"l3out.name", "l3out.node_subnet.v4", "network.pods.v4"} <= fields
    assert check(spec, facts.without(own)) == []


def test_another_l3out_on_the_leaf_dictates_its_router_id(admin, make):
    make(floating("other", 101, "198.18.40.101/24", "198.19.9.9"))
    found = [p for p in check(parse(example("lab")).spec, read_facts(admin, now)) if "router id" in p.sentence]
    assert [p.field for p in found] == ["l3out.anchors.0.router_id"]
    assert "198.19.9.9" in found[0].remedy


def test_it_reads_the_vrfs_address_family_policy(admin, make):
    policy = mo("bgpCtxAfPol", name="eight", maxEcmp="8")
    relation = mo("fvRsCtxToBgpCtxAfPol", tnBgpCtxAfPolName="eight", af="ipv4-ucast")
    make(mo("fvTenant", policy, mo("fvCtx", relation, name="main"), name="k8s-prod"))
    (found,) = read_facts(admin, now).vrf(*MAIN).af_policies
    assert (found.name, found.family, found.max_ecmp) == ("eight", "ipv4-ucast", 8)


@pytest.mark.parametrize("seconds", [120, -120])
def test_it_measures_the_clock(fabric, admin, seconds):
    fabric.ahead = dt.timedelta(seconds=seconds)
    facts = read_facts(admin, now)
    assert facts.clock_skew == pytest.approx(seconds, abs=5)
    assert "fabric.apics" in [problem.field for problem in check(parse(example("lab")).spec, facts)]


def test_the_number_of_requests_does_not_grow_with_the_fabric(admin, make, monkeypatch):
    def count() -> int:
        asked: list[object] = []
        original = type(admin).get
        monkeypatch.setattr(type(admin), "get", lambda self, query: asked.append(query) or original(self, query))
        read_facts(admin, now)
        monkeypatch.setattr(type(admin), "get", original)
        return len(asked)

    before = count()
    make(*(mo("fvTenant", mo("fvCtx", name="a"), mo("l3extOut", name="b"), name=f"t{n}") for n in range(30)))
    assert count() == before <= 25


def test_a_dead_apic_is_an_error_with_a_sentence(fabric):
    session = fabric.session()
    session._wires[0].close()
    fabric.address = "127.0.0.1:1"
    with pytest.raises(AciError, match=r"\.$"):
        read_facts(fabric.session(), now)


def test_lists_carry_what_is_worth_knowing(admin):
    facts = read_facts(admin, now)
    vrfs = {choice.value: choice.note for choice in listing.vrfs(facts, "legacy")}
    assert vrfs["legacy/enforced"] == "BD enforcement on"
    assert "common/default" in vrfs
    assert "k8s-prod/main" not in vrfs
    assert {choice.value: choice.note for choice in listing.domains(facts)}["phys-k8s"] == "VLAN 300 to 349"
    assert listing.leaves(facts)[0].label == "101 leaf-101"
    assert [choice.value for choice in listing.tenants(facts)][-3:] == ["common", "infra", "mgmt"]
    assert [choice.value for choice in listing.contracts(facts, "k8s-test")] == ["common/default", "common/k8s-permit"]


@pytest.mark.parametrize(
    ("dn", "nodes"),
    [
        ("topology/pod-1/node-101", (101,)),
        ("topology/pod-1/paths-104/pathep-[eth1/1]", (104,)),
        ("topology/pod-1/protpaths-101-102/pathep-[vpc]", (101, 102)),
        ("uni/phys-x", ()),
    ],
)
def test_nodes_of_a_dn(dn, nodes):
    assert nodes_of(dn) == nodes


def test_parts_of_a_dn():
    dn = "uni/tn-a/out-b/lnodep-c/rsnodeL3OutAtt-[topology/pod-1/node-101]"
    assert (tenant_of(dn), l3out_of(dn)) == ("a", "uni/tn-a/out-b")
    assert (tenant_of("uni/phys-x"), l3out_of("uni/tn-a/BD-x")) == ("", "")
    assert (vrf_key("uni/tn-a/ctx-b"), vrf_key("uni/tn-a/BD-b"), vrf_key("")) == (("a", "b"), None, None)
    assert (vlan("vlan-310"), vlan("vxlan-5"), vlan("unknown")) == (310, None, None)
