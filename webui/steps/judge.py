"""A draft judged: what it says, what is wrong with it, what is proposed, and what of that a page shows. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from webui.spec import ClusterSpec, Problem, Proposal, check, parse, proposals, secrets
from webui.spec.site import SiteFacts
from webui.spec.vcenter_site import VCenterFacts
from webui.steps.document import at, blank_to_none
from webui.steps.words import many

STAGE: Literal["fabric", "all"] = "all"
"""What is asked for: everything that the mode needs."""


@dataclass(frozen=True)
class Judged:
    """A draft with everything that is known about it."""

    spec: ClusterSpec
    problems: list[Problem]
    proposals: dict[str, Proposal]
    facts: SiteFacts | None = None
    """Those that it was judged by: without the cluster's own L3Out."""

    def blocking(self) -> list[Problem]:
        """What forbids a plan."""
        return [problem for problem in self.problems if problem.severity == "blocking"]


@dataclass(frozen=True)
class Known:
    """What is known besides the draft: the fabric, what the cluster was built with, problems that a database knows."""

    facts: SiteFacts | None = None
    applied: ClusterSpec | None = None
    problems: tuple[Problem, ...] = ()
    vcenter: VCenterFacts | None = None
    """Without the cluster's own machines."""


def judge(document: Mapping[str, Any], secret: Mapping[str, str], known: Known) -> Judged:
    """Read, check and complete a draft."""
    parsed = parse(secrets.merge(document, secret))
    problems = [*parsed.problems, *known.problems, *_checked(parsed.spec, known)]
    # A wrong value was left out of the spec, where it reads as missing: its own problem says more.
    wrong = {problem.field for problem in parsed.problems}
    told = [p for p in problems if p in parsed.problems or p.field not in wrong]
    return Judged(
        parsed.spec, list(dict.fromkeys(told)), proposals(parsed.spec, known.facts, known.applied), known.facts
    )


def _checked(spec: ClusterSpec, known: Known) -> list[Problem]:
    return check(spec, known.facts, stage=STAGE, applied=known.applied, vcenter=known.vcenter)


def visible(problems: Iterable[Problem], document: Mapping[str, Any], visited: Sequence[str]) -> list[Problem]:
    """What may be said now: of a page that was never finished, not that something is missing on it."""
    return [p for p in problems if p.page in visited or _typed(document, p.field)]


def _typed(document: Mapping[str, Any], path: str) -> bool:
    """Whether something stands at a path; an entry of a list that was typed as one text counts by that text."""
    above, _, last = path.rpartition(".")
    entry = last.isdecimal() and isinstance(at(document, above), str)
    return blank_to_none(at(document, above if entry else path)) is not None


def home(path: str, names: Iterable[str], tables: Iterable[str] = ()) -> str:
    """The field of a page that shows what is said of a path: itself, the cell of a table, a field above or below it."""
    names = list(names)
    if path in names:
        return path
    above = [name for name in names if path.startswith(name + ".")]
    if above:
        nearest = max(above, key=len)
        return path if nearest in tables else nearest
    return next((name for name in names if name.startswith(path + ".")), path)


def housed(problems: Iterable[Problem], names: Iterable[str], tables: Iterable[str] = ()) -> list[Problem]:
    """The problems at the fields that show them."""
    names, tables = list(names), list(tables)
    return [replace(problem, field=home(problem.field, names, tables)) for problem in problems]


def first_at(problems: Iterable[Problem]) -> dict[str, Problem]:
    """One problem for each field, a blocking one before a warning."""
    found: dict[str, Problem] = {}
    for problem in problems:
        before = found.get(problem.field)
        if before is None or (before.severity == "warning" and problem.severity == "blocking"):
            found[problem.field] = problem
    return found


def count(problems: Iterable[Problem]) -> str:
    """`2 problems, 1 warning`; empty when there is none."""
    found = list(problems)
    blocking = sum(problem.severity == "blocking" for problem in found)
    parts = ((blocking, "problem"), (len(found) - blocking, "warning"))
    return ", ".join(many(n, word) for n, word in parts if n)
