"""Why a leaf does not hold what it should, or holds more. PURE."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Literal

from webui.verify.causes import Cause, listed
from webui.verify.expected import Expected, WantedLeaf, WantedNode, WantedPrefix
from webui.verify.lookup import Looked, within
from webui.verify.seen import Route

DEFAULT_ECMP = 16
"""Equal paths that ACI keeps where no policy says otherwise."""


@dataclass(frozen=True)
class Gap:
    """A leaf's route against what is wanted: next hops that are missing, and those that are too many."""

    looked: Looked
    wanted: WantedPrefix
    leaf: WantedLeaf
    route: Route | None
    missing: frozenset[str] = field(default_factory=frozenset)
    beyond: frozenset[str] = field(default_factory=frozenset)

    @property
    def place(self) -> str:
        """The prefix."""
        return self.wanted.prefix

    @property
    def nodes(self) -> list[WantedNode]:
        """Nodes whose next hop is missing."""
        return [self.looked.expected.node_by_address[at] for at in sorted(self.missing)]


def gap_cause(gap: Gap) -> tuple[Cause, str]:
    """(cause, what is wrong with `{}` for the prefixes)."""
    leaf = f"Leaf {gap.leaf.node}"
    blocked = _blocked(gap)
    if blocked:
        return blocked, "The leaves do not take {}."
    if gap.beyond and not gap.missing:
        return _beyond(gap), f"{leaf} has next hops too many for {{}}."
    found = len(gap.route.hops) if gap.route else 0
    limit = gap.looked.fabric.policies.max_ecmp or DEFAULT_ECMP
    if gap.missing and found == limit:
        return _ecmp(gap, limit), f"{leaf} lacks next hops for {{}}."
    if gap.missing:
        return _not_announced(gap), f"{leaf} lacks next hops for {{}}."
    return _not_handed_on(gap), f"{leaf} lacks {{}}."


def _blocked(gap: Gap) -> Cause | None:
    imported = gap.looked.fabric.policies.imported
    if not imported or within(gap.wanted.prefix, imported):
        return None
    paths = {"pods": "pods", "services": "services"}
    part = paths.get(gap.wanted.kind, "external_services")
    return Cause(
        "route-control",
        "import",
        "The L3Out's route control takes none of it: its import rule does not hold this prefix.",
        "Check for drift and apply the plan: the rule then holds all the cluster's subnets again.",
        f"network.{part}.{gap.wanted.family}",
        "network",
    )


def _ecmp(gap: Gap, limit: int) -> Cause:
    return Cause(
        "ecmp",
        f"Leaf {gap.leaf.node}",
        f"The VRF keeps {limit} equal paths; more nodes announce it.",
        "Let Anchorage manage the VRF's BGP policy (64 paths), or raise maxEcmp in the one that is there.",
        "l3out.bgp.vrf_policy",
        "l3out",
    )


def _not_announced(gap: Gap) -> Cause:
    """Some may be missing for want of a session: that is told at the session."""
    nodes = [node for node in gap.nodes if gap.looked.is_up(gap.leaf, node, gap.wanted.family)] or gap.nodes
    names = listed([node.name for node in nodes])
    limit = gap.looked.fabric.policies.max_prefixes or gap.looked.expected.max_prefixes
    full = [
        node.name
        for node in nodes
        if (session := gap.looked.session(gap.leaf, node, gap.wanted.family)) is not None
        and session.accepted is not None
        and limit
        and session.accepted >= limit
    ]
    if full:
        return Cause(
            "limit",
            f"Leaf {gap.leaf.node}",
            f"The sessions with {listed(full)} are at the limit of {limit} prefixes: the leaf refuses further ones.",
            "Find out what announces so much; raise the limit only if it is right.",
            "l3out.bgp.max_prefixes",
            "l3out",
        )
    why, look = _unsaid(gap.looked.expected)
    return Cause(
        "not-announced",
        f"{gap.leaf.node} {names}",
        f"{names} {'have' if len(nodes) > 1 else 'has'} a session with the leaf but does not announce it: {why}",
        f"{look} Plan changes and apply: the stage network sets its objects back.",
        "cluster.cni",
        "cluster",
    )


