"""Which leaves the tree asks for, from its objects alone. PURE."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import ip_interface, ip_network

from aci import dn as dns
from lab.apic.relations import tenant_of
from lab.apic.tree import Node, Tree
from lab.fabric import policies, route_control
from lab.fabric.model import Leaf, LocalAs, Peer, Port
from lab.fabric.policies import child, children, target
from lab.fabric.route_control import EXPORT, IMPORT

FABRIC_MTU = 9000
"""What `inherit` means on an L3Out's interface."""

UNSET = "0.0.0.0"  # noqa: S104 - the APIC's way to say that an address is not set
FABRIC_AS = "uni/fabric/bgpInstP-default/as"
REFLECTORS = "uni/fabric/bgpInstP-default/rr"


@dataclass(frozen=True, slots=True)
class _Seat:
    """A switch in a node profile of an L3Out, where interfaces and peers of it stand."""

    out: Node
    profile: Node
    attachment: Node
    vrf: Node
    switch: Node


def leaves(tree: Tree) -> list[Leaf]:
    """A leaf for each switch and VRF with a floating interface; and the VRFs' border leaves that routers hang on."""
    found = [leaf for leaf in _merged(tree) if leaf.ports]
    anchored = {leaf.vrf for leaf in found if any(not port.wire for port in leaf.ports)}
    return sorted((leaf for leaf in found if leaf.vrf in anchored), key=lambda leaf: (leaf.vrf, leaf.node))


def _merged(tree: Tree) -> Iterator[Leaf]:
    """Several L3Outs may use one switch in one VRF: one leaf serves them all."""
    seats: dict[tuple[str, str], list[_Seat]] = {}
    for seat in _seats(tree):
        seats.setdefault((seat.switch.dn, seat.vrf.dn), []).append(seat)
    for found in seats.values():
        yield _leaf(tree, found)


def _seats(tree: Tree) -> Iterator[_Seat]:
    for attachment in tree.of_class("l3extRsNodeL3OutAtt"):
        profile, switch = attachment.parent, tree.get(attachment.get("tDn"))
        out = profile.parent if profile else None
        vrf = target(tree, child(out, "l3extRsEctx"))
        if profile and out and vrf and switch and attachment.get("rtrId") != UNSET:
            yield _Seat(out, profile, attachment, vrf, switch)


def _leaf(tree: Tree, seats: list[_Seat]) -> Leaf:
    first = seats[0]
    system = child(first.switch, "topSystem")
    imports = [seat.out for seat in seats]
    return Leaf(
        pod=int(dns.rn(dns.parent(first.switch.dn)).removeprefix("pod-")),
        node=int(first.switch.get("id")),
        name=first.switch.get("name") or f"leaf-{first.switch.get('id')}",
        vrf=vrf_name(first.vrf),
        router_id=first.attachment.get("rtrId"),
        fabric_as=fabric_as(tree),
        tep=system.get("address") if system else "",
        reflector=reflector(tree),
        ports=_ports(tree, seats),
        loopbacks=tuple(dict.fromkeys(address for seat in seats for address in _loopbacks(seat))),
        peers=tuple(peer for seat in seats for peer in _peers(tree, seat)),
        ecmp=policies.ecmp(tree, first.vrf),
        relaxes_as_path=any(policies.relaxes_as_path(tree, seat.profile) for seat in seats),
        keeps_next_hop=any(route_control.keeps_next_hop(tree, out) for out in imports),
        all_paths=any(route_control.hands_on_all_paths(tree, out) for out in imports),
    )


def vrf_name(vrf: Node) -> str:
    """`tenant:vrf`, as a switch calls it."""
    return f"{dns.rn(tenant_of(vrf)).removeprefix('tn-')}:{vrf.get('name')}"


def fabric_as(tree: Tree) -> int:
    """The fabric's AS; 0 while it has none, and then no BGP."""
    found = tree.get(FABRIC_AS)
    return as_number(found.get("asn")) if found else 0


def reflector(tree: Tree) -> str:
    """Address of the spine that reflects routes: the first of the fabric's policy; "" without one."""
    for node in tree.of_class("bgpRRNodePEp"):
        system = tree.get(f"topology/pod-{node.get('podId')}/node-{node.get('id')}/sys")
        if system is not None and dns.parent(node.dn) == REFLECTORS:
            return system.get("address")
    return ""


