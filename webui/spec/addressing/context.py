"""What a rule may look at, and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from webui.spec.inventory import addresses, subnets
from webui.spec.model import ClusterSpec
from webui.spec.parsing import get
from webui.spec.site import SiteFacts
from webui.spec.values import Address, Network


@dataclass(frozen=True)
class Derived:
    """A value for a field, and why."""

    path: str
    value: Any
    why: str


@dataclass(frozen=True)
class Context:
    """The spec as far as it is filled, the site's facts and what was applied before."""

    spec: ClusterSpec
    facts: SiteFacts | None
    applied: ClusterSpec | None

    def used_addresses(self, but: str) -> set[Address]:
        """Addresses that are taken, leaving out the field in question."""
        return {placed.address for placed in addresses(self.spec) if placed.path != but}

    def used_subnets(self, but: str) -> list[Network]:
        """Subnets that are taken: by the spec, leaving out the field in question, and in the VRF."""
        own = [ranged.subnet for ranged in subnets(self.spec) if ranged.path != but]
        vrf = (self.spec.l3out.vrf.tenant or self.spec.l3out.tenant, self.spec.l3out.vrf.name)
        # a default route in the VRF overlaps everything and hinders nothing
        return own + [
            used.prefix
            for used in (self.facts.subnets if self.facts else ())
            if used.vrf == vrf and used.prefix.prefixlen
        ]

    def kept(self, path: str) -> Any:
        """What the field had when it was applied. Leaves are found by their node id, machines by their name."""
        return get(self.applied, _same_row(self.applied, self.spec, path)) if self.applied else None


Rule = Callable[[Context], Iterator[Derived]]


def _same_row(applied: ClusterSpec, spec: ClusterSpec, path: str) -> str:
    for rows, key in (("l3out.anchors", "node"), ("machines.control_plane", "name"), ("machines.workers", "name")):
        if path.startswith(f"{rows}."):
            row, rest = path.removeprefix(f"{rows}.").split(".", 1)
            wanted = get(spec, f"{rows}.{row}.{key}")
            before = [
                n for n, entry in enumerate(get(applied, rows)) if wanted is not None and getattr(entry, key) == wanted
            ]
            return f"{rows}.{before[0]}.{rest}" if before else "none"
    return path
