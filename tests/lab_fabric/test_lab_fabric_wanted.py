"""From the tree's objects to the leaves that shall be."""

from __future__ import annotations

from typing import Any

import pytest

from aci.mo import Mo, deleted, mo
from lab.apic.core import Apic
from lab.fabric.model import Leaf, LocalAs, Prefix, Rule
from lab.fabric.plan import plan
from lab.fabric.wanted import as_number, leaves
from lab.machines.names import SEGMENT, Names
from lab.machines.network import Segment
from tests.lab_fabric.anchored import TENANT, L3Out, post, remove_anchor

OUT = L3Out("198.18.2", password="secret")


def tree_of(out: L3Out = OUT, *changes: Mo) -> dict[int, Leaf]:
    """Leaves by node."""
    apic = Apic()
    post(apic, out)
    for change in changes:
        apic.change([("", change)])
    return {leaf.node: leaf for leaf in leaves(apic.tree)}


def peer(node: int = 101, out: L3Out = OUT) -> str:
    return out.peer(2 if node > 200 else 1, node)


def test_without_an_anchor_there_is_no_leaf_even_though_the_site_has_border_leaves() -> None:
    assert leaves(Apic().tree) == []


def test_a_leaf_for_each_anchor_and_the_vrfs_border_leaves() -> None:
    found = tree_of()
    assert sorted(found) == [101, 102, 104, 201, 204]
    leaf = found[101]
    assert (leaf.name, leaf.vrf, leaf.router_id) == ("leaf-101", "k8s-prod:main", "198.19.0.101")
    assert (leaf.fabric_as, leaf.tep, leaf.reflector) == (65002, "198.18.251.101", "198.18.251.111")
    assert (leaf.ecmp[4].external, leaf.ecmp[4].internal, leaf.relaxes_as_path) == (64, 64, True)
    port = leaf.ports[0]
    assert (port.name, port.mtu) == ("vlan310", 9000)
    assert (port.addresses, port.shared) == (("198.18.2.101/24",), ("198.18.2.253/24",))


def test_a_peer_has_its_policies() -> None:
    found = tree_of()[101].peers[0]
    assert (found.addr, found.remote_as, found.password, found.is_range) == ("198.18.2.0/24", 65003, "secret", True)
    assert found.flags == {"as-override", "dis-peer-as-check"}
    assert (found.timers.keepalive, found.timers.hold, found.timers.stale, found.timers.most_as) == (1, 3, 6, 1)
    assert found.limit is not None
    assert (found.limit.most, found.limit.action) == (500, "reject")
    assert found.sends == (Rule(True, (Prefix("198.18.64.0/18", None, 32),)),)
    assert found.accepts is not None
    assert found.accepts[0].prefixes[0].network == "198.18.2.0/24"


def test_the_password_is_not_in_what_is_printed() -> None:
    assert "secret" not in str(tree_of())


def test_border_leaves_take_everything_and_send_what_the_subnets_scope_says() -> None:
    border = tree_of()[104]
    found = border.peers[0]
    assert (found.addr, found.remote_as, found.is_range) == ("198.18.255.1", 65010, False)
    assert found.accepts is None
    assert found.sends == (Rule(True, (Prefix("0.0.0.0/0", None, 32), Prefix("::/0", None, 128))),)
    assert (border.peers[1].addr, border.peers[1].remote_as) == ("2001:db8:f1::1", 65010)
    assert border.ports[0].wire == "topology/pod-1/paths-104/pathep-[eth1/1]"


LOCAL = mo("bgpLocalAsnP", localAsn="65100", asnPropagate="replace-as")
TABLE: list[tuple[str, dict[str, Any], Any, Any]] = [
    ("local AS", {"child": LOCAL}, "local_as", LocalAs(65100, "replace-as")),
    ("disabled", {"adminSt": "disabled"}, "enabled", False),
    ("multihop", {"ttl": "3"}, "ttl", 3),
    ("weight", {"weight": "7"}, "weight", 7),
    ("no flag", {"ctrl": ""}, "flags", frozenset()),
    ("private AS", {"privateASctrl": "remove-all,remove-exclusive"}, "private_as", {"remove-all", "remove-exclusive"}),
    ("own AS", {"ctrl": "allow-self-as", "allowedSelfAsCnt": "5"}, "allow_self_as", 5),
]  # fmt: skip


