"""A leaf's routing daemon as lines of FRR's language, each with its contexts before it. PURE.

Source: FRR's user guide, "BGP", "Route Maps", "Filtering"; what was measured with FRR 8.4 stands in README.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import ip_network

from lab.fabric.model import V4, V6, Leaf, LocalAs, Peer, Prefix, Rule

Line = tuple[str, ...]
"""Contexts from the outermost, then the line: ("router bgp 65002", "neighbor …")."""

CORE = "core"
"""A leaf's interface towards spines and other leaves."""

INSIDE = "inside"
"""The group of peers within the fabric."""

KEEPALIVE, HOLD = 1, 3
"""Timers between leaves and reflector; the real fabric notices a dead leaf by IS-IS as fast."""

PEERS_MOST = 2000
"""BGP peers that a leaf may have."""

PASSWORD_MOST = 80

DIRECT = "direct"
LISTS = {V4: "ip", V6: "ipv6"}
FAMILY = {V4: "address-family ipv4 unicast", V6: "address-family ipv6 unicast"}
LAST = 65535


def leaf_lines(leaf: Leaf) -> tuple[Line, ...]:
    """All of a leaf's configuration; none without an AS."""
    if not leaf.fabric_as:
        return ()
    peers = [peer for peer in leaf.peers if not peer.local_as or peer.local_as.asn != leaf.fabric_as]
    lists = [line for peer in peers for line in _filters(peer)]
    router = [(f"router bgp {leaf.fabric_as}", *line) for line in _router(leaf, peers)]
    return (("bgp route-map delay-timer 1",), *lists, *_direct(leaf), *router)


# ---- what passes


def _filters(peer: Peer) -> Iterator[Line]:
    if peer.timers.most_as:
        yield (f"bgp as-path access-list long-{peer.key} permit ^[0-9]+(_[0-9]+){{{peer.timers.most_as}}}",)
    yield from _route_map(f"in-{peer.key}", peer, peer.accepts)
    leak = peer.default_route
    yield from _route_map(f"out-{peer.key}", peer, () if leak and leak.only else peer.sends)
    if leak and not leak.always:
        everywhere = "0.0.0.0/0" if peer.version == V4 else "::/0"
        yield from _route_map(f"default-{peer.key}", peer, (Rule(True, (Prefix(everywhere),)),))


def _route_map(name: str, peer: Peer, rules: tuple[Rule, ...] | None) -> Iterator[Line]:
    """Ends by refusing the rest; without rules at all (None) by taking it."""
    if name.startswith("in-") and peer.timers.most_as:
        yield from _entry(name, 2, permit=False, inner=(f"match as-path long-{peer.key}",))
    for number, rule in enumerate(rules or ()):
        if prefixes := rule.of(peer.version):
            listed = f"{name}-{number}"
            yield from _prefix_list(listed, prefixes)
            match = f"match {LISTS[peer.version]} address prefix-list {listed}"
            yield from _entry(name, 10 + 10 * number, permit=rule.permit, inner=(match, *rule.sets))
    yield from _entry(name, LAST, permit=rules is None)


def _entry(name: str, number: int, *, permit: bool, inner: tuple[str, ...] = ()) -> Iterator[Line]:
    # A refusal has another number than a permission in its place: FRR would take one for the other when it changes.
    head = f"route-map {name} permit {number}" if permit else f"route-map {name} deny {number - 1}"
    yield (head,)
    for line in inner:
        yield head, line


def _prefix_list(name: str, prefixes: Iterable[Prefix]) -> Iterator[Line]:
    for number, prefix in enumerate(prefixes, 1):
        own = ip_network(prefix.network).prefixlen
        low = f" ge {prefix.ge}" if prefix.ge and prefix.ge > own else ""
        high = f" le {prefix.le}" if prefix.le and prefix.le > own else ""
        words = f"{LISTS[prefix.version]} prefix-list {name} seq {5 * number} permit {prefix.network}{low}{high}"
        yield (words,)


def _direct(leaf: Leaf) -> Iterator[Line]:
    """Subnets of the leaf's interfaces, which other leaves learn."""
    for version in (V4, V6):
        subnets = [Prefix(subnet) for subnet in _subnets(leaf, version)]
        yield from _prefix_list(f"{DIRECT}-{version}", subnets)
        if subnets:
            match = f"match {LISTS[version]} address prefix-list {DIRECT}-{version}"
            yield from _entry(f"{DIRECT}-{version}", 10, permit=True, inner=(match,))


def _subnets(leaf: Leaf, version: int) -> list[str]:
    found = dict.fromkeys(subnet for port in leaf.ports for subnet in port.subnets)
    return [subnet for subnet in found if ip_network(subnet).version == version]


# ---- the router


def _router(leaf: Leaf, peers: list[Peer]) -> Iterator[Line]:
    yield from basics(leaf.router_id, min((peer.timers.stale for peer in peers), default=300))
    if leaf.relaxes_as_path:
        yield ("bgp bestpath as-path multipath-relax",)
    for peer in peers:
        yield from ((line,) for line in _session(peer))
    if leaf.reflector:
        yield from ((line,) for line in _inside(leaf.fabric_as, leaf.tep))
    for version in (V4, V6):
        if version in leaf.versions or version == V4:
            yield from ((FAMILY[version], line) for line in _family(leaf, peers, version))
    # Last, so that no session begins before all is said about it.
    if leaf.reflector:
        yield (f"neighbor {leaf.reflector} peer-group {INSIDE}",)
    for peer in peers:
        yield (f"bgp listen range {peer.addr} peer-group {peer.key}" if peer.is_range else _member(peer),)


