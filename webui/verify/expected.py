"""What must be there: sessions, prefixes and next hops, from the completed spec and what lives in the cluster."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_address, ip_network
from typing import Literal

from webui.render import racks
from webui.spec import ClusterSpec
from webui.spec.model import Subnets
from webui.verify.seen import FAMILIES, Cluster, Family, Service

Kind = Literal["pods", "services", "external", "local"]
EXCLUDED = "node.kubernetes.io/exclude-from-external-load-balancers"
"""Calico advertises no services from nodes that have this label with the value "true" (confd's client.go)."""


@dataclass(frozen=True)
class WantedNode:
    """A node of the spec. `path`: its row in the document."""

    name: str
    rack: str
    v4: str
    v6: str
    path: str
    role: str
    label: str
    """Its rack as the value of its label."""

    def address(self, family: Family) -> str:
        """Its address of a family, "" without one."""
        return self.v4 if family == "v4" else self.v6


@dataclass(frozen=True)
class WantedLeaf:
    """An anchor leaf of the spec."""

    node: int
    pod: int
    rack: str
    v4: str
    v6: str
    path: str
    label: str

    def address(self, family: Family) -> str:
        """Its own address of a family, "" without one."""
        return self.v4 if family == "v4" else self.v6


@dataclass(frozen=True)
class WantedPrefix:
    """A prefix that the leaves must hold, and the nodes that announce it."""

    prefix: str
    kind: Kind
    what: str
    nodes: tuple[str, ...]

    @property
    def family(self) -> Family:
        """v4 or v6."""
        return family_of(self.prefix)


@dataclass(frozen=True)
class Expected:
    """What a spec promises."""

    nodes: tuple[WantedNode, ...]
    leaves: tuple[WantedLeaf, ...]
    families: tuple[Family, ...]
    prefixes: tuple[WantedPrefix, ...]
    cluster_as: int
    fabric_as: int
    keepalive: int
    hold: int
    password: bool
    max_prefixes: int
    mtu: int
    subnets: tuple[str, ...]
    """Of the nodes."""
    pools: tuple[str, ...]
    """Of pods and services: what the cluster may announce."""
    paths: int
    """Equal paths that the VRF must keep."""
    bgp: bool = True
    """Nodes speak BGP: the pod network is Calico's or kube-router's."""
    calico: bool = True
    balancer: bool = True
    """Somebody hands out addresses of LoadBalancer services."""

    @property
    def agent(self) -> str:
        """The routing agent, as its pods are called."""
        return "calico-node" if self.calico else "kube-router"

    def peers_of(self, node: WantedNode) -> list[WantedLeaf]:
        """The leaves of a node's rack."""
        return [leaf for leaf in self.leaves if leaf.rack == node.rack] if self.bgp else []

    @cached_property
    def node_by_address(self) -> dict[str, WantedNode]:
        """Nodes by each of their addresses."""
        return {at: node for node in self.nodes for at in (node.v4, node.v6) if at}

    def pairs(self) -> Iterator[tuple[WantedNode, WantedLeaf, Family]]:
        """Every session that must be up."""
        for node in self.nodes:
            for leaf in self.peers_of(node):
                for family in self.families:
                    yield node, leaf, family

    def ebgp_hops(self, leaf: WantedLeaf, prefix: WantedPrefix) -> frozenset[str]:
        """Addresses of the nodes of the leaf's own rack that announce the prefix to it."""
        return frozenset(
            node.address(prefix.family) for node in self.nodes if node.rack == leaf.rack and node.name in prefix.nodes
        )


def expected(spec: ClusterSpec, cluster: Cluster | None = None) -> Expected:
    """What a completed spec promises; pods' blocks and Local services are those that live in the cluster."""
    l3out, bgp = spec.l3out, spec.l3out.bgp
    nodes, families = _nodes(spec), _families(spec)
    speaks = spec.cluster.cni != "aci"
    return Expected(
        nodes=nodes,
        leaves=_leaves(spec),
        families=families,
        prefixes=tuple(_prefixes(spec, nodes, families, cluster)) if speaks else (),
        cluster_as=bgp.cluster_as or 0,
        fabric_as=bgp.fabric_as or 0,
        keepalive=bgp.keepalive or 0,
        hold=bgp.hold or 0,
        password=bool(bgp.password and bgp.password.get_secret_value()),
        max_prefixes=bgp.max_prefixes or 0,
        mtu=l3out.mtu or 1500,
        subnets=_both(l3out.node_subnet),
        pools=tuple(
            one
            for part in (spec.network.pods, spec.network.services, spec.network.external_services)
            for one in _both(part)
        ),
        paths=64 if bgp.vrf_policy != "existing" else len(nodes),
        bgp=speaks,
        calico=spec.cluster.cni in (None, "calico"),
        balancer=spec.cluster.load_balancer != "none",
    )


def family_of(text: str) -> Family:
    """Family of an address or a prefix."""
    return "v6" if ":" in text else "v4"


def normal(prefix: str) -> str:
    """A prefix in one spelling; what is none stays as it is."""
    try:
        return str(ip_network(prefix, strict=False))
    except ValueError:
        return prefix


def _both(subnets: Subnets) -> tuple[str, ...]:
    return tuple(str(one) for one in (subnets.v4, subnets.v6) if one)


def _families(spec: ClusterSpec) -> tuple[Family, ...]:
    subnet = spec.l3out.node_subnet
    return tuple(family for family in FAMILIES if getattr(subnet, family))


def _nodes(spec: ClusterSpec) -> tuple[WantedNode, ...]:
    rows = [
        (f"machines.{role}.{number}", role, one)
        for role in ("control_plane", "workers")
        for number, one in enumerate(getattr(spec.machines, role))
    ]
    return tuple(
        WantedNode(one.name or "", one.rack or "", str(one.v4 or ""), str(one.v6 or ""), path, role, _label(one.rack))
        for path, role, one in rows
    )


def _label(rack: str | None) -> str:
    return racks.label(rack) if rack else ""


def _leaves(spec: ClusterSpec) -> tuple[WantedLeaf, ...]:
    return tuple(
        WantedLeaf(
            leaf.node or 0,
            leaf.pod or 1,
            leaf.rack or "",
            str(leaf.v4 or ""),
            str(leaf.v6 or ""),
            f"l3out.anchors.{number}",
            _label(leaf.rack),
        )
        for number, leaf in enumerate(spec.l3out.anchors)
    )


def _prefixes(
    spec: ClusterSpec, nodes: tuple[WantedNode, ...], families: tuple[Family, ...], cluster: Cluster | None
) -> Iterator[WantedPrefix]:
    names = tuple(node.name for node in nodes)
    excluded = {one.name for one in cluster.nodes if one.labels.get(EXCLUDED) == "true"} if cluster else set()
    announcing = tuple(name for name in names if name not in excluded)
    if cluster:
        yield from _pods(spec, cluster, names)
    if spec.cluster.cni == "kube-router":
        return  # it announces each service's address on its own, never a whole subnet
    for kind, what, subnets in _ranges(spec):
        for family in families:
            subnet = getattr(subnets, family)
            if subnet:
                yield WantedPrefix(str(subnet), kind, what, announcing)
    for service in cluster.services if cluster else ():
        yield from _local(spec, service, announcing)


def _ranges(spec: ClusterSpec) -> tuple[tuple[Kind, str, Subnets], ...]:
    network = spec.network
    return (
        ("services", "Services", network.services),
        ("external", "External services", network.external_services),
    )


def _pods(spec: ClusterSpec, cluster: Cluster, names: tuple[str, ...]) -> Iterator[WantedPrefix]:
    if spec.cluster.cni == "kube-router":
        owned = [(subnet, node.name) for node in cluster.nodes for subnet in node.pod_subnets]
    else:
        owned = [(block.prefix, block.node) for block in cluster.blocks or ()]
    for prefix, name in sorted(owned, key=lambda one: (ip_network(one[0]).version, ip_network(one[0]))):
        if name in names:
            yield WantedPrefix(normal(prefix), "pods", f"Pods of {name}", (name,))


def _local(spec: ClusterSpec, service: Service, announcing: tuple[str, ...]) -> Iterator[WantedPrefix]:
    """Single addresses of a service with externalTrafficPolicy Local, from the nodes that have an endpoint of it.

    As confd's routes.go has it: the first ClusterIP, external IPs and load balancer's IPs within the advertised ranges.
    """
    nodes = tuple(name for name in announcing if name in service.ready)
    if not service.local or service.kind not in ("NodePort", "LoadBalancer") or not nodes:
        return
    outside = [
        at for at in (*service.external_ips, *service.balancer_ips) if _within(at, spec.network.external_services)
    ]
    for address in dict.fromkeys([*service.cluster_ips[:1], *outside]):
        length = 128 if ":" in address else 32
        yield WantedPrefix(f"{address}/{length}", "local", f"{service.name}, local endpoints", nodes)


def _within(address: str, subnets: Subnets) -> bool:
    subnet = subnets.v6 if ":" in address else subnets.v4
    return subnet is not None and ip_address(address) in subnet
