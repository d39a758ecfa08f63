"""terraform/fabric over its whole life on a simulated fabric: apply, change, mend, destroy."""

from __future__ import annotations

import re

import pytest

from aci.mo import Mo
from tests.lab_apic_server import Simulator
from tests.terraform_fixtures import MakeRoot
from tests.terraform_root import FabricRoot, leaf

OUT = "uni/tn-k8s-prod/out-k8s-dc1"


def leaves_of(plan: dict[str, list[str]]) -> set[str]:
    """Node ids of the leaves whose objects a plan touches; "" for everything else."""
    found = (re.search(r'anchor_leaf\["(\d+)"\]', address) for address in plan)
    return {match[1] if match else "" for match in found}


def passwords(simulator: Simulator) -> set[str | None]:
    return {
        mo.get("password") for dn, mo in simulator.tree().items() if dn.startswith(OUT) and mo["class"] == "bgpPeerP"
    }


def classes_below(simulator: Simulator, dn: str) -> set[str]:
    return {mo["class"] for at, mo in simulator.tree().items() if at.startswith(dn)}


def applied_root(make_root: MakeRoot, *, dual: bool) -> FabricRoot:
    root = make_root(dual=dual)
    root.secrets["bgp_password"] = "first-password"
    root.apply()
    return root


@pytest.fixture
def applied(make_root: MakeRoot) -> FabricRoot:
    """Two leaves, with a BGP password, applied."""
    return applied_root(make_root, dual=False)


@pytest.fixture(params=[False, True], ids=["v4", "dual"])
def applied_twice(request: pytest.FixtureRequest, make_root: MakeRoot) -> FabricRoot:
    """The same, once with IPv4 and once with both families."""
    return applied_root(make_root, dual=request.param)


VLIFP = "/lnodep-k8s-dc1-nodes/lifp-k8s-dc1-nodes-%s/vlifp-[topology/pod-1/node-101]-[vlan-310]"
SETTINGS = {
    "uni/tn-k8s-prod/bgpCtxP-k8s-dc1": {
        "kaIntvl": "1",
        "holdIntvl": "3",
        "grCtrl": "helper",
        "staleIntvl": "6",
        "maxAsLimit": "1",
    },
    "uni/tn-k8s-prod/bgpCtxAfP-k8s-dc1": {"maxEcmp": "64", "maxEcmpIbgp": "64"},
    "uni/tn-k8s-prod/bgpPfxP-k8s-dc1": {"action": "reject", "maxPfx": "500"},
    "uni/tn-k8s-prod/bestpath-k8s-dc1": {"ctrl": "asPathMultipathRelax,ignoreIgpMetric"},
    "uni/tn-k8s-prod/attr-k8s-dc1/nhunchanged": {"type": "nh-unchanged"},
    "uni/tn-k8s-prod/attr-k8s-dc1/redistmpath": {"type": "redist-multipath"},
    "uni/tn-k8s-prod/subj-k8s-dc1-export/dest-[198.18.64.0/18]": {"aggregate": "yes"},
    "uni/tn-k8s-prod/subj-k8s-dc1-import/dest-[2001:db8:5::/108]": {"aggregate": "yes"},
    "uni/tn-k8s-prod/ctx-main/rsctxToBgpCtxAfPol-[k8s-dc1]-ipv6-ucast": {"tnBgpCtxAfPolName": "k8s-dc1"},
    OUT: {"enforceRtctrl": "export,import"},
    f"{OUT}/rsectx": {"tnFvCtxName": "main"},
    f"{OUT}/prof-default-import/ctx-k8s-dc1/scp/rsScopeToAttrP": {"tnRtctrlAttrPName": "k8s-dc1"},
    f"{OUT}/lnodep-k8s-dc1-nodes/protp/rsBestPathCtrlPol": {"tnBgpBestPathCtrlPolName": "k8s-dc1"},
    f"{OUT}/lnodep-k8s-dc1-nodes/rsnodeL3OutAtt-[topology/pod-1/node-101]": {
        "rtrId": "198.19.0.101",
        "rtrIdLoopBack": "no",
    },
    f"{OUT}{VLIFP % 'v4'}": {"addr": "198.18.2.101/24", "ifInstT": "ext-svi", "mtu": "9000", "autostate": "disabled"},
    f"{OUT}{VLIFP % 'v4'}/rsdynPathAtt-[uni/phys-phys-k8s]": {
        "floatingAddr": "198.18.2.254/24",
        "promMode": "Disabled",
    },
    f"{OUT}{VLIFP % 'v4'}/peerP-[198.18.2.0/24]": {"ctrl": "as-override,dis-peer-as-check", "ttl": "1"},
    f"{OUT}{VLIFP % 'v4'}/peerP-[198.18.2.0/24]/as": {"asn": "65003"},
    f"{OUT}{VLIFP % 'v6'}": {"addr": "2001:db8:2::101/64"},
    f"{OUT}{VLIFP % 'v6'}/addr-[2001:db8:2::fffd/64]": {"ipv6Dad": "disabled"},
    f"{OUT}{VLIFP % 'v6'}/peerP-[2001:db8:2::/64]/rspeerPfxPol": {"tnBgpPeerPfxPolName": "k8s-dc1"},
    f"{OUT}/instP-k8s-dc1-ext/extsubnet-[198.18.2.0/24]": {"scope": "import-security", "aggregate": ""},
    f"{OUT}/instP-k8s-dc1-ext/rsprov-k8s-permit": {"tnVzBrCPName": "k8s-permit"},
    f"{OUT}/instP-k8s-dc1-ext/rscons-k8s-permit": {"tnVzBrCPName": "k8s-permit"},
}