def basics(router_id: str, stale: int = 300) -> Iterator[Line]:
    """What every speaker of the lab begins with."""
    yield (f"bgp router-id {router_id}",)
    yield ("no bgp ebgp-requires-policy",)
    yield ("no bgp default ipv4-unicast",)
    yield ("bgp log-neighbor-changes",)
    yield (f"bgp graceful-restart stalepath-time {stale}",)
    yield (f"bgp listen limit {PEERS_MOST}",)


def _inside(asn: int, source: str) -> Iterator[str]:
    """Sessions within the fabric. No stale routes of a leaf that died are kept."""
    yield f"neighbor {INSIDE} peer-group"
    yield f"neighbor {INSIDE} remote-as {asn}"
    yield f"neighbor {INSIDE} update-source {source}"
    yield f"neighbor {INSIDE} timers {KEEPALIVE} {HOLD}"
    yield f"neighbor {INSIDE} timers connect 1"
    yield f"neighbor {INSIDE} advertisement-interval 0"
    yield f"neighbor {INSIDE} graceful-restart-disable"


def _session(peer: Peer) -> Iterator[str]:
    group = f"neighbor {peer.key}"
    yield f"{group} peer-group"
    yield f"{group} remote-as {peer.remote_as}"
    yield f"{group} description {''.join(char if char.isprintable() else '?' for char in peer.dn)}"
    yield f"{group} timers {peer.timers.keepalive} {peer.timers.hold}"
    yield f"{group} timers connect 2"
    yield f"{group} advertisement-interval 0"
    yield f"{group} {'graceful-restart-helper' if peer.timers.helper else 'graceful-restart-disable'}"
    if peer.password and takes(peer.password):
        yield f"{group} password {peer.password}"
    if not peer.enabled or not takes(peer.password):
        yield f"{group} shutdown"
    if peer.ttl > 1:
        yield f"{group} ebgp-multihop {peer.ttl}"
    if "dis-conn-check" in peer.flags:
        yield f"{group} disable-connected-check"
    if peer.local_as:
        yield f"{group} local-as {peer.local_as.asn}{_propagation(peer.local_as)}"


def _member(peer: Peer) -> str:
    return f"neighbor {peer.addr.partition('/')[0]} peer-group {peer.key}"


def takes(password: str) -> bool:
    """Whether FRR can have it: up to 80 characters, no spaces. With another no session is better than an open one."""
    return len(password) <= PASSWORD_MOST and password.isprintable() and " " not in password


def _propagation(local: LocalAs) -> str:
    """dual-as is unknown to FRR 8.4: shown as replace-as."""
    return {
        "no-prepend": " no-prepend",
        "replace-as": " no-prepend replace-as",
        "dual-as": " no-prepend replace-as",
    }.get(local.propagate, "")


def _family(leaf: Leaf, peers: list[Peer], version: int) -> Iterator[str]:
    ecmp = leaf.ecmp[version]
    for peer in peers:
        if peer.version == version:
            yield from _exchange(peer)
    if leaf.reflector:
        yield from _exchange_inside(leaf)
    yield f"maximum-paths {ecmp.external}"
    yield f"maximum-paths ibgp {ecmp.internal}"
    if _subnets(leaf, version):
        yield f"redistribute connected route-map {DIRECT}-{version}"


def _exchange_inside(leaf: Leaf) -> Iterator[str]:
    neighbor = f"neighbor {INSIDE}"
    yield f"{neighbor} activate"
    if not leaf.keeps_next_hop:
        yield f"{neighbor} next-hop-self"
    if leaf.all_paths:
        yield f"{neighbor} addpath-tx-all-paths"


def _exchange(peer: Peer) -> Iterator[str]:
    group = f"neighbor {peer.key}"
    yield f"{group} activate"
    yield f"{group} route-map in-{peer.key} in"
    yield f"{group} route-map out-{peer.key} out"
    yield from (f"{group} {words}" for words in _flags(peer))
    if peer.limit:
        yield f"{group} maximum-prefix {peer.limit.most}{_beyond(peer)}"
    if peer.weight:
        yield f"{group} weight {peer.weight}"
    if peer.default_route:
        when = "" if peer.default_route.always else f" route-map default-{peer.key}"
        yield f"{group} default-originate{when}"


def _flags(peer: Peer) -> Iterator[str]:
    if "as-override" in peer.flags:
        yield "as-override"
    if "allow-self-as" in peer.flags:
        yield f"allowas-in {peer.allow_self_as}"
    if "nh-self" in peer.flags:
        yield "next-hop-self"
    if peer.private_as:
        words = [("remove-all", " all"), ("replace-as", " replace-AS")]
        yield "remove-private-AS" + "".join(word for flag, word in words if flag in peer.private_as)


def _beyond(peer: Peer) -> str:
    """FRR cannot refuse single prefixes: it closes the session (a deviation of the lab)."""
    limit = peer.limit
    if limit is None or limit.action in ("reject", "shut"):
        return f" {limit.threshold}" if limit else ""
    if limit.action == "restart":
        return f" {limit.threshold} restart {limit.restart_minutes}" if limit.restart_minutes else f" {limit.threshold}"
    return f" {limit.threshold} warning-only"


# ---- the other speakers


def spine_lines(asn: int, tep: str, clients: Iterable[str], versions: Iterable[int]) -> tuple[Line, ...]:
    """The reflector: every leaf gets every other's paths."""
    words = ("activate", "route-reflector-client", "addpath-tx-all-paths")
    lines: list[Line] = [*basics(tep), *((line,) for line in _inside(asn, tep))]
    for version in sorted({V4, *versions}):
        lines += [(FAMILY[version], f"neighbor {INSIDE} {word}") for word in words]
    lines += [(f"neighbor {client} peer-group {INSIDE}",) for client in sorted(set(clients))]
    return tuple((f"router bgp {asn}", *line) for line in lines)
