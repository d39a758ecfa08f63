"""Writes what leaves see into the tree, as the fabric: only what differs, one transaction a look."""

from __future__ import annotations

from collections.abc import Iterable

from aci import dn as dns
from aci.mo import Mo, deleted
from lab.apic.core import Apic
from lab.apic.tree import Node
from lab.fabric.objects import Objects

TOLD = {
    *("bgpEntity", "bgpInst", "bgpDom", "bgpPeer", "bgpPeerEntry", "bgpPeerAfEntry"),
    *(f"uribv{version}{what}" for version in (4, 6) for what in ("Entity", "Dom", "Db", "Route", "Nexthop")),
    *("fvCEp", "fvIp"),
}
"""Classes that leaves alone write."""

FAULT = "faultInst"
TOPOLOGY = ("fabricNode", "topSystem")


def is_asked(cls: str) -> bool:
    """Whether an object of the class may say something about what leaves shall be."""
    return cls not in TOLD and cls != FAULT


def publish(apic: Apic, seen: Iterable[Objects]) -> int:
    """Make the tree show exactly this; how many objects were written."""
    wanted: Objects = {}
    for one in seen:
        wanted |= one
    with apic.lock:
        bodies = [*_gone(apic, wanted), *_come(apic, wanted)]
        if bodies:
            apic.change([("", body) for body in bodies])
    return len(bodies)


def _gone(apic: Apic, wanted: Objects) -> list[Mo]:
    """Containers before what they hold; one whose container goes needs no word of its own."""
    shown = [node for cls in sorted(TOLD) for node in apic.tree.of_class(cls)]
    shown += [node for node in apic.tree.of_class(FAULT) if _is_ours(node)]
    gone = {node.dn: node for node in shown if node.dn not in wanted}
    return [deleted(node.cls.name, dn) for dn, node in gone.items() if dns.parent(dn) not in gone]


def _is_ours(node: Node) -> bool:
    return node.parent is not None and node.parent.cls.name in TOLD


def _come(apic: Apic, wanted: Objects) -> list[Mo]:
    found = []
    for dn, (cls, attributes) in wanted.items():
        node = apic.tree.get(dn)
        if node is None:
            comes = dns.parent(dn) in wanted or apic.tree.get(dns.parent(dn)) is not None
        else:
            comes = any(node.get(name) != value for name, value in attributes.items())
        if comes:
            found.append(Mo(cls, {"dn": dn, **attributes}))
    return found
