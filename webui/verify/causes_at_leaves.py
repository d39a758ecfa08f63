"""Causes of a session that is down which lie at the leaf or on the APIC. PURE."""

from __future__ import annotations

import re

from webui.verify.causes import Cause
from webui.verify.causes_at_nodes import node_side
from webui.verify.session_case import Case

BAD_AS = re.compile(r"bad peer as|bad remote as|wrong as|as mismatch|bgp identifier.*as", re.IGNORECASE)
EXPIRED = re.compile(r"hold ?timer expired", re.IGNORECASE)
HOLD = re.compile(r"unacceptable hold", re.IGNORECASE)
REFUSED = re.compile(r"connection refused", re.IGNORECASE)


def leaf_gone(case: Case) -> Cause | None:
    """The leaf is not in the fabric."""
    leaf, states = case.leaf, case.looked.leaf_states
    state = states.get(leaf.node)
    if not states or (state and state.state in ("active", "")):
        return None
    told = f"It is {state.state} there." if state else "No leaf has this node id."
    return Cause(
        "leaf-gone",
        f"Leaf {leaf.node}",
        f"Leaf {leaf.node} is not in the fabric. {told}",
        "Commission the leaf, or correct the node id of the anchor.",
        f"{leaf.path}.node",
        "l3out",
    )


def interface_gone(case: Case) -> Cause | None:
    """The floating interface is gone."""
    if case.looked.seen.fabric is None or case.looked.interface(case.leaf, case.family) is not None:
        return None
    return Cause(
        "interface-gone",
        f"Leaf {case.leaf.node}",
        f"The L3Out has no floating interface for leaf {case.leaf.node}: it was removed on the APIC, or never applied.",
        "Check for drift on the cluster's page, then apply the plan: it makes the interface again.",
        case.leaf.path,
        "l3out",
    )


def other_address(case: Case) -> Cause | None:
    """The leaf's address is not the one that nodes peer with."""
    found, wanted = case.looked.interface(case.leaf, case.family), case.leaf.address(case.family)
    if found is None or found.address == wanted:
        return None
    return Cause(
        "address",
        f"Leaf {case.leaf.node}",
        f"Leaf {case.leaf.node} has the address {found.address or 'none'} on the APIC; the nodes peer with {wanted}.",
        "Check for drift and apply the plan to set the address back, or correct the leaf's address in the spec.",
        f"{case.leaf.path}.{case.family}",
        "l3out",
        case.evidence(),
    )


def no_peer(case: Case) -> Cause | None:
    """The peer is gone, down, or for another range."""
    if case.looked.seen.fabric is None or (case.config is not None and case.config.enabled):
        return None
    subject, remedy = f"Leaf {case.leaf.node}", "Check for drift on the cluster's page, then apply the plan."
    if case.config is not None:
        why = f"The BGP peer of leaf {case.leaf.node} is administratively down on the APIC."
        return Cause("peer-down", subject, why, "Set its admin state to enabled.", evidence=case.changed)
    ranges = [one.range for one in case.looked.configs(case.leaf, case.family)]
    at = case.node.address(case.family)
    if ranges:
        why = f"Leaf {case.leaf.node} peers with {', '.join(ranges)} alone, which does not hold {at}."
        return Cause("peer-range", subject, why, remedy, f"l3out.node_subnet.{case.family}", "l3out")
    why = f"Leaf {case.leaf.node} has no BGP peer on the APIC: it was removed there."
    return Cause("peer-gone", subject, why, remedy)


