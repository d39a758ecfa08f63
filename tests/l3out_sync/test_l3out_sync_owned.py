"""From the cluster to what the fabric must hold: which annotation, which pods, which services, which addresses."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from l3out_sync.core.cluster import ReplicaSet
from l3out_sync.core.owned import owned
from l3out_sync.core.policy import Policy
from l3out_sync.core.prefixes import aggregated, host_prefix
from tests.l3out_sync.builders import HOME, POLICY, deployment, epg, namespace, pod, service, snapshot, workload

A, B, V6 = "198.18.64.5", "198.18.64.6", "2001:db8:64::5"
LB = "198.18.130.7"


def subnets(*items: Any, policy: Policy = POLICY) -> dict[str, set[str]]:
    """EPG name -> its subnets."""
    found = owned(snapshot(*items), policy)
    return {key.name: set(wanted.subnets) for key, wanted in found.epgs.items()}


def reasons(*items: Any, policy: Policy = POLICY) -> list[str]:
    return [problem.reason for problem in owned(snapshot(*items), policy).problems]


WEB = {"web": {f"{A}/32"}}
TABLE: list[tuple[str, list[Any], dict[str, set[str]]]] = [
    ("a deployment's pod", deployment("web", "epg=web", A), WEB),
    ("its two families", deployment("web", "epg=web", A, V6), {"web": {f"{A}/32", f"{V6}/128"}}),
    ("one pod with both families", [pod("p", A, V6, said="epg=web")], {"web": {f"{A}/32", f"{V6}/128"}}),
    ("a stateful set's", [workload("db", "epg=web", "StatefulSet"), pod("db-0", A, owner="StatefulSet/db")], WEB),
    ("a daemon set's", [workload("ds", "epg=web", "DaemonSet"), pod("ds-x", A, owner="DaemonSet/ds")], WEB),
    ("a bare pod's", [pod("p", A, said="epg=web")], WEB),
    ("a pod that is not annotated", [pod("p", A)], {}),
    (
        "the pod's word before its workload's",
        [workload("w", "epg=api"), ReplicaSet("shop", "w-1", "w"), pod("p", A, owner="ReplicaSet/w-1", said="epg=web")],
        {"api": set(), **WEB},
    ),
    ("the namespace's default", [namespace(said="epg=web"), pod("p", A)], WEB),
    ("the namespace's default for a job's pod", [namespace(said="epg=web"), pod("p", A, owner="Job/j")], WEB),
    ("a workload opts out of its namespace", [namespace(said="epg=web"), *deployment("w", "none", A)], {}),
    (
        "a pod opts out of its workload",
        [workload("w", "epg=web", "StatefulSet"), pod("p", A, owner="StatefulSet/w", said="none")],
        {"web": set()},
    ),
    ("another namespace's default is not ours", [namespace("other", "epg=web"), pod("p", A)], {}),
    ("an EPG without pods yet", [workload("w", "epg=web")], {"web": set()}),
    (
        "two workloads in one EPG",
        [*deployment("a", "epg=web", A), *deployment("b", "epg=web", B)],
        {"web": {f"{A}/32", f"{B}/32"}},
    ),
    ("another L3Out", [pod("p", A, said="epg=web l3out=core")], WEB),
    # which pods count
    ("starting, with an address", [pod("p", A, said="epg=web", phase="Pending", ready=False)], WEB),
    ("without an address", [pod("p", said="epg=web", phase="Pending")], {}),
    ("succeeded", [pod("p", A, said="epg=web", phase="Succeeded")], {}),
    ("failed", [pod("p", A, said="epg=web", phase="Failed")], {}),
    ("phase unknown (its node does not answer)", [pod("p", A, said="epg=web", phase="Unknown")], WEB),
    ("in the host's network", [pod("p", A, said="epg=web", host_network=True)], {}),
    ("ready, where ready is asked", [pod("p", A, said="epg=web pods=ready")], WEB),
    ("not ready, where ready is asked", [pod("p", A, said="epg=web pods=ready", ready=False)], {}),
    ("opted out", deployment("w", "epg=web pods=none", A), {"web": set()}),
    # services
    (
        "a LoadBalancer of the workload",
        [*deployment("w", "epg=web", A), service("s", LB, selector={"app": "w"})],
        {"web": {f"{A}/32", f"{LB}/32"}},
    ),
    (
        "of pods that are left out",
        [*deployment("w", "epg=web pods=none", A), service("s", LB, selector={"app": "w"})],
        {"web": {f"{LB}/32"}},
    ),
    ("services opted out", [*deployment("w", "epg=web services=no", A), service("s", LB, selector={"app": "w"})], WEB),
    ("a service of its own word", [service("s", A, said="epg=web", selector={"app": "w"})], WEB),
    (
        "the service's word before the workload's",
        [*deployment("w", "epg=web", A), service("s", LB, said="epg=lb", selector={"app": "w"})],
        {**WEB, "lb": {f"{LB}/32"}},
    ),
    ("a service of another workload", [*deployment("w", "epg=web", A), service("s", LB, selector={"app": "x"})], WEB),
    ("a service without a selector", [*deployment("w", "epg=web", A), service("s", LB)], WEB),
    ("the namespace's default for a service", [namespace(said="epg=web"), service("s", A, selector={"app": "x"})], WEB),
    (
        "a service of a bare pod",
        [pod("p", A, said="epg=web", labels={"app": "p"}), service("s", LB, selector={"app": "p"})],
        {"web": {f"{A}/32", f"{LB}/32"}},
    ),
    ("two externalIPs, both families", [service("s", LB, V6, said="epg=web")], {"web": {f"{LB}/32", f"{V6}/128"}}),
    ("a service that waits for its address", [service("s", said="epg=web")], {"web": set()}),
]


@pytest.mark.parametrize(("items", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_what_is_owned(items: list[Any], expected: dict[str, set[str]]) -> None:
    assert subnets(*items) == expected


def test_the_controller_can_leave_pods_out() -> None:
    quiet = Policy("c1", HOME, pods="none")
    assert subnets(*deployment("w", "epg=web", A), policy=quiet) == {"web": set()}
    assert subnets(*deployment("w", "epg=web pods=all", A), policy=quiet) == WEB


def test_tenant_and_l3out_are_the_clusters_own_unless_given() -> None:
    found = owned(snapshot(pod("p", A, said="epg=web"), pod("q", B, said="epg=web l3out=core")), POLICY)
    assert set(found.epgs) == {epg("web"), epg("web", "core")}


def test_a_tenant_that_is_not_allowed_is_told() -> None:
    item = pod("p", A, said="epg=web tenant=common l3out=default")
    found = owned(snapshot(item), POLICY)
    (problem,) = found.problems
    assert (problem.reason, problem.ref, found.epgs) == ("TenantNotAllowed", item.ref, {})
    assert "common" in problem.message
    wide = Policy("c1", HOME, tenants=("common",))
    assert subnets(item, policy=wide) == WEB


def test_a_wrong_annotation_is_told_on_its_object_and_stops_nothing_else() -> None:
    broken = workload("broken", "epg")
    found = owned(snapshot(broken, *deployment("w", "epg=web", A)), POLICY)
    assert [(problem.reason, problem.ref) for problem in found.problems] == [("WrongAnnotation", broken.ref)]
    assert {key.name for key in found.epgs} == {"web"}


def test_a_wrong_annotation_is_told_once_for_all_pods_of_the_workload() -> None:
    assert reasons(*deployment("w", "wrong", A, B, V6)) == ["WrongAnnotation"]


def test_a_wrong_annotation_does_not_fall_back_to_the_namespace() -> None:
    assert subnets(namespace(said="epg=open"), *deployment("w", "wrong", A)) == {}


def test_a_service_of_workloads_that_differ_is_told_and_left_out() -> None:
    both = {"tier": "front"}
    items = [
        *deployment("a", "epg=web", A, labels=both),
        *deployment("b", "epg=api", B, labels=both),
        service("s", LB, selector=both),
    ]
    assert subnets(*items) == {"web": {f"{A}/32"}, "api": {f"{B}/32"}}
    assert reasons(*items) == ["AmbiguousService"]


def test_an_address_claimed_twice_goes_to_the_oldest_and_is_told_to_the_other() -> None:
    old = pod("old", A, said="epg=web", created="2026-01-01T00:00:00Z")
    new = pod("new", A, said="epg=api", created="2026-01-02T00:00:00Z")
    for items in ((old, new), (new, old)):
        found = owned(snapshot(*items), POLICY)
        assert subnets(*items) == {**WEB, "api": set()}
        assert [(problem.reason, problem.ref) for problem in found.problems] == [("AddressClaimedTwice", new.ref)]


def test_contracts_are_joined_over_all_who_name_them() -> None:
    found = owned(
        snapshot(
            workload("a", "epg=web provided=x consumed=y"),
            workload("b", "epg=web provided=z"),
            workload("c", "epg=plain"),
            workload("d", "epg=bare provided="),
        ),
        POLICY,
    ).epgs
    assert (found[epg("web")].provided, found[epg("web")].consumed) == (frozenset("xz"), frozenset("y"))
    assert (found[epg("plain")].provided, found[epg("bare")].provided) == (None, frozenset())


ADDRESSES = [
    ("198.18.0.1", "198.18.0.1/32"),
    ("2001:db8::1", "2001:db8::1/128"),
    ("2001:0DB8:0::1", "2001:db8::1/128"),
    ("lb.example.net", None),
    ("", None),
    (None, None),
    ("0.0.0.0", None),
    ("fe80::1", None),
    ("224.0.0.1", None),
    ("127.0.0.1", None),
    ("198.18.0.0/24", None),
]


@pytest.mark.parametrize(("address", "prefix"), ADDRESSES)
def test_what_becomes_a_subnet(address: object, prefix: str | None) -> None:
    assert host_prefix(address) == prefix


def test_full_blocks_become_one_subnet_when_asked() -> None:
    items = [pod(f"p{n}", f"198.18.64.{n}", said="epg=web") for n in range(64, 129)]
    policy = Policy("c1", HOME, aggregate=True)
    assert subnets(*items, policy=policy) == {"web": {"198.18.64.64/26", "198.18.64.128/32"}}
    assert len(subnets(*items)["web"]) == 65


numbers = st.sets(st.integers(0, 600), max_size=200)


@given(numbers, st.integers(24, 32))
def test_aggregation_covers_exactly_what_was_given(chosen: set[int], shortest: int) -> None:
    import ipaddress

    start = int(ipaddress.IPv4Address("198.18.64.0"))
    given_prefixes = {f"{ipaddress.IPv4Address(start + number)}/32" for number in chosen}
    stands = aggregated(given_prefixes, {4: shortest, 6: 128})
    assert set(stands) == given_prefixes
    networks = {ipaddress.ip_network(subnet) for subnet in stands.values()}
    covered = [int(address) for network in networks for address in network]
    assert sorted(covered) == sorted(start + number for number in chosen)
    assert all(network.prefixlen >= shortest for network in networks)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 9), st.booleans()), max_size=12))
def test_the_order_of_objects_does_not_matter(rows: list[tuple[str, int, bool]]) -> None:
    items = [
        pod(f"p{n}", f"198.18.64.{last}", said=f"epg={name}", phase="Running" if lives else "Failed")
        for n, (name, last, lives) in enumerate(rows)
    ]
    assert subnets(*items) == subnets(*reversed(items))
