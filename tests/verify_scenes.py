"""A whole cluster as it looks when all is well, to be broken in one place at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import jinja2
import yaml

from webui import spec as specs
from webui.runs.playbook_code import CODE
from webui.spec import ClusterSpec
from webui.verify import Expected, Seen, expected
from webui.verify.checks import OUTSIDE, target_name
from webui.verify.expected import WantedLeaf, WantedPrefix, family_of
from webui.verify.lookup import bgp_of, ping_of
from webui.verify.seen import (
    Agent,
    BgpPeer,
    Block,
    Cluster,
    Fabric,
    Hop,
    Interface,
    LeafSession,
    LeafState,
    Node,
    NodeSession,
    PeerConfig,
    Policies,
    Reach,
    Route,
    Service,
    Workload,
)

ROOT = Path(__file__).parents[1]
AT, APPLIED, LATER = "2026-11-26T06:00:00+00:00", "2026-11-26T05:00:00+00:00", "2026-11-26T05:30:00+00:00"


def spec_of(name: str = "lab.yaml", password: str = "", **puts: str) -> ClusterSpec:
    """An example's completed spec, with a BGP password on demand; `puts`: path with __ for dots -> value."""
    given = specs.from_yaml((ROOT / "examples" / name).read_text()).spec
    for path, value in puts.items():
        given = specs.put(given, path.replace("__", "."), value)
    if password:
        given = specs.put(given, "l3out.bgp.password", password)
    return specs.complete(given)


def cluster_of(spec: ClusterSpec) -> Cluster:
    """The cluster as its API tells it: one block a node and family, an ingress with Local policy on the workers."""
    wanted = expected(spec)
    pools = [net for net in (spec.network.pods.v4, spec.network.pods.v6) if net]
    blocks = [
        Block(str(net), node.name)
        for pool in pools
        for net, node in zip(_first(ip_network(pool), len(wanted.nodes)), wanted.nodes, strict=True)
    ]
    workers = frozenset(node.name for node in wanted.nodes if node.role == "workers")
    local = Service(
        "ingress/traefik", "LoadBalancer", True, ("198.18.4.20",), (), (str(spec.network.ingress),), workers
    )
    routes = {
        node.name: frozenset(block.prefix for block in blocks if block.node != node.name) for node in wanted.nodes
    }
    if not wanted.calico:
        return _without_calico(wanted, blocks, local, routes)
    password = bool(spec.l3out.bgp.password)
    peers = [
        BgpPeer(f"leaf-{leaf.node}{'-v6' if family == 'v6' else ''}", leaf.address(family), wanted.fabric_as,
                leaf.label, f"rack_id == '{leaf.label}'", password)
        for leaf in wanted.leaves
        for family in wanted.families
    ]  # fmt: skip
    return Cluster(
        nodes=tuple(Node(one.name, True, "", (one.v4,), {"rack_id": one.label}) for one in wanted.nodes),
        blocks=tuple(blocks),
        services=(local,),
        peers=tuple(peers),
        agents=tuple(Agent(one.name, True) for one in wanted.nodes),
        sessions=tuple(
            NodeSession(node.name, leaf.address(family), "established", "", wanted.fabric_as, 3)
            for node, leaf, family in wanted.pairs()
        ),
        routes=routes,
    )


def _without_calico(
    wanted: Expected, blocks: list[Block], local: Service, routes: dict[str, frozenset[str]]
) -> Cluster:
    """As kube-router leaves it: nodes have their pods' subnets themselves, nobody tells of blocks, peers, sessions."""
    own = {node.name: tuple(one.prefix for one in blocks if one.node == node.name) for node in wanted.nodes}
    return Cluster(
        nodes=tuple(Node(one.name, True, "", (one.v4,), {"rack_id": one.label}, own[one.name]) for one in wanted.nodes),
        services=(local,),
        agents=tuple(Agent(one.name, True) for one in wanted.nodes),
        routes=routes,
    )


def _first(pool: Any, count: int) -> list[Any]:
    length = 26 if pool.version == 4 else 122
    base, step = int(pool.network_address), 1 << (pool.max_prefixlen - length)
    return [ip_network((base + step * number, length)) for number in range(count)]


def fabric_of(spec: ClusterSpec, wanted: Expected) -> Fabric:
    """The fabric as the APIC tells it."""
    subnets = {family_of(net): net for net in wanted.subnets}
    pairs = [(leaf, family) for leaf in wanted.leaves for family in wanted.families]
    return Fabric(
        leaves=tuple(LeafState(leaf.node, f"leaf-{leaf.node}", "active") for leaf in wanted.leaves),
        interfaces=tuple(
            Interface(leaf.node, family, leaf.address(family), str(wanted.mtu), f"vlifp-{leaf.node}-{family}", APPLIED)
            for leaf, family in pairs
        ),
        peers=tuple(
            PeerConfig(leaf.node, family, subnets[family], wanted.cluster_as,
                       frozenset({"as-override", "dis-peer-as-check"}), True, f"peer-{leaf.node}-{family}", APPLIED)
            for leaf, family in pairs
        ),
        policies=Policies(
            wanted.keepalive, wanted.hold, wanted.max_prefixes, 64, (*wanted.subnets, *wanted.pools), wanted.fabric_as
        ),
        sessions=tuple(
            LeafSession(leaf.node, node.address(family), "established", wanted.cluster_as, wanted.hold,
                        wanted.keepalive, wanted.password, APPLIED, "", 3)
            for node, leaf, family in wanted.pairs()
        ),
        routes=tuple(route_of(wanted, leaf, prefix) for leaf in wanted.leaves for prefix in wanted.prefixes),
    )  # fmt: skip