def _unsaid(expected: Expected) -> tuple[str, str]:
    """Why a routing agent announces less than it should, and where to look."""
    if expected.calico:
        why = "Calico's BGP configuration differs from the spec, or its BIRD has not taken it yet."
        return why, "Look on the node: birdcl show route export."
    why = "kube-router runs with other arguments than the spec's, or has not seen the node's pod subnet yet."
    return why, "Look at its pod's log there: kubectl -n kube-system get pods -l k8s-app=kube-router -o wide."


def _beyond(gap: Gap) -> Cause:
    by_address = gap.looked.expected.node_by_address
    names = listed(sorted(by_address[at].name if at in by_address else at for at in gap.beyond))
    unknown = [at for at in sorted(gap.beyond) if at not in by_address]
    if unknown:
        return Cause(
            "foreign-hop",
            names,
            f"{names} announces it, and the spec has no such node.",
            "Find the machine: it has an address of the node subnet and the cluster's AS. Add it to the spec or stop "
            "its BGP.",
            "machines.workers",
            "machines",
        )
    return Cause(
        "stale-hop",
        f"{gap.leaf.node} {names}",
        f"{names} announces it without owning it: an old route is kept (graceful restart), or the block changed hands.",
        f"Verify again in half a minute. If it stays, restart {gap.looked.expected.agent} there.",
        "l3out.bgp.stale",
        "l3out",
    )


def _not_handed_on(gap: Gap) -> Cause:
    """Nodes of other racks announce it: does a leaf of theirs hold it?"""
    others = [leaf for leaf in gap.looked.expected.leaves if gap.looked.expected.ebgp_hops(leaf, gap.wanted)]
    holding = [leaf for leaf in others if gap.looked.route(leaf, gap.wanted.prefix)]
    if not holding:
        names = listed(gap.wanted.nodes)
        return Cause(
            "not-learned",
            f"{gap.wanted.prefix}",
            f"No leaf of the rack of {names} holds it, so there is nothing to hand on.",
            "Mend what is red for those leaves first.",
        )
    return Cause(
        "ibgp",
        f"Leaf {gap.leaf.node}",
        f"Leaf {holding[0].node} holds it, but it does not come through the fabric (MP-BGP).",
        "Check the fabric's BGP route reflector policy: both pods need one, and the leaf's sessions with it must be "
        "up.",
        "l3out.bgp.fabric_as",
        "l3out",
    )


def extra_cause(looked: Looked, prefix: str, routes: list[Route]) -> tuple[Cause, str, Literal["bad", "warn"]]:
    """(cause, what, state) of a prefix that nobody expects."""
    hops = sorted({hop.address for route in routes for hop in route.hops if hop.by == "ebgp"})
    by_address = looked.expected.node_by_address
    strangers = [at for at in hops if at not in by_address]
    names = listed([by_address[at].name if at in by_address else at for at in hops])
    net = ip_network(prefix, strict=False)
    if strangers:
        cause = Cause(
            "stranger",
            names,
            f"{listed(strangers)} announces it, and the spec has no such node.",
            "Find the machine: it has an address of the node subnet and the cluster's AS. Add it to the spec or stop "
            "its BGP.",
            "machines.workers",
            "machines",
        )
        return cause, "The leaves hold {} from a node that the spec does not have.", "bad"
    if looked.in_pools(prefix):
        single = net.prefixlen == net.max_prefixlen
        cause = Cause(
            "own-extra",
            names,
            f"{names} announces it: " + ("a single address that was borrowed from another node's block, or an old one."
                                         if single else "a block that is no longer any node's, or a new one."),
            "Verify again in half a minute. If it stays, look at kubectl get ipamblocks.",
            "network.pods.v6" if net.version == 6 else "network.pods.v4",
            "network",
            severity="warn" if single else "bad",
        )  # fmt: skip
        return cause, "{} is announced and not expected.", "warn" if single else "bad"
    where = "Calico's BGP configuration" if looked.expected.calico else "kube-router's arguments and annotations"
    cause = Cause(
        "leak",
        names,
        f"{names} announces what is not the cluster's, and the L3Out's route control lets it in.",
        f"Check for drift: import must be enforced on the L3Out. Then see what was added to {where}.",
        "network.pods.v4",
        "network",
    )
    return cause, "{} leaks into the fabric.", "bad"
