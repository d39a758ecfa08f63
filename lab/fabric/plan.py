"""From leaves to what runs for them: speakers with their cables and configuration, and who may hold a gateway. PURE.

Beside the leaves a VRF has a spine, which reflects routes, and a router of the outside where border leaves have one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address, ip_interface, ip_network

from lab.fabric.config import CORE, FAMILY, Line, basics, leaf_lines, spine_lines
from lab.fabric.model import V4, V6, Leaf, Peer, Port
from lab.fabric.space import Cable, Space
from lab.machines.names import SEGMENT, Names, digest
from lab.machines.network import SERVICE_SUBNET, Segment

LEAF, SPINE, OUTSIDE = "leaf", "spine", "outside"
CORE_V6 = int(IPv6Address("2001:2:0:fffe::"))
"""Leaves' addresses in the core for IPv6: /64 out of the test network of RFC 5180, the host part as in IPv4."""

CORE_V6_SUBNET = "2001:2:0:fffe::/64"

LAB_V6 = "fe80::1"
"""The lab's own address in a core, by which leaves reach the installer."""

WORLD = {V4: "198.18.240.0/24", V6: "2001:2:0:f0::/64"}
"""What stands for the rest of the data centre; its client has the first address."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """A namespace with zebra and bgpd. `leaf`: what it is configured from, for a leaf."""

    name: str
    kind: str
    space: Space
    lines: tuple[Line, ...]
    leaf: Leaf | None = None

    @property
    def held(self) -> dict[str, frozenset[str]]:
        """Addresses by interface that it shares with other leaves, and may hold or not."""
        ports = self.leaf.ports if self.leaf else ()
        return {port.name: frozenset(str(ip_interface(one)) for one in port.shared) for port in ports}


@dataclass(frozen=True, slots=True)
class Gateway:
    """A shared address: one of `holders` (speaker and interface, in order of preference) has it at a time."""

    bridge: str
    address: str
    holders: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What shall run. `bridges`: name -> addresses that the lab itself has on it. `ways`: cores, with the leaves in
    it that the installer may go by; `reached`: prefixes behind leaves."""

    bridges: dict[str, tuple[str, ...]] = field(default_factory=dict)
    speakers: tuple[Speaker, ...] = ()
    gateways: tuple[Gateway, ...] = ()
    core: str = ""
    reached: tuple[str, ...] = ()

    def speaker(self, name: str) -> Speaker | None:
        """The speaker of this name."""
        return next((one for one in self.speakers if one.name == name), None)


def plan(leaves: Iterable[Leaf], segment: Segment, lab: Names) -> Plan:
    """All that the lab runs for these leaves."""
    found = list(leaves)
    vrfs = list(dict.fromkeys(leaf.vrf for leaf in found))
    carried = _carried(found, segment)
    worlds = [_World(vrf, [leaf for leaf in found if leaf.vrf == vrf], carried, lab) for vrf in vrfs]
    mine = next((world for world in worlds if any(port.encap in carried for port in world.svis())), None)
    return Plan(
        bridges={name: has for world in worlds for name, has in world.bridges().items() if name != SEGMENT},
        speakers=tuple(speaker for world in worlds for speaker in world.speakers()),
        gateways=tuple(gateway for world in worlds for gateway in world.gateways()),
        core=mine.core if mine else "",
        reached=mine.reached(segment) if mine else (),
    )


def _carried(leaves: Iterable[Leaf], segment: Segment) -> frozenset[str]:
    """VLANs that the lab's segment is, because its node subnet is theirs."""
    subnets = [ip_network(subnet) for subnet in (segment.subnet_v4, segment.subnet_v6) if subnet]
    return frozenset(
        port.encap
        for leaf in leaves
        for port in leaf.ports
        if not port.wire and any(ip_interface(address).network in subnets for address in port.addresses)
    )


def speaker_name(kind: str, vrf: str, node: int | None = None) -> str:
    """`leaf-101.tenant.vrf`, `spine.tenant.vrf`, `outside.tenant.vrf`."""
    return ".".join((kind if node is None else f"{kind}-{node}", *vrf.split(":")))


def core_v6(tep: str) -> str:
    """A leaf's IPv6 address in the core."""
    return str(IPv6Address(CORE_V6 + int(ip_address(tep))))


