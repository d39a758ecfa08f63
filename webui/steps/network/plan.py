"""The address plan: every prefix of the cluster, who brings it to the fabric, and what overlaps. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from webui.spec import ClusterSpec

Prefix = IPv4Network | IPv6Network


@dataclass(frozen=True)
class Row:
    """One prefix of the plan. `clash` names the other one that it overlaps."""

    what: str
    prefix: Prefix | None
    by: str
    derived: bool = False
    clash: str = ""

    @property
    def size(self) -> str:
        """How many addresses, as a number or a power of two."""
        if self.prefix is None:
            return ""
        bits = self.prefix.max_prefixlen - self.prefix.prefixlen
        return f"{2**bits:,}" if bits <= 24 else f"2^{bits}"


def address_plan(given: ClusterSpec, complete: ClusterSpec) -> list[Row]:
    """The rows for IPv4, then those for IPv6 when the node subnet has it. `given`: without derived values."""
    families = ["v4", *(["v6"] if complete.l3out.node_subnet.v6 else [])]
    rows = [row for family in families for row in _rows(given, complete, family)]
    return [_against(row, rows) for row in rows]


def _rows(given: ClusterSpec, complete: ClusterSpec, family: str) -> list[Row]:
    net, before = complete.network, given.network
    word = "" if family == "v4" else ", IPv6"
    return [
        Row(f"Nodes and leaves{word}", getattr(complete.l3out.node_subnet, family), "the leaves, connected"),
        _row(f"Pods{word}", net.pods, before.pods, family, "each node its blocks"),
        _row(f"Services{word}", net.services, before.services, family, "every node"),
        _row(f"External services{word}", net.external_services, before.external_services, family, "every node"),
    ]


def _row(what: str, now: object, before: object, family: str, by: str) -> Row:
    prefix = getattr(now, family)
    return Row(what, prefix, by, derived=prefix is not None and getattr(before, family) is None)


def _against(row: Row, rows: list[Row]) -> Row:
    others = (other for other in rows if other is not row and _overlap(row.prefix, other.prefix))
    names = [other.what.lower() for other in others]
    return Row(row.what, row.prefix, row.by, row.derived, ", ".join(names))


def _overlap(one: Prefix | None, other: Prefix | None) -> bool:
    if isinstance(one, IPv4Network) and isinstance(other, IPv4Network):
        return one.overlaps(other)
    return isinstance(one, IPv6Network) and isinstance(other, IPv6Network) and one.overlaps(other)