def wrong_as(case: Case) -> Cause | None:
    """An AS differs."""
    config, wanted = case.config, case.expected
    if config is not None and config.asn is not None and config.asn != wanted.cluster_as:
        return Cause(
            "as",
            f"Leaf {case.leaf.node}",
            f"The leaf expects AS {config.asn}, the nodes are AS {wanted.cluster_as}.",
            "Check for drift and apply the plan to set the AS back, or correct the cluster's AS in the spec.",
            "l3out.bgp.cluster_as",
            "l3out",
            case.evidence(*case.changed),
        )
    peer = case.peer
    if peer is not None and peer.asn is not None and peer.asn != wanted.fabric_as:
        return node_side(
            case, "as", f"Calico's BGPPeer {peer.name} expects AS {peer.asn}, the leaf is AS {wanted.fabric_as}."
        )
    if BAD_AS.search(case.said):
        return Cause(
            "as",
            f"Leaf {case.leaf.node}",
            f"One side refuses the other's AS. The spec says {wanted.cluster_as} for the nodes and "
            f"{wanted.fabric_as} for the fabric.",
            "Compare both with the fabric's BGP route reflector policy and the peer's remote AS on the APIC.",
            "l3out.bgp.fabric_as",
            "l3out",
            case.evidence(),
        )
    return None


def mtu(case: Case) -> Cause | None:
    """Large packets do not pass."""
    if case.ping != "mtu":
        return None
    return Cause(
        "mtu",
        f"Leaf {case.leaf.node}",
        f"Packets of {case.expected.mtu} bytes do not pass between the node and the leaf, small ones do.",
        "Raise the MTU of the distributed switch (and of what lies between) to the L3Out's, or lower the L3Out's.",
        "l3out.mtu",
        "l3out",
        case.evidence(),
    )


def unreached(case: Case) -> Cause | None:
    """The leaf does not answer."""
    if case.ping != "silent":
        return None
    leaf, address = case.leaf, case.leaf.address(case.family)
    if case.looked.leaf_is_dark(leaf):
        return Cause(
            "leaf-silent",
            f"Leaf {leaf.node}",
            f"Leaf {leaf.node} does not answer at {address}: it is down, or the L3Out is not deployed on it.",
            "Look at the leaf and at the faults of the L3Out. The VLAN must be in the domain's pool, and the "
            "domain's AEP "
            "on the ports.",
            "l3out.vlan",
            "l3out",
            case.evidence(),
        )
    return Cause(
        "path",
        case.node.name,
        f"{case.node.name} does not reach leaf {leaf.node} at {address}; other nodes do.",
        f"Check that the port group of {case.node.name} carries VLAN and MTU of the L3Out on both uplinks.",
        "l3out.vlan",
        "l3out",
        case.evidence(),
    )


def hangs(case: Case) -> Cause | None:
    """The session was there, and one side fell silent in it, while the leaf itself answers."""
    if not EXPIRED.search(case.said) or case.changed or case.ping not in ("ok", "mtu") or case.tcp == "refused":
        return None
    return Cause(
        "hangs",
        f"Leaf {case.leaf.node}",
        f"The hold time ran out: leaf {case.leaf.node} answers pings, but one side's BGP says nothing any more.",
        f"Look at BGP on the leaf (show bgp process vrf) and at {case.expected.agent} on the node: one of them hangs "
        "or is starved.",
        "l3out.bgp.hold",
        "l3out",
        case.evidence(),
    )


def not_listening(case: Case) -> Cause | None:
    """The leaf answers, its BGP does not."""
    if case.tcp != "refused" and not (case.ping == "ok" and REFUSED.search(case.said)):
        return None
    return Cause(
        "leaf-bgp",
        f"Leaf {case.leaf.node}",
        f"Leaf {case.leaf.node} answers pings, but nothing listens on its BGP port.",
        "Look at BGP on the leaf (show bgp process vrf): the peer is not deployed there, or the process has ended.",
        evidence=case.evidence(),
    )


def timers(case: Case) -> Cause | None:
    """A hold time is refused."""
    if not HOLD.search(case.said):
        return None
    return Cause(
        "hold",
        f"Leaf {case.leaf.node}",
        "One side refuses the other's hold time.",
        "Set a hold time of at least 3 s.",
        "l3out.bgp.hold",
        "l3out",
        case.evidence(),
    )