def as_number(text: str) -> int:
    """AS number of `65002` or `1.10`; 0 for none."""
    high, dot, low = text.partition(".")
    return (int(high) << 16) + int(low) if dot else int(text or 0)


def _loopbacks(seat: _Seat) -> Iterator[str]:
    if seat.attachment.get("rtrIdLoopBack") == "yes":
        yield seat.attachment.get("rtrId")
    for loopback in children(seat.attachment, "l3extLoopBackIfP"):
        yield loopback.get("addr")


# ---- interfaces


def _interfaces(seat: _Seat) -> Iterator[Node]:
    """The switch's own floating interfaces and ports in this profile."""
    for profile in children(seat.profile, "l3extLIfP"):
        for one in children(profile, "l3extVirtualLIfP"):
            if one.get("nodeDn") == seat.switch.dn:
                yield one
        for one in children(profile, "l3extRsPathL3OutAtt"):
            if f"/paths-{seat.switch.get('id')}/" in one.get("tDn"):
                yield one


def _ports(tree: Tree, seats: list[_Seat]) -> tuple[Port, ...]:
    """Interfaces of one VLAN are one: v4 and v6 stand in two profiles."""
    found: dict[str, Port] = {}
    for seat in seats:
        for interface in _interfaces(seat):
            port = _port(interface)
            if port is not None:
                found[port.name] = _joined(found[port.name], port) if port.name in found else port
    return tuple(found.values())


def _port(interface: Node) -> Port | None:
    """None for one without an address, and for a port that no peer stands on."""
    wire = interface.get("tDn") if interface.cls.name == "l3extRsPathL3OutAtt" else ""
    if interface.get("addr") == UNSET or (wire and child(interface, "bgpPeerP") is None):
        return None
    mtu = interface.get("mtu")
    return Port(
        encap=interface.get("encap"),
        mtu=int(mtu) if mtu.isdecimal() else FABRIC_MTU,
        addresses=(interface.get("addr"),),
        shared=tuple(one.get("addr") for one in children(interface, "l3extIp")),
        wire=wire,
    )


def _joined(one: Port, other: Port) -> Port:
    addresses = tuple(dict.fromkeys((*one.addresses, *other.addresses)))
    shared = tuple(dict.fromkeys((*one.shared, *other.shared)))
    return replace(one, addresses=addresses, shared=shared, mtu=min(one.mtu, other.mtu))


# ---- peers


def _peers(tree: Tree, seat: _Seat) -> Iterator[Peer]:
    if child(seat.out, "bgpExtP") is None or not fabric_as(tree):
        return
    for interface in _interfaces(seat):
        own = [ip_interface(interface.get("addr"))] if interface.get("addr") != UNSET else []
        for node in children(interface, "bgpPeerP"):
            if own and _version(node.get("addr")) == own[0].version:
                yield from _peer(tree, seat, node)


def _version(addr: str) -> int | None:
    """Family of an address or subnet; None of what is neither, which the APIC takes as text."""
    try:
        return ip_network(addr, strict=False).version
    except ValueError:
        return None


def _peer(tree: Tree, seat: _Seat, node: Node) -> Iterator[Peer]:
    """None while it has no remote AS."""
    remote, local = child(node, "bgpAsP"), child(node, "bgpLocalAsnP")
    if remote is None or not as_number(remote.get("asn")):
        return
    yield Peer(
        dn=node.dn,
        addr=node.get("addr"),
        remote_as=as_number(remote.get("asn")),
        password=node.get("password"),
        enabled=node.get("adminSt") == "enabled",
        flags=_flags(node.get("ctrl")),
        private_as=_flags(node.get("privateASctrl")),
        allow_self_as=int(node.get("allowedSelfAsCnt")),
        ttl=int(node.get("ttl")),
        weight=int(node.get("weight")),
        local_as=LocalAs(as_number(local.get("localAsn")), local.get("asnPropagate")) if local else None,
        timers=policies.timers(tree, seat.profile, seat.vrf),
        limit=policies.limit(tree, node),
        accepts=route_control.rules(tree, seat.out, node, IMPORT),
        sends=route_control.rules(tree, seat.out, node, EXPORT) or (),
        default_route=policies.default_route(seat.out),
    )


def _flags(text: str) -> frozenset[str]:
    return frozenset(text.split(",")) - {""}
