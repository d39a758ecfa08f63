"""What was seen, by what it belongs to: the judge asks here instead of searching lists. PURE."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from ipaddress import ip_address, ip_network

from webui.verify.expected import Expected, WantedLeaf, WantedNode
from webui.verify.seen import (
    Agent,
    BgpPeer,
    Cluster,
    Fabric,
    Family,
    Interface,
    LeafSession,
    LeafState,
    Node,
    NodeSession,
    PeerConfig,
    Route,
    Seen,
)

UP = "established"


class Looked:
    """One look, with what it was expected to be."""

    def __init__(self, expected: Expected, seen: Seen) -> None:
        self.expected, self.seen = expected, seen
        self.fabric = seen.fabric or Fabric()
        self.cluster = seen.cluster or Cluster()

    @cached_property
    def leaf_states(self) -> dict[int, LeafState]:
        """Leaves of the fabric's inventory."""
        return {leaf.node: leaf for leaf in self.fabric.leaves}

    @cached_property
    def nodes(self) -> dict[str, Node]:
        """Nodes of the cluster."""
        return {node.name: node for node in self.cluster.nodes}

    @cached_property
    def agents(self) -> dict[str, Agent]:
        """Routing agents by node."""
        return {agent.node: agent for agent in self.cluster.agents}

    @cached_property
    def _interfaces(self) -> dict[tuple[int, Family], Interface]:
        return {(one.leaf, one.family): one for one in self.fabric.interfaces}

    @cached_property
    def _peers(self) -> dict[tuple[int, Family], list[PeerConfig]]:
        found: dict[tuple[int, Family], list[PeerConfig]] = {}
        for one in self.fabric.peers:
            found.setdefault((one.leaf, one.family), []).append(one)
        return found

    @cached_property
    def _sessions(self) -> dict[tuple[int, str], LeafSession]:
        return {(one.leaf, one.address): one for one in self.fabric.sessions}

    @cached_property
    def _own(self) -> dict[tuple[str, str], NodeSession]:
        return {(one.node, one.address): one for one in self.cluster.sessions}

    @cached_property
    def _routes(self) -> dict[tuple[int, str], Route]:
        return {(route.leaf, route.prefix): route for route in self.fabric.routes}

    @cached_property
    def _reaches(self) -> dict[tuple[str, str], str]:
        return {(one.source, one.target): one.state for one in self.seen.reaches}

    def interface(self, leaf: WantedLeaf, family: Family) -> Interface | None:
        """The leaf's SVI as configured."""
        return self._interfaces.get((leaf.node, family))

    def config(self, leaf: WantedLeaf, node: WantedNode, family: Family) -> PeerConfig | None:
        """The leaf's peer that takes the node's session: the narrowest whose range holds its address."""
        address = ip_address(node.address(family))
        fits = [
            one for one in self._peers.get((leaf.node, family), []) if address in ip_network(one.range, strict=False)
        ]
        return max(fits, key=lambda one: ip_network(one.range, strict=False).prefixlen, default=None)

    def configs(self, leaf: WantedLeaf, family: Family) -> list[PeerConfig]:
        """All peers of the leaf in a family."""
        return self._peers.get((leaf.node, family), [])

    def session(self, leaf: WantedLeaf, node: WantedNode, family: Family) -> LeafSession | None:
        """The session as the leaf has it."""
        return self._sessions.get((leaf.node, node.address(family)))

    def own(self, leaf: WantedLeaf, node: WantedNode, family: Family) -> NodeSession | None:
        """The session as the node has it."""
        return self._own.get((node.name, leaf.address(family)))

    def is_up(self, leaf: WantedLeaf, node: WantedNode, family: Family) -> bool:
        """The leaf says that the session is established."""
        found = self.session(leaf, node, family)
        return found is not None and found.state == UP

    def route(self, leaf: WantedLeaf, prefix: str) -> Route | None:
        """A leaf's route."""
        return self._routes.get((leaf.node, prefix))

    def reach(self, source: str, target: str) -> str:
        """How a target answered a source; "" when it was not asked."""
        return self._reaches.get((source, target), "")

    def bgp_peer(self, leaf: WantedLeaf, family: Family) -> BgpPeer | None:
        """Calico's BGPPeer for the leaf, by address, else by name."""
        peers = (self.cluster.peers or ()) if self.expected.calico else ()
        by_address = [one for one in peers if one.address == leaf.address(family)]
        names = (f"leaf-{leaf.node}",) if family == "v4" else (f"leaf-{leaf.node}-v6",)
        return next(iter(by_address), None) or next((one for one in peers if one.name in names), None)

    @property
    def lacks_workload(self) -> bool:
        """Test pods were wanted, and none could be made: nobody left them out."""
        work = self.seen.workload
        return work is not None and not work.made and "workload" not in self.seen.unasked

    def is_node_address(self, address: str) -> bool:
        """Whether an address lies in the node subnet."""
        return within(address, self.expected.subnets)

    def in_pools(self, prefix: str) -> bool:
        """Whether a prefix is a part of the cluster's pods or services."""
        return within(prefix, self.expected.pools)

    def leaf_is_dark(self, leaf: WantedLeaf) -> bool:
        """No session of the leaf is up, of the several that should be."""
        pairs = [(node, at, family) for node, at, family in self.expected.pairs() if at is leaf]
        return bool(pairs) and not any(self.is_up(leaf, node, family) for node, _, family in pairs)

    def node_is_dark(self, node: WantedNode) -> bool:
        """No session of the node is up."""
        pairs = [(one, leaf, family) for one, leaf, family in self.expected.pairs() if one is node]
        return bool(pairs) and not any(self.is_up(leaf, node, family) for _, leaf, family in pairs)


def within(text: str, subnets: Iterable[str]) -> bool:
    """Whether an address or prefix lies in one of the subnets."""
    net = ip_network(text, strict=False)
    # Of one version, which the type checker cannot see.
    return any(
        outer.version == net.version and net.subnet_of(outer)  # type: ignore[arg-type]
        for outer in (ip_network(one, strict=False) for one in subnets)
    )


def ping_of(leaf: WantedLeaf, family: Family) -> str:
    """Target of a ping of a leaf's own address, as `Reach` names it."""
    return f"leaf {leaf.node} {family}"


def bgp_of(leaf: WantedLeaf, family: Family) -> str:
    """Target of a connection to a leaf's BGP port."""
    return f"leaf {leaf.node} {family} bgp"
