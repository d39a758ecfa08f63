"""The APIC's side through the real client: a simulator whose operational objects the fabric itself has set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from aci.mo import Mo, mo
from aci.session import Password, Session, Tls
from lab.apic.actor import SYSTEM
from tests import verify_scenes as scenes
from tests.lab_apic_server import ServedSimulator, Simulator
from webui.lookups.verify import read_fabric
from webui.verify import expected, judge
from webui.verify.expected import Expected

SPEC = scenes.spec_of("lab-dual-stack.yaml", password="s3cret")
WANTED, SEEN = scenes.whole(SPEC)
VRF, TENANT, OUT = "k8s-prod:main", "uni/tn-k8s-prod", "uni/tn-k8s-prod/out-k8s-ds1"


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with ServedSimulator(tmp_path_factory.mktemp("verify-apic")) as served:
        _configure(served, WANTED)
        _live(served, WANTED)
        yield served


@pytest.fixture
def session(simulator: Simulator) -> Iterator[Session]:
    tls = Tls(ca=simulator.ca_file.read_text())
    with Session([simulator.url.removeprefix("https://")], Password("admin", simulator.password), tls=tls) as opened:
        yield opened


def _post(simulator: Simulator, dn: str, cls: str, **attributes: str) -> None:
    simulator.apic.change([(dn, Mo(cls, {"dn": dn, **attributes}))], SYSTEM)


def _configure(simulator: Simulator, wanted: Expected) -> None:
    """What Terraform makes, as far as verify reads it."""
    name = "k8s-ds1"
    simulator.by_hand(
        "uni",
        mo(
            "fvTenant",
            mo("bgpCtxPol", name=name, kaIntvl="1", holdIntvl="3"),
            mo("bgpPeerPfxPol", name=name, action="reject", maxPfx="500"),
            mo("bgpCtxAfPol", name=name, maxEcmp="64", maxEcmpIbgp="64"),
            mo(
                "rtctrlSubjP",
                *(mo("rtctrlMatchRtDest", ip=one, aggregate="yes") for one in (*wanted.subnets, *wanted.pools)),
                name=f"{name}-import",
            ),
            mo(
                "fvCtx",
                *(mo("fvRsCtxToBgpCtxAfPol", tnBgpCtxAfPolName=name, af=af) for af in ("ipv4-ucast", "ipv6-ucast")),
                name="main",
            ),
            mo("l3extOut", *_out(wanted, name), name=name, enforceRtctrl="export,import"),
            name="k8s-prod",
        ),
    )


def _out(wanted: Expected, name: str) -> list[Mo]:
    rule = mo("rtctrlCtxP", mo("rtctrlRsCtxPToSubjP", tnRtctrlSubjPName=f"{name}-import"), name=name, order="0")
    timers = mo("bgpProtP", mo("bgpRsBgpNodeCtxPol", tnBgpCtxPolName=name))
    nodes = [
        mo("l3extRsNodeL3OutAtt", tDn=_node(leaf.pod, leaf.node), rtrId=f"198.19.0.{leaf.node}", rtrIdLoopBack="no")
        for leaf in wanted.leaves
    ]
    profiles = [mo("l3extLIfP", *_interfaces(wanted, family, name), name=f"{name}-{family}") for family in ("v4", "v6")]
    return [
        mo("l3extRsEctx", tnFvCtxName="main"),
        mo("bgpExtP"),
        mo("rtctrlProfile", rule, name="default-import", type="combinable"),
        mo("l3extLNodeP", timers, *nodes, *profiles, name=f"{name}-nodes"),
    ]


def _interfaces(wanted: Expected, family: str, name: str) -> list[Mo]:
    subnet = wanted.subnets[0 if family == "v4" else 1]
    length = subnet.rpartition("/")[2]
    return [
        mo(
            "l3extVirtualLIfP",
            mo(
                "bgpPeerP",
                mo("bgpAsP", asn=str(wanted.cluster_as)),
                mo("bgpRsPeerPfxPol", tnBgpPeerPfxPolName=name),
                addr=subnet,
                ctrl="as-override,dis-peer-as-check",
                password="s3cret",
            ),
            nodeDn=_node(leaf.pod, leaf.node),
            encap="vlan-311",
            addr=f"{leaf.v4 if family == 'v4' else leaf.v6}/{length}",
            ifInstT="ext-svi",
            mtu=str(wanted.mtu),
        )
        for leaf in wanted.leaves
    ]


def _node(pod: int, node: int) -> str:
    return f"topology/pod-{pod}/node-{node}"


def _live(simulator: Simulator, wanted: Expected) -> None:
    """What living leaves show, as lab/fabric/README.md says."""
    assert SEEN.fabric
    for leaf in wanted.leaves:
        system = f"{_node(leaf.pod, leaf.node)}/sys"
        dom = f"{system}/bgp/inst/dom-{VRF}"
        for dn, cls in ((f"{system}/bgp", "bgpEntity"), (f"{system}/bgp/inst", "bgpInst"), (dom, "bgpDom")):
            _post(simulator, dn, cls)
        for subnet in wanted.subnets:
            _post(simulator, f"{dom}/peer-[{subnet}]", "bgpPeer", asn=str(wanted.cluster_as))
        _post(simulator, f"{dom}/peer-[198.19.255.1]", "bgpPeer", asn="65002", peerType="ibgp")
        _post(simulator, f"{dom}/peer-[198.19.255.1]/ent-[198.19.255.1]", "bgpPeerEntry", operSt="established")
        for table in ("uribv4", "uribv6"):
            tail = f"{system}/{table}"
            _post(simulator, tail, f"{table}Entity")
            _post(simulator, f"{tail}/dom-{VRF}", f"{table}Dom")
            _post(simulator, f"{tail}/dom-{VRF}/db-rt", f"{table}Db")
            _post(simulator, f"{tail}/dom-{VRF}/db-rt/rt-[198.18.6.0/24]", f"{table}Route")
            hop = f"{tail}/dom-{VRF}/db-rt/rt-[198.18.6.0/24]/nh-[direct]-[198.18.6.101/32]-[vlan311]-[{VRF}]"
            _post(simulator, hop, f"{table}Nexthop", pref="0")
    for one in SEEN.fabric.sessions:
        _session(simulator, wanted, one.leaf, one.address)
    for route in SEEN.fabric.routes:
        _route(simulator, wanted, route.leaf, route.prefix, [(hop.address, hop.by) for hop in route.hops])


def _session(simulator: Simulator, wanted: Expected, node: int, address: str) -> None:
    leaf = next(leaf for leaf in wanted.leaves if leaf.node == node)
    subnet = wanted.subnets[1 if ":" in address else 0]
    entry = f"{_node(leaf.pod, node)}/sys/bgp/inst/dom-{VRF}/peer-[{subnet}]/ent-[{address}]"
    about = {"operSt": "established", "holdIntvl": "3", "kaIntvl": "1", "passwdSet": "enabled"}
    _post(simulator, entry, "bgpPeerEntry", lastFlapTs="2026-11-26T07:00:00.000+01:00", **about)
    family = "ipv6-ucast" if ":" in address else "ipv4-ucast"
    _post(simulator, f"{entry}/af-{family}", "bgpPeerAfEntry", acceptedPaths="3")


def _route(simulator: Simulator, wanted: Expected, node: int, prefix: str, hops: list[tuple[str, str]]) -> None:
    leaf = next(leaf for leaf in wanted.leaves if leaf.node == node)
    table, length = ("uribv6", 128) if ":" in prefix else ("uribv4", 32)
    route = f"{_node(leaf.pod, node)}/sys/{table}/dom-{VRF}/db-rt/rt-[{prefix}]"
    _post(simulator, route, f"{table}Route")
    for address, by in hops:
        about = {"pref": "20", "routeType": "external"} if by == "ebgp" else {"pref": "200", "routeType": "internal"}
        hop = f"{route}/nh-[bgp-65002]-[{address}/{length}]-[unspecified]-[{VRF}]"
        _post(simulator, hop, f"{table}Nexthop", **about)


def test_the_fabric_is_read_as_it_is(session: Session) -> None:
    found = read_fabric(session, SPEC)
    assert SEEN.fabric
    assert set(found.sessions) >= {replace(one, since="2026-11-26T06:00:00.000+00:00") for one in SEEN.fabric.sessions}
    assert {(one.leaf, one.prefix, frozenset(one.hops)) for one in found.routes} == {
        (one.leaf, one.prefix, frozenset(one.hops)) for one in SEEN.fabric.routes
    }
    assert {(one.leaf, one.address, one.mtu) for one in found.interfaces} == {
        (one.leaf, one.address, one.mtu) for one in SEEN.fabric.interfaces
    }
    assert {(one.leaf, one.family, one.range, one.asn, one.controls) for one in found.peers} == {
        (one.leaf, one.family, one.range, one.asn, one.controls) for one in SEEN.fabric.peers
    }
    policies = replace(found.policies, imported=())
    assert policies == replace(SEEN.fabric.policies, imported=())
    assert set(found.policies.imported) == set(SEEN.fabric.policies.imported)
    assert {leaf.node for leaf in found.leaves} >= {101, 102, 201}


def test_the_judge_is_content_with_what_the_apic_tells(session: Session) -> None:
    report = judge(WANTED, replace(SEEN, fabric=read_fabric(session, SPEC)))
    assert report.findings == ()
    assert report.green


def test_nothing_of_a_password_is_read(session: Session) -> None:
    assert "s3cret" not in repr(read_fabric(session, SPEC))


def test_a_password_that_somebody_writes_is_seen_as_a_late_change(simulator: Simulator, session: Session) -> None:
    before = read_fabric(session, SPEC)
    peer = next(one for one in before.peers if (one.leaf, one.family) == (101, "v4"))
    simulator.by_hand(peer.dn, Mo("bgpPeerP", {"password": "another"}))
    after = read_fabric(session, SPEC)
    changed = next(one for one in after.peers if one.dn == peer.dn)
    assert changed.changed > peer.changed
    simulator.by_hand(peer.dn, Mo("bgpPeerP", {"password": "s3cret"}))


def test_a_leaf_that_has_no_bgp_has_no_sessions_and_no_routes(session: Session) -> None:
    spec = scenes.spec_of("lab-dual-stack.yaml", l3out__name="not-there", l3out__vrf__name="elsewhere")
    found = read_fabric(session, spec)
    assert (found.interfaces, found.peers, found.sessions, found.routes) == ((), (), (), ())
    report = judge(expected(spec), replace(SEEN, fabric=found))
    assert not report.green
    assert {cell.words for row in report.sessions for some in row.cells for cell in some} == {
        "No session",
        "not peered",
    }
