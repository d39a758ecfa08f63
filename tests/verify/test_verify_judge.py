"""The judge: a whole cluster is green; each thing that is broken has its cell, its cause, its remedy and its field."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import verify_scenes as scenes
from tests.verify_scenes import LATER, answers, cluster, each, fabric, routed, session_down
from webui.spec import get
from webui.spec.model import ClusterSpec
from webui.verify import Report, Seen, expected, from_json, judge
from webui.verify.judging import cells
from webui.verify.seen import Block, Change, Cluster, Fabric, Fault, Hop, Service, Workload

SPEC = scenes.spec_of(password="s3cret")
WANTED, SEEN = scenes.whole(SPEC)
Break = Callable[[Seen], Seen]


def report_of(seen: Seen, spec: ClusterSpec = SPEC) -> Report:
    return judge(expected(spec, seen.cluster), seen)


@pytest.mark.parametrize("name", ["lab.yaml", "lab-dual-stack.yaml"])
@pytest.mark.parametrize("password", ["", "s3cret"])
def test_a_whole_cluster_is_green(name: str, password: str) -> None:
    spec = scenes.spec_of(name, password)
    report = judge(*scenes.whole(spec))
    assert report.green
    assert report.findings == ()
    assert report.session_count.good == report.session_count.all == len(list(expected(spec).pairs()))
    assert len(report.prefixes) == (9 if name == "lab.yaml" else 16)


def test_expected_next_hops_are_the_nodes_of_the_leafs_own_rack() -> None:
    by_what = {prefix.what: prefix for prefix in WANTED.prefixes}
    leaf101, _, leaf201 = WANTED.leaves
    assert WANTED.ebgp_hops(leaf101, by_what["Services"]) == {"198.18.2.1", "198.18.2.2", "198.18.2.4"}
    assert WANTED.ebgp_hops(leaf201, by_what["Services"]) == {"198.18.2.3", "198.18.2.5"}
    assert WANTED.ebgp_hops(leaf201, by_what["Pods of k8s-cp-1"]) == frozenset()
    local = [prefix for prefix in WANTED.prefixes if prefix.kind == "local"]
    assert [(one.prefix, one.nodes) for one in local] == [
        ("198.18.4.20/32", ("k8s-w-1", "k8s-w-2")),
        ("198.18.5.1/32", ("k8s-w-1", "k8s-w-2")),
    ]


def test_a_node_that_is_excluded_from_load_balancers_announces_no_services() -> None:
    label = {"node.kubernetes.io/exclude-from-external-load-balancers": "true"}
    found = scenes.cluster_of(SPEC)
    nodes = each(found.nodes, lambda one: replace(one, labels=label) if one.name == "k8s-cp-1" else one)
    services = next(one for one in expected(SPEC, replace(found, nodes=nodes)).prefixes if one.kind == "services")
    assert "k8s-cp-1" not in services.nodes
    # kubeadm gives the label without a value to control-plane nodes: that does not count.
    plain = each(nodes, lambda one: replace(one, labels=dict.fromkeys(label, "")))
    services = next(one for one in expected(SPEC, replace(found, nodes=plain)).prefixes if one.kind == "services")
    assert len(services.nodes) == 5


def _f(seen: Seen) -> Fabric:
    assert seen.fabric
    return seen.fabric


def _c(seen: Seen) -> Cluster:
    assert seen.cluster
    return seen.cluster


def _policies(seen: Seen, **changes: object) -> Seen:
    assert seen.fabric
    return fabric(seen, policies=replace(_f(seen).policies, **changes))  # type: ignore[arg-type]


def _peers(seen: Seen, **changes: object) -> Seen:
    assert seen.fabric
    return fabric(seen, peers=each(_f(seen).peers, lambda one: replace(one, **changes) if one.leaf == 101 else one))


def _nodes(seen: Seen, name: str, **changes: object) -> Seen:
    assert seen.cluster
    found = each(_c(seen).nodes, lambda one: replace(one, **changes) if one.name == name else one)
    return cluster(seen, nodes=found)


def _calico(seen: Seen, **changes: object) -> Seen:
    assert seen.cluster
    assert _c(seen).peers
    found = each(_c(seen).peers or (), lambda one: replace(one, **changes) if one.name == "leaf-101" else one)
    return cluster(seen, peers=found)


def _agents(seen: Seen, name: str, why: str) -> Seen:
    assert seen.cluster
    found = each(_c(seen).agents, lambda one: replace(one, running=False, why=why) if one.node == name else one)
    return cluster(seen, agents=found)


def _said(seen: Seen, error: str, sent: int | None = 3) -> Seen:
    assert seen.cluster
    found = each(
        _c(seen).sessions,
        lambda one: replace(one, state="active", error=error, sent=sent) if one.address == "198.18.2.101" else one,
    )
    return cluster(seen, sessions=found)


def _ping(seen: Seen, leaf: int, state: str) -> Seen:
    return answers(seen, lambda one: one.target == f"leaf {leaf} v4", state)


def _port(seen: Seen, leaf: int, state: str) -> Seen:
    return answers(seen, lambda one: one.target == f"leaf {leaf} v4 bgp", state)


DOWN: dict[str, tuple[Break, str, str]] = {
    "password, by silence on the signed port": (
        lambda seen: _port(session_down(seen, 101), 101, "silent"),
        "passwords differ",
        "l3out.bgp.password",
    ),
    "password, written by hand on the APIC": (
        lambda seen: fabric(
            _peers(_port(session_down(seen, 101), 101, ""), changed=LATER),
            changes=(Change(LATER, "bob", "peer-101-v4", "password changed"),),
        ),
        "passwords differ",
        "l3out.bgp.password",
    ),
    "password, taken off the leaf": (
        lambda seen: _port(session_down(seen, 101, password=False), 101, "ok"),
        "The peer on leaf 101 has none on the APIC, the spec has one",
        "l3out.bgp.password",
    ),
    "password, taken off the node": (
        lambda seen: _calico(session_down(seen, 101), password=False),
        "BGPPeer leaf-101 has no password, the spec has one",
        "l3out.anchors.0.v4",
    ),
    "AS on the APIC": (
        lambda seen: _peers(session_down(seen, 101), asn=64999),
        "The leaf expects AS 64999, the nodes are AS 65003",
        "l3out.bgp.cluster_as",
    ),
    "AS at the node": (
        lambda seen: _calico(session_down(seen, 101), asn=64998),
        "BGPPeer leaf-101 expects AS 64998",
        "l3out.anchors.0.v4",
    ),
    "AS, by BIRD's word": (
        lambda seen: _said(session_down(seen, 101), "BGP Error: Bad peer AS"),
        "One side refuses the other's AS",
        "l3out.bgp.fabric_as",
    ),
    "hold time": (
        lambda seen: _said(session_down(seen, 101), "BGP Error: Unacceptable hold time"),
        "hold time",
        "l3out.bgp.hold",
    ),
    "one side hangs": (
        lambda seen: _port(session_down(seen, 101, reason="Hold Timer Expired"), 101, "silent"),
        "one side's BGP says nothing any more",
        "l3out.bgp.hold",
    ),
    "prefix limit, by the leaf's word": (
        lambda seen: session_down(seen, 101, reason="Maximum Number of Prefixes Reached"),
        "announces more prefixes than the leaf takes: the limit is 500",
        "l3out.bgp.max_prefixes",
    ),
    "prefix limit, by count": (
        lambda seen: _said(session_down(seen, 101), "", sent=501),
        "the limit is 500 (501 announced)",
        "l3out.bgp.max_prefixes",
    ),
    "leaf not in the fabric": (
        lambda seen: fabric(session_down(seen, 101), leaves=tuple(one for one in _f(seen).leaves if one.node != 101)),
        "Leaf 101 is not in the fabric",
        "l3out.anchors.0.node",
    ),
    "leaf inactive": (
        lambda seen: fabric(
            session_down(seen, 101),
            leaves=each(
                _f(seen).leaves,
                lambda one: replace(one, state="inactive") if one.node == 101 else one,
            ),
        ),
        "It is inactive there",
        "l3out.anchors.0.node",
    ),
    "interface removed": (
        lambda seen: fabric(
            session_down(seen, 101),
            interfaces=tuple(one for one in _f(seen).interfaces if one.leaf != 101),
        ),
        "no floating interface for leaf 101",
        "l3out.anchors.0",
    ),
    "leaf's address": (
        lambda seen: fabric(
            session_down(seen, 101),
            interfaces=each(
                _f(seen).interfaces,
                lambda one: replace(one, address="198.18.2.99") if one.leaf == 101 else one,
            ),
        ),
        "Leaf 101 has the address 198.18.2.99 on the APIC; the nodes peer with 198.18.2.101",
        "l3out.anchors.0.v4",
    ),
    "peer removed": (
        lambda seen: fabric(
            session_down(seen, 101),
            peers=tuple(one for one in _f(seen).peers if one.leaf != 101),
        ),
        "Leaf 101 has no BGP peer on the APIC",
        "",
    ),
    "peer for another range": (
        lambda seen: _peers(session_down(seen, 101), range="198.18.3.0/24"),
        "peers with 198.18.3.0/24 alone",
        "l3out.node_subnet.v4",
    ),
    "peer shut": (lambda seen: _peers(session_down(seen, 101), enabled=False), "administratively down", ""),
    "leaf silent": (lambda seen: _ping(session_down(seen, 101), 101, "silent"), "does not answer at", "l3out.vlan"),
    "leaf's BGP down": (
        lambda seen: _port(session_down(seen, 101), 101, "refused"),
        "nothing listens on its BGP port",
        "",
    ),
    "MTU": (
        lambda seen: _port(_ping(session_down(seen, 101), 101, "mtu"), 101, "ok"),
        "Packets of 9000 bytes do not pass",
        "l3out.mtu",
    ),
    "BGPPeer removed": (
        lambda seen: cluster(
            session_down(seen, 101),
            peers=tuple(one for one in (_c(seen).peers or ()) if one.name != "leaf-101"),
        ),
        "Calico has no BGPPeer for leaf 101",
        "l3out.anchors.0.v4",
    ),
    "BGPPeer with another address": (
        lambda seen: _calico(session_down(seen, 101), address="198.18.2.77"),
        "peers with 198.18.2.77; leaf 101 is 198.18.2.101",
        "l3out.anchors.0.v4",
    ),
    "BGPPeer of another rack": (
        lambda seen: _calico(session_down(seen, 101), rack="r9", selector="rack_id == 'r9'"),
        "selects rack_id == 'r9'; leaf 101 is in rack r1",
        "l3out.anchors.0.v4",
    ),
}


@pytest.mark.parametrize("case", DOWN)
def test_a_leaf_without_sessions_has_one_finding_with_its_cause(case: str) -> None:
    broken, cause, field = DOWN[case]
    report = report_of(_port(broken(SEEN), 102, "silent"))
    assert not report.green
    red = [row.cells[0][0] for row in report.sessions if row.rack == "r1"]
    assert [cell.state for cell in red] == ["bad", "bad", "bad"]
    found = {report.findings[cell.finding - 1] for cell in red}
    assert any(cause in one.cause for one in found), [one.cause for one in found]
    assert {one.field for one in found} == {field}
    assert all(one.remedy and one.what for one in found)
    assert all(cell.state in ("ok", "none") for row in report.sessions for cell in row.cells[1])


def test_the_finding_names_the_nodes_and_who_changed_the_password() -> None:
    broken, _, _ = DOWN["password, written by hand on the APIC"]
    finding = report_of(broken(SEEN)).findings[0]
    assert finding.what == "Leaf 101 has no session with k8s-cp-1, k8s-cp-2 and k8s-w-1."
    assert "by bob after the last apply" in finding.evidence[-1] or "by bob after the last apply" in finding.evidence[0]


OF_NODE: dict[str, tuple[Break, str, str]] = {
    "silent": (
        lambda seen: cluster(
            _nodes(seen, "k8s-w-1", ready=False, why="Kubelet stopped"), silent=frozenset({"k8s-w-1"})
        ),
        "does not answer at all",
        "machines.workers.0",
    ),
    "not ready": (
        lambda seen: _nodes(seen, "k8s-w-1", ready=False, why="container runtime is down"),
        "is not ready: container runtime is down",
        "machines.workers.0",
    ),
    "not in the cluster": (
        lambda seen: cluster(seen, nodes=tuple(one for one in _c(seen).nodes if one.name != "k8s-w-1")),
        "Kubernetes has no node k8s-w-1",
        "machines.workers.0",
    ),
    "agent down": (
        lambda seen: _agents(seen, "k8s-w-1", "CrashLoopBackOff"),
        "calico-node does not run on k8s-w-1: CrashLoopBackOff",
        "cluster.cni",
    ),
    "rack label": (
        lambda seen: _nodes(seen, "k8s-w-1", labels={"rack_id": "r2"}),
        "k8s-w-1 has the label rack_id=r2, the spec puts it into rack r1",
        "machines.workers.0.rack",
    ),
    "no rack label": (
        lambda seen: _nodes(seen, "k8s-w-1", labels={}),
        "k8s-w-1 has no label rack_id",
        "machines.workers.0.rack",
    ),
}


@pytest.mark.parametrize("case", OF_NODE)
def test_a_node_without_sessions_has_one_finding_with_its_cause(case: str) -> None:
    broken, cause, field = OF_NODE[case]
    report = report_of(broken(session_down(SEEN, address="198.18.2.4")))
    row = next(one for one in report.sessions if one.node == "k8s-w-1")
    red = [cell for some in row.cells for cell in some if cell.state == "bad"]
    assert len(red) == 2
    (number,) = {cell.finding for cell in red}
    finding = report.findings[number - 1]
    assert finding.what == "k8s-w-1 has no session with leaf 101 and leaf 102."
    assert cause in finding.cause
    assert finding.field == field
    assert all(
        cell.state != "bad" for other in report.sessions if other is not row for some in other.cells for cell in some
    )


def test_a_session_with_a_leaf_of_another_rack_is_shown() -> None:
    seen = _nodes(session_down(SEEN, address="198.18.2.4"), "k8s-w-1", labels={"rack_id": "r2"})
    assert seen.fabric
    stray = replace(_f(seen).sessions[0], leaf=201, address="198.18.2.4", state="established")
    report = report_of(fabric(seen, sessions=(*_f(seen).sessions, stray)))
    cell = next(one for one in report.sessions if one.node == "k8s-w-1").cells[2][0]
    assert (cell.state, cell.words) == ("warn", "Up, other rack")
    assert report.findings[cell.finding - 1].field == "machines.workers.0.rack"


def _full(seen: Seen) -> Seen:
    assert seen.fabric
    return fabric(seen, sessions=each(_f(seen).sessions, lambda one: replace(one, accepted=500)))


BLOCK1, SERVICES = "198.18.64.0/26", "198.18.4.0/24"
ROUTES: dict[str, tuple[Break, str, str, str]] = {
    "not announced": (
        lambda seen: routed(seen, 101, BLOCK1, ()),
        BLOCK1,
        "has a session with the leaf but does not announce it",
        "cluster.cni",
    ),
    "one of several missing": (
        lambda seen: routed(seen, 101, SERVICES, (Hop("198.18.2.1", "ebgp"), Hop("198.18.2.2", "ebgp"))),
        SERVICES,
        "k8s-w-1 has a session",
        "cluster.cni",
    ),
    "by iBGP alone": (
        lambda seen: routed(seen, 101, BLOCK1, (Hop("198.18.2.1", "ibgp"),)),
        BLOCK1,
        "does not announce it",
        "cluster.cni",
    ),
    "limit reached": (
        lambda seen: _full(routed(seen, 101, BLOCK1, ())),
        BLOCK1,
        "at the limit of 500 prefixes",
        "l3out.bgp.max_prefixes",
    ),
    "route control": (
        lambda seen: _policies(routed(seen, 101, BLOCK1, ()), imported=("198.18.4.0/24", "198.18.5.0/24")),
        BLOCK1,
        "import rule does not hold this prefix",
        "network.pods.v4",
    ),
    "equal paths": (
        lambda seen: _policies(
            routed(seen, 101, SERVICES, (Hop("198.18.2.1", "ebgp"), Hop("198.18.2.2", "ebgp"))), max_ecmp=2
        ),
        SERVICES,
        "The VRF keeps 2 equal paths",
        "l3out.bgp.vrf_policy",
    ),
    "foreign next hop": (
        lambda seen: routed(seen, 101, BLOCK1, (Hop("198.18.2.1", "ebgp"), Hop("198.18.2.66", "ebgp"))),
        BLOCK1,
        "198.18.2.66 announces it, and the spec has no such node",
        "machines.workers",
    ),
    "old next hop": (
        lambda seen: routed(seen, 101, BLOCK1, (Hop("198.18.2.1", "ebgp"), Hop("198.18.2.2", "ebgp"))),
        BLOCK1,
        "without owning it",
        "l3out.bgp.stale",
    ),
    "not handed on": (
        lambda seen: routed(seen, 101, "198.18.64.128/26", ()),
        "198.18.64.128/26",
        "does not come through the fabric",
        "l3out.bgp.fabric_as",
    ),
    "without a session": (
        lambda seen: session_down(_port(seen, 101, "silent"), 101, "198.18.2.1"),
        BLOCK1,
        "The BGP passwords differ",
        "l3out.bgp.password",
    ),
}


@pytest.mark.parametrize("case", ROUTES)
def test_a_route_that_is_not_as_expected_has_its_cause(case: str) -> None:
    broken, prefix, cause, field = ROUTES[case]
    report = report_of(broken(SEEN))
    assert not report.green
    cell = next(row for row in report.prefixes if row.prefix == prefix).cells[0]
    assert cell.state == "bad"
    finding = report.findings[cell.finding - 1]
    assert cause in finding.cause
    assert finding.field == field


EXTRAS = {
    "203.0.113.0/24": ("198.18.2.1", "leaks", "bad"),
    "198.18.70.0/26": ("198.18.2.1", "announced and not expected", "bad"),
    "198.18.70.7/32": ("198.18.2.1", "announced and not expected", "warn"),
    "198.18.71.0/26": ("198.18.2.200", "from a node that the spec does not have", "bad"),
}


@pytest.mark.parametrize("prefix", EXTRAS)
def test_a_prefix_that_nobody_expects_is_shown(prefix: str) -> None:
    hop, what, state = EXTRAS[prefix]
    report = report_of(routed(SEEN, 101, prefix, (Hop(hop, "ebgp"),)))
    row = report.prefixes[-1]
    assert (row.prefix, row.cells[0].state, row.cells[1].state) == (prefix, state, "none")
    assert what in report.findings[row.cells[0].finding - 1].what
    assert report.green is (state == "warn")


def test_routes_of_other_neighbours_in_the_vrf_are_none_of_ours() -> None:
    assert report_of(routed(SEEN, 101, "203.0.113.0/24", (Hop("192.0.2.1", "ebgp"),))).green


def test_a_block_of_a_node_that_is_gone_is_no_wanted_prefix() -> None:
    assert SEEN.cluster
    blocks = (*(SEEN.cluster.blocks or ()), Block("198.18.99.0/26", "k8s-old"))
    assert report_of(cluster(SEEN, blocks=blocks)).green


def test_a_local_service_without_endpoints_is_announced_by_nobody() -> None:
    idle = Service("default/idle", "LoadBalancer", True, ("198.18.4.50",), (), ("198.18.5.50",), frozenset())
    assert SEEN.cluster
    assert report_of(cluster(SEEN, services=(*SEEN.cluster.services, idle))).green


SETTINGS: dict[str, tuple[Break, str, str]] = {
    "AS of the nodes": (lambda seen: _peers(seen, asn=1), "l3out.bgp.cluster_as", "Another AS"),
    "Peer controls": (lambda seen: _peers(seen, controls=frozenset()), "l3out.anchors", "drop each other's routes"),
    "Timers": (lambda seen: _policies(seen, hold=9, keepalive=3), "l3out.bgp.hold", "noticed at another time"),
    "Prefix limit": (lambda seen: _policies(seen, max_prefixes=20), "l3out.bgp.max_prefixes", "prefix limit"),
    "Equal paths (ECMP)": (lambda seen: _policies(seen, max_ecmp=None), "l3out.bgp.vrf_policy", "keeps 16 equal paths"),
    "Import route control": (lambda seen: _policies(seen, imported=()), "network.pods.v4", "does not let in"),
    "AS of the fabric": (lambda seen: _policies(seen, fabric_as=7), "l3out.bgp.fabric_as", "another one"),
}


@pytest.mark.parametrize("title", SETTINGS)
def test_a_setting_that_was_changed_on_the_apic_is_told(title: str) -> None:
    broken, field, cause = SETTINGS[title]
    report = report_of(broken(SEEN))
    line = next(one for one in report.settings if one.title == title)
    finding = report.findings[line.cell.finding - 1]
    assert (line.cell.state, finding.field) == ("bad", field)
    assert cause in finding.cause
    assert not report.green


def test_a_major_fault_is_a_warning_with_its_text() -> None:
    report = report_of(fabric(SEEN, faults=(Fault("F0467", "major", "Configuration failed", "uni/tn-a/out-b"),)))
    assert report.green
    assert report.findings[0].severity == "warn"
    assert "F0467: Configuration failed" in report.findings[0].cause


def _up(seen: Seen, **changes: object) -> Seen:
    assert seen.fabric
    return fabric(
        seen, sessions=each(_f(seen).sessions, lambda one: replace(one, **changes) if one.leaf == 101 else one)
    )


@pytest.mark.parametrize(
    ("changes", "words", "field"),
    [
        ({"hold": 180, "keepalive": 60}, "Up, hold 180 s", "l3out.bgp.hold"),
        ({"password": False}, "Up, not signed", "l3out.bgp.password"),
        ({"asn": 65009}, "Up, AS 65009", "l3out.bgp.cluster_as"),
    ],
)
def test_a_session_that_is_up_with_other_values_is_red(changes: dict[str, object], words: str, field: str) -> None:
    report = report_of(_up(SEEN, **changes))
    cell = report.sessions[0].cells[0][0]
    assert (cell.state, cell.words) == ("bad", words)
    assert report.findings[cell.finding - 1].field == field


PATHS: dict[str, tuple[Break, str, str, str]] = {
    "service from one node": (
        lambda seen: answers(seen, lambda one: one.target == "service v4" and one.source == "k8s-w-1", "silent"),
        "k8s-w-1",
        "kube-proxy (or eBPF) on k8s-w-1 does not serve it",
        "cluster.ebpf",
    ),
    "service from all nodes": (
        lambda seen: answers(seen, lambda one: one.target == "service v4", "silent"),
        "k8s-w-1",
        "No node reaches it",
        "cluster.ebpf",
    ),
    "large packets": (
        lambda seen: answers(seen, lambda one: one.target.startswith("pod") and one.source == "k8s-w-1", "mtu"),
        "k8s-w-1",
        "Packets of 9000 bytes do not pass",
        "l3out.mtu",
    ),
    "pod, the way is known": (
        lambda seen: answers(seen, lambda one: one.target == "pod k8s-cp-1 v4" and one.source == "k8s-w-1", "silent"),
        "k8s-w-1",
        "nothing comes back: k8s-cp-1 does not forward",
        "machines.control_plane.0",
    ),
    "pod, the way is not known": (
        lambda seen: cluster(
            answers(seen, lambda one: one.target.startswith("pod") and one.source == "k8s-w-1", "silent"),
            routes={"k8s-w-1": frozenset()},
        ),
        "k8s-w-1",
        "k8s-w-1 has no route to 198.18.64.0/26",
        "l3out.anchors",
    ),
    "leaf to pod": (
        lambda seen: answers(seen, lambda one: one.target == "pod k8s-w-1 v4" and one.source == "leaf-101", "silent"),
        "Leaf 101",
        "has the route",
        "l3out.secondary.v4",
    ),
    "outside to service": (
        lambda seen: answers(seen, lambda one: one.target == "balancer v4" and one.source == "outside", "silent"),
        "Client outside",
        "The leaves reach it",
        "l3out.contract.name",
    ),
}


@pytest.mark.parametrize("case", PATHS)
def test_a_path_that_does_not_carry_has_its_cause(case: str) -> None:
    broken, source, cause, field = PATHS[case]
    report = report_of(broken(SEEN))
    row = next(one for one in report.checks if one.source == source)
    red = [cell for cell in row.cells if cell.state == "bad"]
    assert red
    finding = report.findings[red[0].finding - 1]
    assert cause in finding.cause
    assert finding.field == field


def test_as_override_off_is_what_keeps_nodes_from_each_others_pods() -> None:
    seen = _peers(SEEN, controls=frozenset({"dis-peer-as-check"}))
    report = report_of(cluster(seen, routes={"k8s-w-1": frozenset({"198.18.64.0/26"})}))
    row = next(one for one in report.nodes if one.name == "k8s-w-1")
    assert (row.routes.state, row.routes.words) == ("bad", "1 of 4")
    assert "as-override is off on leaf 101" in report.findings[row.routes.finding - 1].cause


def test_no_balancer_address_and_no_pod_are_red() -> None:
    assert SEEN.workload
    pods = {name: at for name, at in SEEN.workload.pods.items() if name != "k8s-w-2"}
    work = replace(SEEN.workload, balancer=(), pods=pods, problem="The test pods did not run in time on k8s-w-2.")
    report = report_of(replace(SEEN, workload=work))
    words = {cell.words for row in report.checks for cell in row.cells if cell.state == "bad"}
    assert words == {"no address", "no pod"}
    assert "k8s-w-2" in report.notes[0]


def _unmade(seen: Seen, **unasked: str) -> Seen:
    work = Workload(kubernetes="198.18.4.1", made=False)
    inside = tuple(one for one in seen.reaches if one.target.startswith(("leaf", "kubernetes")))
    return replace(seen, workload=work, reaches=inside, unasked=unasked)


def test_a_workload_that_was_wanted_and_not_made_is_red() -> None:
    report = report_of(_unmade(SEEN))
    assert not report.green
    assert {cell.words for row in report.checks for cell in row.cells if cell.state == "bad"} == {"not made"}
    (finding,) = report.findings
    assert finding.what == "No test pod could be made: nothing was sent to a pod."
    assert "neither the Deployment coredns in kube-system nor kubeadm's list of images" in finding.cause
    assert "--no-workload" in finding.remedy


def test_a_workload_that_was_left_out_on_purpose_is_not_missed() -> None:
    report = report_of(_unmade(SEEN, workload="The test workload was left out, so no pod was asked."))
    assert report.green
    assert report.columns == ("API service",)
    assert report.notes == ("The test workload was left out, so no pod was asked.",)


NOBODY = scenes.spec_of(cluster__load_balancer="none")


def test_where_nobody_hands_out_addresses_none_is_asked_for_and_that_is_told() -> None:
    report = judge(*scenes.whole(NOBODY))
    assert report.green
    at = report.columns.index("LoadBalancer")
    assert {(row.cells[at].state, row.cells[at].words) for row in report.checks} == {
        ("none", "nobody hands out addresses")
    }
    assert report.notes == (
        "No LoadBalancer address was asked: by the spec nobody hands such addresses out (cluster.load_balancer: none).",
    )
    wanted, seen = scenes.whole(NOBODY)
    left_out = judge(wanted, _unmade(seen, workload="Left out."))
    assert left_out.notes == ("Left out.",)


def test_what_was_not_asked_is_not_red_and_not_green() -> None:
    report = report_of(
        replace(SEEN, cluster=None, workload=None, reaches=(), outside=(), unasked={"cluster": "No answer."})
    )
    assert not report.green
    assert all(cell.state != "bad" for cell in cells(report))
    assert report.notes == ("No answer.",)
    assert report.session_count.all == 8
    nothing = report_of(replace(SEEN, fabric=None))
    assert not nothing.green
    assert all(cell.state in ("unknown", "none") for row in nothing.sessions for some in row.cells for cell in some)


def test_on_a_real_site_leaves_and_client_are_not_asked_and_all_else_is_green() -> None:
    inside = tuple(one for one in SEEN.reaches if one.source.startswith("k8s-"))
    report = report_of(replace(SEEN, reaches=inside, outside=()))
    assert report.green
    assert {cell.words for row in report.checks[-4:] for cell in row.cells if cell.state == "unknown"} == {
        "not asked here"
    }


def test_a_pod_network_without_bgp_has_no_sessions_and_no_prefixes() -> None:
    spec = scenes.spec_of(cluster__cni="aci")
    wanted, seen = scenes.whole(spec)
    report = judge(wanted, seen)
    assert (report.sessions, report.prefixes, report.settings) == ((), (), ())
    assert report.green


def test_a_report_survives_its_store_and_another_version_is_none() -> None:
    report = report_of(session_down(SEEN, 101))
    assert from_json(report.to_json()) == report
    assert from_json(report.to_json() | {"version": 99}) is None
    assert from_json({"what": "else"}) is None
    assert from_json(None) is None


def _fields(spec: ClusterSpec) -> set[str]:
    return {field for _, _, field in DOWN.values()} | {field for _, _, field in OF_NODE.values()}


def test_every_field_that_a_finding_names_exists() -> None:
    for path in _fields(SPEC) - {""}:
        *above, last = path.split(".")
        holder = get(SPEC, ".".join(above)) if above else SPEC
        known = range(len(holder)) if isinstance(holder, tuple) else type(holder).model_fields
        assert (int(last) if last.isdigit() else last) in known, path


ALL: list[Break] = [
    *(broken for broken, _, _ in DOWN.values()),
    *(broken for broken, _, _ in OF_NODE.values()),
    *(broken for broken, _, _, _ in ROUTES.values()),
    *(broken for broken, _, _ in SETTINGS.values()),
    *(broken for broken, _, _, _ in PATHS.values()),
]


@settings(max_examples=60)
@given(st.lists(st.sampled_from(range(len(ALL))), max_size=4))
def test_whatever_breaks_together_every_red_cell_has_a_finding(which: list[int]) -> None:
    seen = SEEN
    for number in which:
        try:
            seen = ALL[number](seen)
        except (AssertionError, TypeError):
            return  # two that exclude each other
    report = report_of(seen)
    for cell in cells(report):
        assert (cell.state in ("bad", "warn")) == (cell.finding > 0)
        if cell.finding:
            finding = report.findings[cell.finding - 1]
            assert finding.cause
            assert finding.what.endswith(".")
            assert "{}" not in finding.what
    assert report.green == all(cell.state != "bad" for cell in cells(report))
    assert from_json(report.to_json()) == report


@given(st.data())
def test_a_report_never_holds_the_password(data: st.DataObject) -> None:
    broken = data.draw(st.sampled_from(ALL))
    assert "s3cret" not in str(dataclasses.asdict(report_of(broken(SEEN))))
