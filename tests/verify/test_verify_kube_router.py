"""kube-router as the pod network: what leaves and nodes must hold then, and that nothing speaks of Calico."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests import verify_scenes as scenes
from tests.verify_scenes import answers, cluster, each, fabric, routed, session_down
from webui.verify import Seen, judge
from webui.verify.seen import Fabric, Hop

BLOCK1 = "198.18.64.0/26"
ROUTER = scenes.spec_of(password="s3cret", cluster__cni="kube-router")
WANTED, SEEN = scenes.whole(ROUTER)


def _f(seen: Seen) -> Fabric:
    assert seen.fabric
    return seen.fabric


def _with_services(seen: Seen) -> Seen:
    """Every node announces each service's address on its own."""
    nodes = {101: ("198.18.2.1", "198.18.2.2", "198.18.2.4"), 201: ("198.18.2.3", "198.18.2.5")}
    for leaf, hops in nodes.items():
        for at in ("198.18.4.1", "198.18.4.9", "198.18.5.9"):
            seen = routed(seen, leaf, f"{at}/32", tuple(Hop(one, "ebgp") for one in hops))
    return seen


def _port(seen: Seen, state: str) -> Seen:
    return answers(seen, lambda one: one.target == "leaf 101 v4 bgp", state)


def _agent_down(seen: Seen) -> Seen:
    assert seen.cluster
    agents = each(seen.cluster.agents, lambda one: replace(one, running=one.node != "k8s-w-1", why="CrashLoopBackOff"))
    return cluster(seen, agents=agents)


def _other_rack(seen: Seen) -> Seen:
    stray = replace(_f(seen).sessions[0], leaf=201, address="198.18.2.4")
    return fabric(seen, sessions=(*_f(seen).sessions, stray))


def test_leaves_hold_the_nodes_own_pod_subnets_and_services_are_not_compared() -> None:
    assert {one.kind for one in WANTED.prefixes} == {"pods"}
    assert [one.prefix for one in WANTED.prefixes][:2] == [BLOCK1, "198.18.64.64/26"]
    report = judge(WANTED, _with_services(SEEN))
    assert report.green
    assert [row.routes.words for row in report.nodes] == ["4 of 4"] * 5
    assert len(report.prefixes) == 5


BREAKS: dict[str, Callable[[Seen], Seen]] = {
    "not announced": lambda seen: routed(seen, 101, BLOCK1, ()),
    "old next hop": lambda seen: routed(seen, 101, BLOCK1, (Hop("198.18.2.1", "ebgp"), Hop("198.18.2.2", "ebgp"))),
    "leak": lambda seen: routed(seen, 101, "203.0.113.0/24", (Hop("198.18.2.1", "ebgp"),)),
    "no word of either side": lambda seen: fabric(
        _port(seen, "ok"), sessions=tuple(one for one in _f(seen).sessions if one.leaf != 101)
    ),
    "hangs": lambda seen: _port(session_down(seen, 101, reason="Hold Timer Expired"), "silent"),
    "limit": lambda seen: session_down(seen, 101, reason="Maximum Number of Prefixes Reached"),
    "agent down": lambda seen: _agent_down(session_down(seen, address="198.18.2.4")),
    "no way": lambda seen: cluster(seen, routes={"k8s-w-1": frozenset()}),
    "definitions that Calico left": lambda seen: cluster(session_down(seen, 101), peers=()),
    "other rack": _other_rack,
}


@pytest.mark.parametrize("case", BREAKS)
def test_causes_and_remedies_do_not_speak_of_calico(case: str) -> None:
    report = judge(WANTED, BREAKS[case](SEEN))
    assert report.findings
    said = " ".join(f"{one.what} {one.cause} {one.remedy}" for one in report.findings).lower()
    assert not [word for word in ("calico", "bird", "ipamblocks") if word in said], said


def test_what_is_not_announced_is_said_in_its_own_words() -> None:
    (finding,) = judge(WANTED, routed(SEEN, 101, BLOCK1, ())).findings
    assert "k8s-cp-1 has a session with the leaf but does not announce it: kube-router" in finding.cause
    assert "-l k8s-app=kube-router" in finding.remedy


def test_a_leaf_that_has_a_services_single_address_has_a_route_to_it() -> None:
    silent = answers(SEEN, lambda one: one.target == "balancer v4" and one.source == "leaf-101", "silent")
    (finding,) = judge(WANTED, _with_services(silent)).findings
    assert "has the route to 198.18.5.9" in finding.cause
    (finding,) = judge(WANTED, silent).findings
    assert "has no route to 198.18.5.9" in finding.cause