@pytest.mark.parametrize(("change", "name", "value"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_what_a_peer_object_says_reaches_the_leaf(change: dict[str, Any], name: str, value: Any) -> None:
    below = [change.pop("child")] if "child" in change else []
    found = tree_of(OUT, Mo("bgpPeerP", {"dn": peer(), **change}, tuple(below)))[101].peers[0]
    assert getattr(found, name) == value


@pytest.mark.parametrize(
    ("change", "left"),
    [
        (deleted("bgpAsP", f"{peer()}/as"), 0),
        (deleted("bgpExtP", f"{OUT.dn}/bgpExtP"), 0),
        (deleted("bgpPeerP", peer()), 0),
        (deleted("bgpAsP", "uni/fabric/bgpInstP-default/as"), 0),
        (deleted("bgpRsPeerPfxPol", f"{peer()}/rspeerPfxPol"), 1),
    ],
    ids=["remote AS", "BGP of the L3Out", "peer", "AS of the fabric", "limit"],
)
def test_a_session_needs_all_of_its_parts_but_the_interface_stays(change: Mo, left: int) -> None:
    leaf = tree_of(OUT, change)[101]
    assert len(leaf.peers) == left
    assert leaf.ports


@pytest.mark.parametrize(
    "change",
    [
        deleted("l3extRsNodeL3OutAtt", f"{OUT.profile}/rsnodeL3OutAtt-[topology/pod-1/node-101]"),
        deleted("l3extVirtualLIfP", OUT.interface(1, 101)),
    ],
    ids=["node", "interface"],
)
def test_without_node_or_interface_there_is_no_leaf(change: Mo) -> None:
    assert sorted(tree_of(OUT, change)) == [102, 104, 201, 204]


def test_a_removed_anchor_touches_no_other_leaf() -> None:
    apic = Apic()
    post(apic, OUT)
    before = {leaf.node: leaf for leaf in leaves(apic.tree)}
    remove_anchor(apic, OUT, 1, 101)
    after = {leaf.node: leaf for leaf in leaves(apic.tree)}
    assert after == {node: leaf for node, leaf in before.items() if node != 101}


def test_both_families_are_one_interface_with_a_peer_each() -> None:
    leaf = tree_of(OUT.with_(v6="2001:2:0:8::"))[101]
    assert len(leaf.ports) == 1
    assert leaf.ports[0].addresses == ("198.18.2.101/24", "2001:2:0:8::65/64")
    assert leaf.ports[0].shared == ("198.18.2.253/24", "2001:2:0:8::fd/64")
    assert [one.version for one in leaf.peers] == [4, 6]
    assert leaf.versions == (4, 6)


def test_two_l3outs_on_one_switch_are_one_leaf_with_two_vlans() -> None:
    apic = Apic()
    other = L3Out("198.18.3", name="other", vlan=311, pods="198.18.128.0/18")
    for out in (OUT, other):
        post(apic, out)
    leaf = next(leaf for leaf in leaves(apic.tree) if leaf.node == 101)
    assert [port.name for port in leaf.ports] == ["vlan310", "vlan311"]
    assert {one.addr for one in leaf.peers} == {"198.18.2.0/24", "198.18.3.0/24"}
    laid = plan(leaves(apic.tree), Segment("198.18.2.0/24", "198.18.2.253"), Names("0123abcd"))
    speaker = laid.speaker("leaf-101.k8s-prod.main")
    assert speaker is not None
    bridges = {cable.name: cable.bridge for cable in speaker.space.cables}
    assert bridges["vlan310"] == SEGMENT
    assert bridges["vlan311"].startswith("v-")
    assert {gateway.bridge for gateway in laid.gateways} == {bridges["vlan310"], bridges["vlan311"]}


def test_next_hops_and_all_paths_are_handed_on_only_when_the_import_rule_says_so() -> None:
    with_rule, without = tree_of()[101], tree_of(OUT.with_(next_hop_unchanged=False))[101]
    assert (with_rule.keeps_next_hop, with_rule.all_paths) == (True, True)
    assert (without.keeps_next_hop, without.all_paths) == (False, False)


def test_a_default_route_is_announced_when_the_l3out_says_so() -> None:
    found = tree_of(OUT.with_(default_route=True))[101].peers[0].default_route
    assert found is not None
    assert (found.always, found.only) == (False, False)
    assert tree_of()[101].peers[0].default_route is None


def test_without_import_enforcement_everything_is_taken() -> None:
    found = tree_of(OUT, Mo("l3extOut", {"dn": OUT.dn, "enforceRtctrl": "export"}))[101].peers[0]
    assert found.accepts is None
    assert found.sends


SUBJECT = f"uni/tn-{TENANT}/subj-{OUT.name}-export"


@pytest.mark.parametrize(
    ("given", "prefix"),
    [
        ({"ip": "198.18.9.0/24"}, Prefix("198.18.9.0/24")),
        ({"ip": "198.18.9.1/24"}, Prefix("198.18.9.0/24")),
        ({"ip": "198.18.9.0/24", "aggregate": "yes"}, Prefix("198.18.9.0/24", None, 32)),
        (
            {"ip": "198.18.9.0/24", "aggregate": "yes", "fromPfxLen": "26", "toPfxLen": "28"},
            Prefix("198.18.9.0/24", 26, 28),
        ),
        ({"ip": "2001:2:0:9::/64", "aggregate": "yes"}, Prefix("2001:2:0:9::/64", None, 128)),
    ],
)  # fmt: skip
def test_a_match_rule_becomes_a_prefix_with_lengths(given: dict[str, str], prefix: Prefix) -> None:
    found = tree_of(OUT, mo("rtctrlMatchRtDest", dn=f"{SUBJECT}/dest-[{given['ip']}]", **given))[101].peers[0]
    assert prefix in found.sends[0].prefixes


def test_subnets_with_the_scope_are_added_to_a_combinable_profile_and_not_to_a_global_one() -> None:
    subnet = mo("l3extSubnet", dn=f"{OUT.dn}/instP-{OUT.name}-ext/extsubnet-[198.18.77.0/24]", scope="export-rtctrl")
    extra = Rule(True, (Prefix("198.18.77.0/24"),))
    assert tree_of(OUT, subnet)[101].peers[0].sends[-1] == extra
    alone = mo("rtctrlProfile", dn=f"{OUT.dn}/prof-default-export", type="global")
    assert extra not in tree_of(OUT, subnet, alone)[101].peers[0].sends


def test_rules_stand_in_order_and_say_what_they_refuse_and_set() -> None:
    profile = f"{OUT.dn}/prof-default-import"
    attr = f"uni/tn-{TENANT}/attr-prefer"
    changes = [
        mo("rtctrlAttrP", mo("rtctrlSetPref", localPref="200"), mo("rtctrlSetTag", tag="9"), dn=attr),
        Mo("rtctrlSetComm", {"dn": f"{attr}/scomm", "community": "1:2\nno router bgp 65002", "setCriteria": "append"}),
        mo("rtctrlSubjP", mo("rtctrlMatchRtDest", ip="198.18.64.64/26"), dn=f"uni/tn-{TENANT}/subj-bad"),
        mo("rtctrlCtxP", mo("rtctrlRsCtxPToSubjP", tnRtctrlSubjPName="bad"), dn=f"{profile}/ctx-no", action="deny"),
        mo("rtctrlCtxP", dn=f"{profile}/ctx-{OUT.name}", order="5"),
        Mo(
            "rtctrlRsScopeToAttrP",
            {"dn": f"{profile}/ctx-{OUT.name}/scp/rsScopeToAttrP", "tnRtctrlAttrPName": "prefer"},
        ),
    ]
    found = tree_of(OUT, *changes)[101].peers[0].accepts
    assert found is not None
    assert found[0] == Rule(False, (Prefix("198.18.64.64/26"),))
    assert found[1].sets == ("set local-preference 200", "set tag 9")


def test_timers_of_the_vrf_apply_where_the_profile_has_none() -> None:
    changes = [
        deleted("bgpRsBgpNodeCtxPol", f"{OUT.profile}/protp/rsbgpNodeCtxPol"),
        mo("bgpCtxPol", dn=f"uni/tn-{TENANT}/bgpCtxP-vrf", kaIntvl="5", holdIntvl="15"),
        Mo("fvRsBgpCtxPol", {"dn": f"uni/tn-{TENANT}/ctx-main/rsbgpCtxPol", "tnBgpCtxPolName": "vrf"}),
    ]
    found = tree_of(OUT, *changes)[101].peers[0].timers
    assert (found.keepalive, found.hold, found.stale) == (5, 15, 300)


def test_an_unreadable_peer_address_is_passed_over() -> None:
    wrong = mo("bgpPeerP", mo("bgpAsP", asn="65003"), dn=f"{OUT.interface(1, 101)}/peerP-[nonsense]")
    assert [one.addr for one in tree_of(OUT, wrong)[101].peers] == ["198.18.2.0/24"]


@pytest.mark.parametrize(("text", "number"), [("65002", 65002), ("1.10", 65546), ("", 0)])
def test_as_numbers_come_plain_or_with_a_dot(text: str, number: int) -> None:
    assert as_number(text) == number


def test_the_installer_is_led_to_what_leaves_take_from_nodes() -> None:
    apic = Apic()
    post(apic, OUT)
    laid = plan(leaves(apic.tree), Segment("198.18.2.0/24", "198.18.2.253"), Names("0123abcd"))
    assert laid.reached == ("198.18.64.0/18", "198.18.4.0/24", "198.18.5.0/24")
    assert [one.kind for one in laid.speakers].count("leaf") == 5
    assert {one.kind for one in laid.speakers} == {"leaf", "spine", "outside"}