def test_the_fabric_gets_the_settings_of_the_design(make_root: MakeRoot, simulator: Simulator) -> None:
    make_root(dual=True).apply()
    with simulator.apic.lock:
        nodes = {dn: simulator.apic.tree.get(dn) for dn in SETTINGS}
        found = {dn: {name: node.get(name) for name in SETTINGS[dn]} if node else None for dn, node in nodes.items()}
    assert found == SETTINGS
    pods = {dn for dn in simulator.tree() if dn.startswith("uni/tn-k8s-prod/subj-k8s-dc1-export/")}
    assert len(pods) == 2, "nothing but the pods' prefixes goes back to the nodes"


def test_a_plan_after_an_apply_changes_nothing(applied_twice: FabricRoot) -> None:
    assert applied_twice.changes_nothing()


def test_it_destroys_what_is_ours_and_leaves_what_is_others(simulator: Simulator, make_root: MakeRoot) -> None:
    root = make_root(dual=True)
    before = simulator.tree()
    root.secrets["bgp_password"] = "first-password"
    root.apply()
    assert len(simulator.tree()) > len(before) + 60
    root.destroy()
    assert simulator.tree() == before


def test_an_added_leaf_touches_only_that_leaf(applied_twice: FabricRoot, simulator: Simulator) -> None:
    dual = "v6" in applied_twice.variables["node_subnet"]
    applied_twice.variables["anchors"]["201"] = leaf(201, dual=dual)
    before, plan = simulator.tree(), applied_twice.plan()
    assert leaves_of(plan) == {"201"}
    assert {tuple(actions) for actions in plan.values()} == {("create",)}
    applied_twice.apply()
    after = simulator.tree()
    assert {dn: mo for dn, mo in after.items() if not (dn.startswith(OUT) and "node-201]" in dn)} == before
    assert applied_twice.changes_nothing()


def test_a_removed_leaf_touches_only_that_leaf(applied_twice: FabricRoot, simulator: Simulator) -> None:
    del applied_twice.variables["anchors"]["101"]
    before, plan = simulator.tree(), applied_twice.plan()
    assert leaves_of(plan) == {"101"}
    assert {tuple(actions) for actions in plan.values()} == {("delete",)}
    applied_twice.apply()
    assert simulator.tree() == {dn: mo for dn, mo in before.items() if not (dn.startswith(OUT) and "node-101]" in dn)}
    assert applied_twice.changes_nothing()


def test_drift_by_hand_is_found_and_mended(applied: FabricRoot, simulator: Simulator) -> None:
    wanted = simulator.tree()
    simulator.by_hand("uni/tn-k8s-prod/bgpCtxP-k8s-dc1", Mo("bgpCtxPol", {"holdIntvl": "180"}))
    simulator.by_hand(OUT, Mo("l3extOut", {"enforceRtctrl": "export"}))
    assert sorted(applied.plan().values()) == [["update"], ["update"]]
    applied.apply()
    assert simulator.tree() == wanted


