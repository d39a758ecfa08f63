"""Route control of an L3Out's peers as rules in order: profiles, match rules, and the external EPGs' subnets. PURE.

A profile of type combinable adds to what the subnets' scopes permit; one of type global stands alone. A rule without
match rules applies to the subnets. Without import enforcement everything is taken; exports are always enforced.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_interface

from lab.apic.relations import resolved
from lab.apic.tree import Node, Tree
from lab.fabric.model import Prefix, Rule, Rules
from lab.fabric.policies import child, children, target

IMPORT, EXPORT = "import", "export"
WORDS = re.compile(r"[a-z0-9:. -]+")


def rules(tree: Tree, out: Node, peer: Node, direction: str) -> Rules | None:
    """What passes between the leaf and the peer; None: everything."""
    if direction not in out.get("enforceRtctrl").split(","):
        return None
    profiles = _profiles(tree, out, peer, direction)
    subnets = tuple(_subnets(out, direction))
    found = [rule for profile in profiles for rule in _rules(tree, profile, subnets)]
    alone = any(profile.get("type") == "global" for profile in profiles)
    return (*found, Rule(True, subnets)) if subnets and not alone else tuple(found)


def keeps_next_hop(tree: Tree, out: Node) -> bool:
    """rtctrlSetNhUnchanged in a rule of the L3Out's import: other leaves learn the node as next hop."""
    return any(child(attr, "rtctrlSetNhUnchanged") for attr in _import_sets(tree, out))


def hands_on_all_paths(tree: Tree, out: Node) -> bool:
    """rtctrlSetRedistMultipath in a rule of the L3Out's import: other leaves learn all next hops."""
    return any(child(attr, "rtctrlSetRedistMultipath") for attr in _import_sets(tree, out))


def _import_sets(tree: Tree, out: Node) -> Iterator[Node]:
    profile = tree.get(f"{out.dn}/prof-default-import")
    for context in children(profile, "rtctrlCtxP") if profile else ():
        attr = _set_rule(tree, context)
        if attr is not None:
            yield attr


def _profiles(tree: Tree, out: Node, peer: Node, direction: str) -> list[Node]:
    """The peer's own profiles, else the L3Out's default one and those of its external EPGs."""
    own = [one for one in children(peer, "bgpRsPeerToProfile") if one.get("direction") == direction]
    if own:
        named = [target(tree, one) for one in own]
    else:
        relations = [one for epg in children(out, "l3extInstP") for one in children(epg, "l3extRsInstPToProfile")]
        named = [tree.get(f"{out.dn}/prof-default-{direction}")]
        named += [target(tree, one) for one in relations if one.get("direction") == direction]
    return [profile for profile in named if profile is not None]


def _rules(tree: Tree, profile: Node, subnets: tuple[Prefix, ...]) -> Iterator[Rule]:
    contexts = sorted(children(profile, "rtctrlCtxP"), key=lambda context: int(context.get("order")))
    for context in contexts:
        subjects = [target(tree, one) for one in children(context, "rtctrlRsCtxPToSubjP")]
        matched = [_prefix(dest) for one in subjects if one for dest in children(one, "rtctrlMatchRtDest")]
        prefixes = tuple(dict.fromkeys(matched)) if subjects else subnets
        if prefixes:
            yield Rule(context.get("action") == "permit", prefixes, tuple(_sets(_set_rule(tree, context))))


def _prefix(dest: Node) -> Prefix:
    network = ip_interface(dest.get("ip")).network
    if dest.get("aggregate") != "yes":
        return Prefix(str(network))
    low, high = int(dest.get("fromPfxLen")), int(dest.get("toPfxLen"))
    return Prefix(str(network), max(low, network.prefixlen) if low else None, high or network.max_prefixlen)


def _subnets(out: Node, direction: str) -> Iterator[Prefix]:
    """What the scopes of the external EPGs' subnets permit."""
    flag = f"{direction}-rtctrl"
    for epg in children(out, "l3extInstP"):
        for subnet in children(epg, "l3extSubnet"):
            if flag in subnet.get("scope").split(","):
                network = ip_interface(subnet.get("ip")).network
                longer = flag in subnet.get("aggregate").split(",")
                yield Prefix(str(network), None, network.max_prefixlen if longer else None)


def _set_rule(tree: Tree, context: Node) -> Node | None:
    relation = child(child(context, "rtctrlScope"), "rtctrlRsScopeToAttrP")
    if relation is None or resolved(tree, relation).get("state") != "formed":
        return None
    return target(tree, relation)


def _sets(attr: Node | None) -> Iterator[str]:
    """Set rules that FRR knows, in its words; a value that is none of its words says nothing."""
    for one in attr.children.values() if attr else ():
        words = _set(one)
        if words and WORDS.fullmatch(words):
            yield words


def _set(one: Node) -> str:
    match one.cls.name:
        case "rtctrlSetPref":
            return f"set local-preference {one.get('localPref')}"
        case "rtctrlSetTag":
            return f"set tag {one.get('tag')}"
        case "rtctrlSetNh":
            family = "ipv6 next-hop global" if ":" in one.get("addr") else "ip next-hop"
            return f"set {family} {one.get('addr')}"
        case "rtctrlSetComm" if one.get("setCriteria") != "none":
            community = ":".join(one.get("community").split(":")[-2:])
            return f"set community {community}{' additive' if one.get('setCriteria') == 'append' else ''}"
    return ""