class _World:
    """One VRF with its leaves, its core and its outside."""

    def __init__(self, vrf: str, leaves: list[Leaf], carried: frozenset[str], lab: Names) -> None:
        self.vrf, self.leaves, self._carried, self._lab = vrf, leaves, carried, lab
        self.core = f"c-{digest(vrf)}"
        self._versions = sorted({version for leaf in leaves for version in leaf.versions})

    def svis(self) -> Iterator[Port]:
        return (port for leaf in self.leaves for port in leaf.ports if not port.wire)

    def bridges(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {self.core: (f"{LAB_V6}/64",) if V6 in self._versions else ()}
        for leaf in self.leaves:
            found |= {self._bridge(leaf, port): () for port in leaf.ports}
        return found

    def _bridge(self, leaf: Leaf, port: Port) -> str:
        if port.wire:
            return f"w-{digest(f'{leaf.key} {port.name}')}"
        return SEGMENT if port.encap in self._carried else f"v-{digest(port.encap)}"

    def speakers(self) -> Iterator[Speaker]:
        for leaf in self.leaves:
            yield Speaker(self._name(leaf), LEAF, self._leaf_space(leaf), leaf_lines(leaf), leaf)
        first = self.leaves[0]
        if first.reflector and first.fabric_as:
            name = speaker_name(SPINE, self.vrf)
            teps = [leaf.tep for leaf in self.leaves]
            lines = spine_lines(first.fabric_as, first.reflector, teps, self._versions)
            yield Speaker(
                name, SPINE, Space(name, (self._core(first.reflector),), (), self._routes(first.reflector)), lines
            )
        links = list(self._links())
        if links:
            name = speaker_name(OUTSIDE, self.vrf)
            yield Speaker(
                name, OUTSIDE, _outside_space(name, links, self._versions), _outside_lines(links, self._versions)
            )

    def _name(self, leaf: Leaf) -> str:
        return speaker_name(LEAF, self.vrf, leaf.node)

    def _leaf_space(self, leaf: Leaf) -> Space:
        cables = [Cable(port.name, self._bridge(leaf, port), port.addresses, port.mtu) for port in leaf.ports]
        return Space(
            self._name(leaf), (*cables, self._core(leaf.tep)), leaf.loopbacks, self._routes(leaf.tep, lab=True)
        )

    def _core(self, tep: str) -> Cable:
        v6 = (f"{core_v6(tep)}/64",) if V6 in self._versions else ()
        return Cable(CORE, self.core, (f"{tep}/32", *v6))

    def _routes(self, own: str, *, lab: bool = False) -> tuple[str, ...]:
        """To the other speakers of the core; and to the installer and the site's servers."""
        others = {leaf.tep for leaf in self.leaves} | {self.leaves[0].reflector} - {""}
        routes = [f"{tep}/32 dev {CORE} scope link" for tep in sorted(others - {own})]
        if lab:
            here, there = self._lab.links()
            routes.append(f"{there.ip}/32 dev {CORE} scope link")
            routes += [f"{far} via {there.ip} dev {CORE} onlink" for far in (f"{here.ip}/32", SERVICE_SUBNET)]
            v6 = f"{self._lab.links_v6()[0].network} via {LAB_V6} dev {CORE}"
            routes += [v6] if V6 in self._versions else []
        return tuple(routes)

    def gateways(self) -> Iterator[Gateway]:
        holders: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for leaf in self.leaves:
            for port in leaf.ports:
                for address in port.shared:
                    at = (self._bridge(leaf, port), str(ip_interface(address)))
                    holders.setdefault(at, []).append((self._name(leaf), port.name))
        for (bridge, address), found in holders.items():
            yield Gateway(bridge, address, tuple(found))

    def reached(self, segment: Segment) -> tuple[str, ...]:
        """What leaves take from nodes, the node subnets aside: the installer's way to pods and services."""
        taken = [
            prefix.network
            for leaf in self.leaves
            for peer in leaf.peers
            if peer.is_range
            for rule in peer.accepts or ()
            if rule.permit
            for prefix in rule.prefixes
        ]
        known = {segment.subnet_v4, segment.subnet_v6}
        return tuple(prefix for prefix in dict.fromkeys(taken) if prefix not in known and ip_network(prefix).prefixlen)

    def _links(self) -> Iterator[_Link]:
        for leaf in self.leaves:
            for port in leaf.ports:
                for peer in leaf.peers if port.wire else ():
                    for address in port.addresses:
                        if not peer.is_range and ip_address(peer.addr) in ip_interface(address).network:
                            yield _Link(leaf, self._bridge(leaf, port), address, peer)


# ---- the outside


@dataclass(frozen=True, slots=True)
class _Link:
    """A border leaf's port towards the outside's router, and the address that the leaf has there."""

    leaf: Leaf
    bridge: str
    address: str
    peer: Peer

    @property
    def name(self) -> str:
        return f"to-{self.leaf.node}-{digest(self.bridge)[:4]}"

    @property
    def own(self) -> str:
        return f"{self.peer.addr}/{ip_interface(self.address).network.prefixlen}"


def client(version: int) -> str:
    """The outside client's address."""
    return str(ip_network(WORLD[version])[1])


def _outside_space(name: str, links: list[_Link], versions: list[int]) -> Space:
    cables = {link.name: Cable(link.name, link.bridge, ()) for link in links}
    for link in links:
        had = cables[link.name]
        cables[link.name] = Cable(link.name, link.bridge, (*had.addresses, link.own))
    own = tuple(f"{client(version)}/{ip_network(WORLD[version]).prefixlen}" for version in versions)
    return Space(name, tuple(cables.values()), own)


def _outside_lines(links: list[_Link], versions: list[int]) -> tuple[Line, ...]:
    """A router in the AS that the border leaves expect; it offers its own prefix and a default route."""
    asn = links[0].peer.remote_as
    lines: list[Line] = list(basics(client(V4)))
    lines.append(("bgp bestpath as-path multipath-relax",))
    for link in links:
        lines += [(line,) for line in _outside_session(link, asn)]
    for version in versions:
        family = FAMILY[version]
        lines += [(family, f"network {WORLD[version]}"), (family, "maximum-paths 64")]
        for link in links:
            if link.peer.version == version:
                neighbor = f"neighbor {ip_interface(link.address).ip}"
                lines += [(family, f"{neighbor} activate"), (family, f"{neighbor} default-originate")]
    return tuple((f"router bgp {asn}", *line) for line in lines)


def _outside_session(link: _Link, asn: int) -> Iterator[str]:
    neighbor = f"neighbor {ip_interface(link.address).ip}"
    local = link.peer.local_as.asn if link.peer.local_as else link.leaf.fabric_as
    yield f"{neighbor} remote-as {local}"
    yield f"{neighbor} timers {link.peer.timers.keepalive} {link.peer.timers.hold}"
    yield f"{neighbor} timers connect 2"
    yield f"{neighbor} advertisement-interval 0"
    yield f"{neighbor} graceful-restart-disable"
    if link.peer.password:
        yield f"{neighbor} password {link.peer.password}"
    if link.peer.remote_as != asn:
        yield f"{neighbor} local-as {link.peer.remote_as} no-prepend replace-as"
