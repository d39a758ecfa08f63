"""What a rule may look at, and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from webui.spec.inventory import addresses, machine_rows, subnets
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
        return {address for path, address in self.holdings() if path != but}

    def holdings(self) -> list[tuple[str, Address]]:
        """(path, address) of all that is taken: given, derived so far, and what empty rows had when they were applied.

        A new row must not take the address of one that stands below it.
        """
        taken = {placed.path: placed.address for placed in addresses(self.spec)}
        rows = [f"l3out.anchors.{n}" for n in range(len(self.spec.l3out.anchors))]
        rows += [path for path, _, _ in machine_rows(self.spec)]
        empty = [
            f"{row}.v{version}"
            for row in rows
            if self.applied
            for version in (4, 6)
            if f"{row}.v{version}" not in taken
        ]
        kept = ((path, self.kept(path)) for path in empty)
        return [*taken.items(), *((path, address) for path, address in kept if address is not None)]

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