def route_of(wanted: Expected, leaf: WantedLeaf, prefix: WantedPrefix) -> Route:
    """As a leaf holds it: by eBGP from its own rack, else by iBGP with the nodes as next hops."""
    own = wanted.ebgp_hops(leaf, prefix)
    others = [node.address(prefix.family) for node in wanted.nodes if node.name in prefix.nodes]
    hops = [Hop(at, "ebgp") for at in sorted(own)] if own else [Hop(at, "ibgp") for at in others]
    return Route(leaf.node, prefix.prefix, tuple(hops))


def reaches_of(wanted: Expected, work: Workload) -> Iterable[Reach]:
    """Everybody reaches everything."""
    names = [node.name for node in wanted.nodes]
    for source in (*names, *(f"leaf-{leaf.node}" for leaf in wanted.leaves), OUTSIDE):
        for at in (*work.balancer, *(work.service if source in names else ())):
            yield Reach(source, target_name("balancer" if at in work.balancer else "service", family_of(at)), "ok")
        for node, addresses in work.pods.items():
            yield from (
                Reach(source, target_name("pod", family_of(at), node), "ok") for at in addresses if node != source
            )
    for one in wanted.nodes:
        yield Reach(one.name, "kubernetes v4", "ok")
        for leaf in wanted.peers_of(one):
            for family in wanted.families:
                yield Reach(one.name, ping_of(leaf, family), "ok")
                yield Reach(one.name, bgp_of(leaf, family), "silent" if wanted.password else "ok")


def whole(spec: ClusterSpec) -> tuple[Expected, Seen]:
    """What is expected, and the look at which all is green."""
    cluster = cluster_of(spec)
    wanted = expected(spec, cluster)
    several = len(wanted.families) > 1
    work = Workload(
        pods={node.name: tuple(map(_address, subnets_of(cluster, node.name))) for node in wanted.nodes},
        service=("198.18.8.9", "2001:db8:9::9") if several else ("198.18.4.9",),
        balancer=_balancer(several) if wanted.balancer else (),
        kubernetes="198.18.4.1",
    )
    seen = Seen(
        at=AT,
        fabric=fabric_of(spec, wanted),
        cluster=cluster,
        workload=work,
        reaches=tuple(reaches_of(wanted, work)),
        outside=(*(f"leaf-{leaf.node}" for leaf in wanted.leaves), OUTSIDE),
        applied_at=APPLIED,
    )
    return wanted, seen


def _balancer(several: bool) -> tuple[str, ...]:
    return ("198.18.9.9", "2001:db8:a::9") if several else ("198.18.5.9",)


def subnets_of(cluster: Cluster, name: str) -> list[str]:
    """Where a node's pods have their addresses: Calico's blocks of it, or what Kubernetes gave it."""
    own = [subnet for node in cluster.nodes if node.name == name for subnet in node.pod_subnets]
    return [block.prefix for block in cluster.blocks or () if block.node == name] or own


def _address(prefix: str) -> str:
    return str(ip_network(prefix)[2])


def workload_of(*families: str, **variables: Any) -> list[dict[str, Any]]:
    """The test workload's objects, as the role's template gives them to whom it is not told otherwise."""
    role = CODE / "roles/verify"
    text = (role / "templates/workload.yml.j2").read_text()
    template = jinja2.Environment(trim_blocks=True, autoescape=False).from_string(text)
    defaults = yaml.safe_load((role / "defaults/main.yml").read_text())
    image = {"verify_image": "registry.k8s.io/coredns/coredns:v1.14.2", "verify_families": families}
    return list(yaml.safe_load_all(template.render(defaults | image | variables)))


def fabric(seen: Seen, **changes: Any) -> Seen:
    """With another fabric."""
    assert seen.fabric
    return replace(seen, fabric=replace(seen.fabric, **changes))


def cluster(seen: Seen, **changes: Any) -> Seen:
    """With another cluster."""
    assert seen.cluster
    return replace(seen, cluster=replace(seen.cluster, **changes))


def each(items: Iterable[Any], change: Callable[[Any], Any]) -> tuple[Any, ...]:
    """Items changed; those for which `change` gives None are left out."""
    return tuple(made for one in items if (made := change(one)) is not None)


def routed(seen: Seen, leaf: int, prefix: str, hops: tuple[Hop, ...]) -> Seen:
    """A leaf with other next hops for a prefix; without any, it lacks it."""
    assert seen.fabric
    kept = [one for one in seen.fabric.routes if (one.leaf, one.prefix) != (leaf, prefix)]
    return fabric(seen, routes=(*kept, *([Route(leaf, prefix, hops)] if hops else [])))


def session_down(seen: Seen, leaf: int | None = None, address: str = "", state: str = "active", **more: Any) -> Seen:
    """Sessions of a leaf, or of an address, that are down; their routes are gone, too."""
    assert seen.fabric

    def hit(at_leaf: int, at: str) -> bool:
        return (leaf is None or at_leaf == leaf) and address in ("", at)

    def without(route: Route) -> Route | None:
        hops = tuple(hop for hop in route.hops if not (hop.by == "ebgp" and hit(route.leaf, hop.address)))
        return replace(route, hops=hops) if hops else None

    down = each(
        seen.fabric.sessions, lambda one: replace(one, state=state, **more) if hit(one.leaf, one.address) else one
    )
    return fabric(seen, sessions=down, routes=each(seen.fabric.routes, without))


def answers(seen: Seen, match: Callable[[Reach], bool], state: str) -> Seen:
    """Some answers are others."""
    return replace(seen, reaches=each(seen.reaches, lambda one: replace(one, state=state) if match(one) else one))
