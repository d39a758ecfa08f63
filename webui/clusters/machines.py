"""Machines of a cluster as its page shows them: as they were made, else as the document has them. PURE."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from webui.clusters.documents import at, text

ROLES = {"control_plane": "Control plane", "workers": "Worker"}
OTHER_WORDS = {"control-plane": "Control plane", "worker": "Worker"}


@dataclass(frozen=True)
class Machine:
    """One machine. `address` is what vCenter reports, "" where nobody told; `made`: it is in the outputs."""

    name: str
    role: str
    v4: str
    v6: str
    rack: str
    address: str = ""
    mac: str = ""
    made: bool = False
    prepared: bool = False
    """The hosts stage has been through it."""

    @property
    def differs(self) -> bool:
        """vCenter reports another address than the one that was asked for."""
        return bool(self.address) and self.address not in (self.v4, self.v6)


def machines(document: Any, outputs: Mapping[str, Any] | None) -> list[Machine]:
    """Every machine that the document names or the outputs hold, control plane first."""
    made = at(outputs, "machines")
    known = made if isinstance(made, Mapping) else {}
    ready = at(outputs, "hosts.machines")
    prepared = _prepared(known, ready if isinstance(ready, Mapping) else {})
    drafted = [_of_row(row, role, known) for role in ROLES for row in _rows(document, role)]
    names = {machine.name for machine in drafted}
    left = [_of_output(str(name), row) for name, row in known.items() if str(name) not in names]
    found = [machine for machine in (*drafted, *left) if machine.name or machine.v4]
    return [replace(machine, prepared=machine.name in prepared) for machine in found]


def csv_of(rows: list[Machine]) -> str:
    """Addresses for a spreadsheet or an address management system: one line a machine."""
    lines = ["name,role,rack,ipv4,ipv6,mac", *(",".join(map(_cell, _values(row))) for row in rows)]
    return "\r\n".join(lines) + "\r\n"


def _values(row: Machine) -> tuple[str, ...]:
    return (row.name, row.role.lower(), row.rack, row.v4, row.v6, row.mac)


def _cell(value: str) -> str:
    # A spreadsheet would take such a text for a formula.
    safe = f"'{value}" if value[:1] in ("=", "+", "-", "@") else value
    return '"' + safe.replace('"', '""') + '"' if any(mark in safe for mark in ',"\r\n') else safe


def _prepared(made: Mapping[str, Any], ready: Mapping[str, Any]) -> frozenset[str]:
    """Names of the machines that the hosts stage has been through, and that are still the same ones (by UUID)."""
    return frozenset(name for name, uuid in ready.items() if str(uuid) == text(made.get(name), "uuid"))


def _rows(document: Any, role: str) -> list[Any]:
    found = at(document, f"machines.{role}")
    return found if isinstance(found, list) else []


def _of_row(row: Any, role: str, known: Mapping[str, Any]) -> Machine:
    name = text(row, "name")
    made = known.get(name)
    v4, v6, rack = text(row, "v4"), text(row, "v6"), text(row, "rack")
    if not isinstance(made, Mapping):
        return Machine(name, ROLES[role], v4, v6, rack)
    return Machine(name, ROLES[role], v4, v6, rack, text(made, "address"), text(made, "mac"), made=True)


def _of_output(name: str, row: Any) -> Machine:
    role = (ROLES | OTHER_WORDS).get(text(row, "role"), "Worker")
    v4, v6, rack = text(row, "v4"), text(row, "v6"), text(row, "rack")
    return Machine(name, role, v4, v6, rack, text(row, "address"), text(row, "mac"), made=True)
