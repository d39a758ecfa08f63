"""The last verification of a cluster as pages show it. PURE."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from webui.clusters.documents import at
from webui.clusters.states import State
from webui.verify import Cell, Report, from_json

MARKS = {"ok": "ok", "warn": "warn", "bad": "bad"}


@dataclass(frozen=True)
class Tile:
    """A count on top of the page, and the section that it leads to."""

    title: str
    good: int
    all: int
    section: str

    @property
    def kind(self) -> str:
        """ok, bad, or idle where nothing was asked."""
        if not self.all:
            return "idle"
        return "ok" if self.good == self.all else "bad"


def of(outputs: Mapping[str, Any] | None) -> Report | None:
    """The stored report; None where nothing was verified yet."""
    return from_json(at(outputs, "verify"))


def state(report: Report | None) -> State:
    """The report in a word or two."""
    if report is None:
        return State("idle", "Not verified yet", "ended")
    if report.green:
        return State("ok", "All green", "ended")
    count = sum(one.severity == "bad" for one in report.findings)
    if not count:
        return State("warn", "Not all was asked", "failed")
    return State("bad", f"{count} {'finding' if count == 1 else 'findings'}", "failed")


def tiles(report: Report) -> tuple[Tile, ...]:
    """The counts."""
    counts = (
        ("Nodes ready", report.node_count, "nodes"),
        ("Sessions up", report.session_count, "sessions"),
        ("Prefixes as expected", report.prefix_count, "prefixes"),
        ("Settings on the APIC", report.setting_count, "settings"),
        ("Data path", report.check_count, "paths"),
    )
    return tuple(Tile(title, count.good, count.all, section) for title, count, section in counts)


def when(text: str) -> dt.datetime | None:
    """A time out of a report."""
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def sessions_of(report: Report | None) -> dict[str, dict[str, bool]] | None:
    """Node -> leaf -> whether its sessions are up, of those that were asked: for the picture."""
    if report is None:
        return None
    found: dict[str, dict[str, bool]] = {}
    for row in report.sessions:
        for leaf, cells in zip(report.leaves, row.cells, strict=True):
            asked = [cell for cell in cells if cell.state in MARKS and cell.words != "Up, other rack"]
            if asked:
                found.setdefault(row.node, {})[str(leaf.node)] = all(_is_up(cell) for cell in asked)
    return found


def _is_up(cell: Cell) -> bool:
    return cell.words.startswith("Up")
