"""What the judge says, as plain data that is stored, printed and shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

VERSION = 1
State = Literal["ok", "warn", "bad", "none", "unknown"]
"""ok: as it must be; warn: works, but look; bad: red; none: nothing is wanted here; unknown: not asked."""


@dataclass(frozen=True)
class Cell:
    """One answer. `since`: ISO time, "" where it is not known; `finding`: its number in the report, 0 without."""

    state: State
    words: str
    detail: str = ""
    since: str = ""
    finding: int = 0


NOT_WANTED = Cell("none", "not peered")
NOT_ASKED = Cell("unknown", "not asked")


@dataclass(frozen=True)
class Finding:
    """Why something is red: what, the likely cause, the remedy, and the field of the wizard that it belongs to.

    `kind` and `subject` are the cause's, for those who mend: what sort it is, and whose.
    """

    number: int
    severity: Literal["bad", "warn"]
    what: str
    cause: str
    remedy: str
    field: str = ""
    page: str = ""
    evidence: tuple[str, ...] = ()
    kind: str = ""
    subject: str = ""


@dataclass(frozen=True)
class NodeRow:
    """A node: is it ready, does its routing agent run, does its label fit, does it know the way to other pods."""

    name: str
    role: str
    rack: str
    ready: Cell
    agent: Cell
    label: Cell
    routes: Cell


@dataclass(frozen=True)
class SessionRow:
    """A node's sessions: by leaf, one cell for each family of the report."""

    node: str
    rack: str
    cells: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class LeafHead:
    """A column of the sessions."""

    node: int
    rack: str
    v4: str
    v6: str


@dataclass(frozen=True)
class PrefixRow:
    """A prefix: who announces it, and what each leaf holds."""

    prefix: str
    what: str
    source: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Setting:
    """Something that the APIC has, against the spec."""

    title: str
    wanted: str
    found: str
    cell: Cell


@dataclass(frozen=True)
class CheckRow:
    """What a source reaches, by column."""

    source: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Count:
    """How many are as they must be."""

    good: int
    all: int

    def __str__(self) -> str:
        return f"{self.good} of {self.all}"


@dataclass(frozen=True)
class Report:
    """The whole judgement. `at`: when everything was seen, ISO time, UTC."""

    at: str
    green: bool
    families: tuple[str, ...]
    leaves: tuple[LeafHead, ...]
    nodes: tuple[NodeRow, ...]
    sessions: tuple[SessionRow, ...]
    prefixes: tuple[PrefixRow, ...]
    settings: tuple[Setting, ...]
    columns: tuple[str, ...]
    """Of the data path's checks."""
    checks: tuple[CheckRow, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()
    """What was not asked, and why."""
    terms: Mapping[str, str] = field(default_factory=dict)
    """Words for headings: AS numbers, timers, limit."""
    version: int = VERSION

    @property
    def session_count(self) -> Count:
        """Sessions that are up as they must be, of those that were asked."""
        return _count(cell for row in self.sessions for cells in row.cells for cell in cells)

    @property
    def prefix_count(self) -> Count:
        """Prefixes that every leaf holds as it must."""
        asked = [row for row in self.prefixes if any(cell.state not in ("none", "unknown") for cell in row.cells)]
        return Count(sum(all(cell.state in ("ok", "none") for cell in row.cells) for row in asked), len(asked))

    @property
    def node_count(self) -> Count:
        """Nodes that are ready."""
        return _count(row.ready for row in self.nodes)

    @property
    def check_count(self) -> Count:
        """Checks of the data path that passed."""
        return _count(cell for row in self.checks for cell in row.cells)

    @property
    def setting_count(self) -> Count:
        """Settings on the APIC that are as the spec says."""
        return _count(one.cell for one in self.settings)

    @property
    def sentence(self) -> str:
        """The report in one sentence."""
        parts = (
            (self.node_count, "nodes ready"),
            (self.session_count, "sessions up"),
            (self.prefix_count, "prefixes as expected"),
            (self.check_count, "checks of the data path passed"),
        )
        told = [f"{count} {words}" for count, words in parts if count.all]
        return f"{', '.join(told)}." if told else "Nothing could be asked."

    def to_json(self) -> dict[str, Any]:
        """For a JSON column."""
        found: dict[str, Any] = _ADAPTER.dump_python(self, mode="json")
        return found


_ADAPTER = TypeAdapter(Report)


def from_json(stored: object) -> Report | None:
    """The report that `to_json` wrote; None for anything else, another version's too."""
    try:
        report = _ADAPTER.validate_python(stored)
    except ValidationError:
        return None
    return report if report.version == VERSION else None


def _count(cells: Iterator[Cell]) -> Count:
    asked = [cell for cell in cells if cell.state not in ("none", "unknown")]
    return Count(sum(cell.state == "ok" for cell in asked), len(asked))