def test_an_object_removed_by_hand_comes_back_with_all_below_it(applied: FabricRoot, simulator: Simulator) -> None:
    wanted = simulator.tree()
    simulator.delete(next(dn for dn in wanted if dn.startswith(OUT) and wanted[dn]["class"] == "bgpPeerP"))
    plan = applied.plan()
    assert {tuple(actions) for actions in plan.values()} == {("create",)}
    applied.apply()
    assert simulator.tree() == wanted, "the password is set again as well"


def test_a_changed_password_reaches_every_peer_without_removing_one(applied: FabricRoot, simulator: Simulator) -> None:
    assert passwords(simulator) == {"first-password"}
    applied.secrets["bgp_password"] = "second-password"
    sent = len(simulator.requests)
    output = applied.apply()
    assert passwords(simulator) == {"second-password"}
    written = [request for request in simulator.requests[sent:] if request.method == "POST"]
    assert written
    assert not any("deleted" in request.body for request in written)
    assert not any("password" in request.body and "second-password" not in request.body for request in written)
    assert "second-password" not in output
    assert applied.changes_nothing()


def test_a_password_taken_away_is_taken_from_every_peer(applied: FabricRoot, simulator: Simulator) -> None:
    applied.secrets.clear()
    applied.apply()
    assert passwords(simulator) == {""}
    assert applied.changes_nothing()


def test_every_request_is_signed_and_none_fails(applied: FabricRoot, simulator: Simulator) -> None:
    assert all("APIC-Request-Signature" in request.cookies for request in simulator.requests)
    assert {request.answer for request in simulator.requests} == {200}


def test_settings_that_come_and_go_bring_and_take_their_objects(make_root: MakeRoot, simulator: Simulator) -> None:
    root = make_root()
    root.apply()
    plain = simulator.tree()
    root.variables["l3out"]["default_route"] = True
    root.variables["l3_domain"] = "l3dom-core"
    root.variables["bgp"] |= {"local_as": 65010, "next_hop_unchanged": False, "manage_vrf_policy": False}
    root.apply()
    assert {"l3extDefaultRouteLeakP", "l3extRsL3DomAtt", "bgpLocalAsnP"} <= classes_below(simulator, OUT)
    ours = {mo["class"] for dn, mo in simulator.tree().items() if dn not in plain or mo != plain[dn]}
    assert not {"rtctrlSetNhUnchanged", "bgpCtxAfPol"} & ours
    assert simulator.tree()["uni/tn-k8s-prod/bestpath-k8s-dc1"]["ctrl"] == "asPathMultipathRelax"
    root.variables["l3out"]["default_route"] = False
    del root.variables["l3_domain"]
    root.variables["bgp"] |= {"local_as": None, "next_hop_unchanged": True, "manage_vrf_policy": True}
    root.apply()
    assert simulator.tree() == plain


def test_metrics_are_ignored_only_once_a_floating_interface_exists(make_root: MakeRoot, simulator: Simulator) -> None:
    make_root().apply()
    posts = [request.url for request in simulator.requests if request.method == "POST"]
    flagged = next(
        i
        for i, request in enumerate(r for r in simulator.requests if r.method == "POST")
        if "ignoreIgpMetric" in request.body
    )
    interfaces = [i for i, url in enumerate(posts) if url.endswith("-[vlan-310].json")]
    assert interfaces
    assert max(interfaces) < flagged


def test_a_new_vlan_moves_the_interfaces_and_nothing_else(make_root: MakeRoot, simulator: Simulator) -> None:
    root = make_root()
    root.apply()
    before = simulator.tree()
    root.variables["l3out"]["vlan"] = 311
    root.apply()
    moved = {dn.replace("vlan-310", "vlan-311") for dn in before}
    assert set(simulator.tree()) == moved
    assert root.changes_nothing()


def test_policies_of_a_vrf_in_common_stand_in_common(make_root: MakeRoot, simulator: Simulator) -> None:
    shared = next(
        dn for dn, mo in simulator.tree().items() if dn.startswith("uni/tn-common/ctx-") and mo["class"] == "fvCtx"
    )
    root = make_root(vrf={"tenant": "common", "name": shared.rpartition("/ctx-")[2]})
    root.apply()
    tree = simulator.tree()
    assert "uni/tn-common/bgpCtxAfP-k8s-dc1" in tree
    assert f"{shared}/rsctxToBgpCtxAfPol-[k8s-dc1]-ipv4-ucast" in tree
    assert "uni/tn-k8s-prod/bgpCtxP-k8s-dc1" in tree
