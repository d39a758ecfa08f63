"""What applies to a peer by relations: timers, prefix limit, equal paths, best path. PURE."""

from __future__ import annotations

from collections.abc import Iterator

from lab.apic.relations import resolved
from lab.apic.tree import Node, Tree
from lab.fabric.model import V4, V6, DefaultRoute, Ecmp, Limit, Timers

FAMILIES = {V4: "ipv4-ucast", V6: "ipv6-ucast"}
STALE = 300
"""staleIntvl `default`, as its documentation says."""


def child(node: Node | None, cls: str) -> Node | None:
    """The first child of a class."""
    return next(children(node, cls), None) if node else None


def children(node: Node, cls: str) -> Iterator[Node]:
    """All children of a class, oldest first."""
    return (found for found in list(node.children.values()) if found.cls.name == cls)


def target(tree: Tree, relation: Node | None) -> Node | None:
    """What a relation points at; None when there is no such thing."""
    return tree.get(resolved(tree, relation).get("tDn", relation.get("tDn"))) if relation else None


def timers(tree: Tree, profile: Node, vrf: Node) -> Timers:
    """The node profile's timers, or the VRF's."""
    own = child(child(profile, "bgpProtP"), "bgpRsBgpNodeCtxPol")
    policy = target(tree, own if own and own.get("tnBgpCtxPolName") else child(vrf, "fvRsBgpCtxPol"))
    if policy is None:
        return Timers()
    stale = policy.get("staleIntvl")
    return Timers(
        keepalive=int(policy.get("kaIntvl")),
        hold=int(policy.get("holdIntvl")),
        stale=int(stale) if stale.isdecimal() else STALE,
        helper="helper" in policy.get("grCtrl").split(","),
        most_as=int(policy.get("maxAsLimit")),
    )


def limit(tree: Tree, peer: Node) -> Limit | None:
    """The peer's prefix limit."""
    policy = target(tree, child(peer, "bgpRsPeerPfxPol"))
    if policy is None:
        return None
    minutes = policy.get("restartTime")
    return Limit(
        int(policy.get("maxPfx")),
        policy.get("action"),
        int(policy.get("thresh")),
        int(minutes) if minutes.isdecimal() else None,
    )


def ecmp(tree: Tree, vrf: Node) -> dict[int, Ecmp]:
    """Equal paths of the VRF by family."""
    found = {}
    for version, family in FAMILIES.items():
        relations = [one for one in children(vrf, "fvRsCtxToBgpCtxAfPol") if one.get("af") == family]
        policy = target(tree, relations[0]) if relations else None
        found[version] = Ecmp(int(policy.get("maxEcmp")), int(policy.get("maxEcmpIbgp"))) if policy else Ecmp()
    return found


def relaxes_as_path(tree: Tree, profile: Node) -> bool:
    """Whether paths of equal length through different ASes count as equal."""
    policy = target(tree, child(child(profile, "bgpProtP"), "bgpRsBestPathCtrlPol"))
    return policy is not None and "asPathMultipathRelax" in policy.get("ctrl").split(",")


def default_route(out: Node) -> DefaultRoute | None:
    """Whether the L3Out's peers get a default route."""
    leak = child(out, "l3extDefaultRouteLeakP")
    if leak is None:
        return None
    return DefaultRoute(always=leak.get("always") == "yes", only=leak.get("criteria") == "only")
