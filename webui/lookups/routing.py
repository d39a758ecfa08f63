"""What each VRF knows already: subnets and who brought them, router ids, VLANs of L3Out interfaces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_interface

from aci import dn as dns
from aci.mo import Mo
from aci.session import Session
from webui.lookups.inventory import every, vlan, vrf_key
from webui.spec.site import ExistingL3Out, RouterId, UsedSubnet, UsedVlan
from webui.spec.site import Where as Kind
from webui.spec.values import Network

_NODES = re.compile(r"topology/pod-\d+/(?:node|paths|protpaths)-(\d+)(?:-(\d+))?(?:/|$)")

INTERFACES = ("l3extVirtualLIfP", "l3extRsPathL3OutAtt", "l3extMember")
"""Floating SVI; routed port, sub-interface or SVI; one side of a vPC's SVI."""

Key = tuple[str, str]


@dataclass(frozen=True)
class Where:
    """The VRF of each bridge domain, EPG and L3Out, by DN."""

    vrfs: dict[str, Key]

    @classmethod
    def read(cls, session: Session, l3outs: tuple[ExistingL3Out, ...]) -> Where:
        """Ask for the relations of bridge domains and EPGs."""
        found = {l3out.dn: l3out.vrf for l3out in l3outs}
        found |= {dns.parent(mo.dn): vrf_key(mo.get("tDn")) for mo in every(session, "fvRsCtx")}
        found |= {dns.parent(mo.dn): found.get(mo.get("tDn")) for mo in every(session, "fvRsBd")}
        return cls({dn: key for dn, key in found.items() if key})

    def of(self, dn: str) -> Key | None:
        """The VRF of the nearest container that has one."""
        return next((self.vrfs[above] for above in dns.ancestors(dn) if above in self.vrfs), None)


@dataclass(frozen=True)
class Interfaces:
    """What L3Out interfaces use."""

    subnets: tuple[UsedSubnet, ...]
    vlans: tuple[UsedVlan, ...]


def bridge_domains(session: Session, where: Where) -> tuple[UsedSubnet, ...]:
    """Subnets of bridge domains, those that stand at their EPGs too."""
    return tuple(_used(every(session, "fvSubnet"), "ip", "bridge domain", where))


def interfaces(session: Session, where: Where) -> Interfaces:
    """Subnets and VLANs of L3Out interfaces."""
    found = [mo for cls in INTERFACES for mo in every(session, cls)]
    subnets = dict.fromkeys(_used(found, "addr", "L3Out interface", where))
    return Interfaces(tuple(subnets), tuple(dict.fromkeys(_vlans(found))))


def others(session: Session, where: Where) -> tuple[UsedSubnet, ...]:
    """Static routes and subnets of external EPGs."""
    routes = _used(every(session, "ipRouteP"), "ip", "static route", where)
    epgs = _used(every(session, "l3extSubnet"), "ip", "external EPG", where)
    return (*routes, *epgs)


def router_ids(session: Session, where: Where) -> tuple[RouterId, ...]:
    """Router ids of leaves in VRFs."""
    found = (_router_id(mo, where) for mo in every(session, "l3extRsNodeL3OutAtt"))
    return tuple(router_id for router_id in found if router_id)


def l3out_of(dn: str) -> str:
    """DN of the L3Out that an object lies in; "" outside of L3Outs."""
    parts = dns.split(dn)
    return dns.join(*parts[:3]) if len(parts) > 2 and parts[2].startswith("out-") else ""


def nodes_of(dn: str) -> tuple[int, ...]:
    """Node ids in the DN of a node, a path or a vPC."""
    found = _NODES.match(dn)
    return tuple(int(node) for node in found.groups() if node) if found else ()


def _used(found: list[Mo], attribute: str, kind: Kind, where: Where) -> Iterator[UsedSubnet]:
    for mo in found:
        vrf, prefix = where.of(mo.dn), _prefix(mo.get(attribute))
        if vrf and prefix:
            yield UsedSubnet(vrf, prefix, kind, mo.dn)


def _prefix(text: str) -> Network | None:
    """The subnet of `198.18.2.101/24`; None for an interface without an address (0.0.0.0)."""
    if "/" not in text:
        return None
    try:
        return ip_interface(text).network
    except ValueError:
        return None


def _vlans(found: list[Mo]) -> Iterator[UsedVlan]:
    for mo in found:
        number = vlan(mo.get("encap"))
        for node in nodes_of(mo.get("nodeDn") or mo.get("tDn")) if number else ():
            assert number is not None
            yield UsedVlan(node, number, l3out_of(mo.dn))


def _router_id(mo: Mo, where: Where) -> RouterId | None:
    vrf, nodes = where.of(mo.dn), nodes_of(mo.get("tDn"))
    try:
        address = IPv4Address(mo.get("rtrId"))
    except ValueError:
        return None
    return RouterId(vrf, nodes[0], address, l3out_of(mo.dn)) if vrf and nodes and int(address) else None
