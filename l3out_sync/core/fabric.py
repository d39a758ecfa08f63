"""The fabric as the controller knows it: external EPGs of the L3Outs it follows, kept true by snapshots and changes."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from aci import dn as dns
from aci.mo import Mo
from l3out_sync.core.naming import L3OutKey, l3out_of

CLASSES = ("l3extOut", "l3extInstP", "l3extSubnet", "fvRsProv", "fvRsCons")
"""What is read and followed below an L3Out."""

ChangeKind = Literal["created", "modified", "deleted"]
Contracts = Literal["fvRsProv", "fvRsCons"]


class Subnet(NamedTuple):
    """A subnet that stands there."""

    annotation: str
    scope: str


@dataclass(slots=True)
class Epg:
    """An external EPG that stands there. `contracts`: by class, contract -> annotation."""

    annotation: str = ""
    preferred: str = ""
    subnets: dict[str, Subnet] = field(default_factory=dict)
    contracts: dict[str, dict[str, str]] = field(default_factory=lambda: {"fvRsProv": {}, "fvRsCons": {}})

    def has_only(self, marker: str) -> bool:
        """Whether everything below it carries this annotation."""
        return all(subnet.annotation == marker for subnet in self.subnets.values()) and all(
            annotation == marker for held in self.contracts.values() for annotation in held.values()
        )

    def has_any(self, marker: str) -> bool:
        """Whether it, or anything below it, carries this annotation."""
        return (
            self.annotation == marker
            or any(subnet.annotation == marker for subnet in self.subnets.values())
            or any(annotation == marker for held in self.contracts.values() for annotation in held.values())
        )


@dataclass(slots=True)
class L3Out:
    """An L3Out that was read. `exists`: whether the APIC has it."""

    exists: bool = False
    epgs: dict[str, Epg] = field(default_factory=dict)


@dataclass(slots=True)
class Fabric:
    """What is known. An L3Out that is not in here has not been read: nothing is decided about it."""

    l3outs: dict[L3OutKey, L3Out] = field(default_factory=dict)

    def install(self, key: L3OutKey, objects: Iterable[Mo]) -> None:
        """Replace all that was known of an L3Out by a full reading of it."""
        self.l3outs[key] = L3Out()
        for item in sorted(objects, key=lambda item: len(item.dn)):
            self.apply("created", item)

    def forget(self, key: L3OutKey) -> None:
        """An L3Out is no longer followed, or what is known of it may be old."""
        self.l3outs.pop(key, None)

    def apply(self, kind: ChangeKind, item: Mo) -> bool:
        """Follow one change; returns whether it made a difference to what is known."""
        key = l3out_of(item.dn)
        l3out = self.l3outs.get(key) if key else None
        if l3out is None:
            return False
        return _APPLY.get(item.cls, _ignore)(l3out, kind, item)

    def holders(self, marker: str) -> set[L3OutKey]:
        """L3Outs in which something carries this annotation."""
        return {key for key, l3out in self.l3outs.items() if any(epg.has_any(marker) for epg in l3out.epgs.values())}

    def count(self, marker: str) -> int:
        """Subnets that carry this annotation."""
        epgs = (epg for l3out in self.l3outs.values() for epg in l3out.epgs.values())
        return sum(subnet.annotation == marker for epg in epgs for subnet in epg.subnets.values())


def _ignore(_l3out: L3Out, _kind: ChangeKind, _item: Mo) -> bool:
    """A class that does not concern us."""
    return False


def _of_l3out(l3out: L3Out, kind: ChangeKind, _item: Mo) -> bool:
    before, l3out.exists = l3out.exists, kind != "deleted"
    if kind == "deleted":
        l3out.epgs.clear()
    return before != l3out.exists


def _of_epg(l3out: L3Out, kind: ChangeKind, item: Mo) -> bool:
    name = dns.rn(item.dn).removeprefix("instP-")
    if kind == "deleted":
        return l3out.epgs.pop(name, None) is not None
    is_new = name not in l3out.epgs
    epg = l3out.epgs.setdefault(name, Epg())
    before = epg.annotation, epg.preferred
    epg.annotation = sys.intern(item.get("annotation", epg.annotation))
    epg.preferred = sys.intern(item.get("prefGrMemb", epg.preferred))
    return is_new or before != (epg.annotation, epg.preferred)


def _epg_above(l3out: L3Out, kind: ChangeKind, item: Mo) -> Epg | None:
    name = dns.rn(dns.parent(item.dn)).removeprefix("instP-")
    return l3out.epgs.get(name) if kind == "deleted" else l3out.epgs.setdefault(name, Epg())


def _of_subnet(l3out: L3Out, kind: ChangeKind, item: Mo) -> bool:
    epg, ip = _epg_above(l3out, kind, item), dns.rn(item.dn)[len("extsubnet-[") : -1]
    if epg is None:
        return False
    if kind == "deleted":
        return epg.subnets.pop(ip, None) is not None
    before = epg.subnets.get(ip)
    old = before or Subnet("", "import-security")
    annotation, scope = item.get("annotation", old.annotation), item.get("scope", old.scope)
    epg.subnets[sys.intern(ip)] = new = Subnet(sys.intern(annotation), sys.intern(scope))
    return before != new


def _of_contract(l3out: L3Out, kind: ChangeKind, item: Mo) -> bool:
    epg, name = _epg_above(l3out, kind, item), dns.rn(item.dn).partition("-")[2]
    if epg is None:
        return False
    held = epg.contracts[item.cls]
    before = held.get(name)
    if kind == "deleted":
        return held.pop(name, None) is not None
    held[name] = sys.intern(item.get("annotation", before or ""))
    return before != held[name]


_APPLY = {
    "l3extOut": _of_l3out,
    "l3extInstP": _of_epg,
    "l3extSubnet": _of_subnet,
    "fvRsProv": _of_contract,
    "fvRsCons": _of_contract,
}
