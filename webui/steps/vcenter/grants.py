"""Missing privileges for the page: one entry for each object, the privileges by name below it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from webui.spec import Problem

_NAMED = re.compile(r"(?P<words>.+) \((?P<id>[\w.]+)\)")


@dataclass(frozen=True)
class Grant:
    """What is missing on one object: (id, the vSphere client's words) of each privilege."""

    sentence: str
    privileges: tuple[tuple[str, str], ...]
    remedy: str


def grants(lacking: Iterable[Problem]) -> list[Grant]:
    """The problems of `lookups.vcenter.privileges` in parts: "User u lacks … on x: words (id); words (id)."."""
    return [_grant(problem) for problem in lacking]


def shortened(lacking: Iterable[Problem]) -> list[Problem]:
    """The problems as they stand at fields: how many, and where their names are."""
    remedy = "The vCenter page lists what is missing by name, and what to grant."
    return [replace(problem, sentence=_grant(problem).sentence, remedy=remedy) for problem in lacking]


def _grant(problem: Problem) -> Grant:
    head, _, tail = problem.sentence.partition(": ")
    named = [_NAMED.fullmatch(part.strip()) for part in tail.removesuffix(".").split(";")]
    return Grant(f"{head}.", tuple((one["id"], one["words"]) for one in named if one), problem.remedy)
