"""Who reached whom when the machines were prepared, as the hosts stage told it: a matrix for the page. PURE."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from webui.clusters.documents import at

STATES = {
    "ok": ("ok", "reached"),
    "mtu": ("warn", "small packets only"),
    "ssh": ("bad", "no ssh"),
    "silent": ("bad", "silent"),
    "refused": ("bad", "refused"),
}
"""The hosts stage's words: kind of mark, and what the page says."""


@dataclass(frozen=True)
class Cell:
    """kind: ok, warn, bad, or "" where nothing was asked."""

    kind: str
    words: str


@dataclass(frozen=True)
class Matrix:
    """`rows`: (machine, its cells in the order of `columns`); `causes`: likely ones, as sentences."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    causes: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Everybody reached everything that was asked."""
        return all(cell.kind in ("", "ok") for _, cells in self.rows for cell in cells)


def matrix(outputs: Mapping[str, Any] | None) -> Matrix | None:
    """The matrix of the last preparation; None where there is none."""
    found = at(outputs, "hosts.reachability")
    cells = at(found, "cells")
    if not isinstance(cells, Mapping) or not cells:
        return None
    columns = tuple(map(str, _list(found, "columns")))
    rows = tuple(
        (str(host), tuple(_cell(answers.get(name) if isinstance(answers, Mapping) else None) for name in columns))
        for host, answers in cells.items()
    )
    return Matrix(columns, rows, tuple(map(str, _list(found, "causes"))))


def _cell(state: object) -> Cell:
    return Cell(*STATES[state]) if isinstance(state, str) and state in STATES else Cell("", "not asked")


def _list(found: Any, key: str) -> list[Any]:
    value = at(found, key)
    return value if isinstance(value, list) else []
