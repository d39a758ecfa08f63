"""A likely cause with its remedy, and the book in which causes of many cells become few findings. PURE."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from webui.verify.report import Finding

Severity = Literal["bad", "warn"]

LABEL_REMEDY = (
    "Plan changes and apply: the stage network labels the node again. If the machine has moved, change its rack in the "
    "spec."
)


@dataclass(frozen=True)
class Cause:
    """`kind` and `subject` tell causes apart: cells with the same ones share a finding. `field`: the spec's path."""

    kind: str
    subject: str
    cause: str
    remedy: str
    field: str = ""
    page: str = ""
    evidence: tuple[str, ...] = ()
    severity: Severity = "bad"


@dataclass
class _Entry:
    number: int
    cause: Cause
    what: str
    places: list[str] = field(default_factory=list)
    evidence: dict[str, None] = field(default_factory=dict)


class Book:
    """Takes causes and gives each group its number."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str, str], _Entry] = {}

    def note(self, cause: Cause, what: str, place: str = "") -> int:
        """Number of the finding. `what` is a sentence in which `{}` stands for the places, e.g. leaves or nodes."""
        key = (cause.kind, cause.subject, what)
        entry = self._entries.setdefault(key, _Entry(len(self._entries) + 1, cause, what))
        if place and place not in entry.places:
            entry.places.append(place)
        entry.evidence.update(dict.fromkeys(cause.evidence))
        return entry.number

    def findings(self) -> tuple[Finding, ...]:
        """All of them, in the order in which they were found."""
        return tuple(_finding(entry) for entry in self._entries.values())


def _finding(entry: _Entry) -> Finding:
    cause = entry.cause
    return Finding(
        entry.number,
        cause.severity,
        entry.what.replace("{}", listed(entry.places)),
        cause.cause,
        cause.remedy,
        cause.field,
        cause.page,
        tuple(entry.evidence)[:6],
        cause.kind,
        cause.subject,
    )


def listed(names: Iterable[str], most: int = 6) -> str:
    """`a, b and c`; long lists end with how many more there are."""
    found = list(names)
    if len(found) > most:
        return f"{', '.join(found[:most])} and {len(found) - most} more"
    return " and ".join([", ".join(found[:-1]), found[-1]]) if len(found) > 1 else "".join(found)
