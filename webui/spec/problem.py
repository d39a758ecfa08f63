"""What is wrong with a document, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["blocking", "warning"]
Page = Literal["fabric", "l3out", "vcenter", "machines", "cluster", "network", "review"]

_PAGES: dict[str, Page] = {
    "name": "fabric",
    "mode": "fabric",
    "version": "review",
    "fabric": "fabric",
    "l3out": "l3out",
    "vcenter": "vcenter",
    "machines": "machines",
    "cluster": "cluster",
    "network": "network",
}


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong. `field` is a path such as `l3out.anchors.2.v4`; `page` is where it is mended."""

    severity: Severity
    field: str
    sentence: str
    remedy: str
    page: Page


def page_of(path: str) -> Page:
    """The wizard page that holds a field."""
    return _PAGES.get(path.split(".", 1)[0], "review")


def blocking(field: str, sentence: str, remedy: str) -> Problem:
    """A problem that forbids to go on."""
    return Problem("blocking", field, sentence, remedy, page_of(field))


def warning(field: str, sentence: str, remedy: str) -> Problem:
    """A problem that the user should know of."""
    return Problem("warning", field, sentence, remedy, page_of(field))
