"""The stepper at the left: which pages are done, have problems, were not opened yet, are not needed."""

from __future__ import annotations

from typing import Any

from flask import url_for

from webui.spec import Problem
from webui.steps.drafts import Draft
from webui.steps.judge import Judged, count, visible
from webui.steps.pages import PAGES, Page, needed


def steps_of(here: Page, judged: Judged, draft: Draft) -> list[dict[str, Any]]:
    """The pages as the shell's stepper wants them."""
    told = visible(judged.problems, draft.document, draft.visited)
    mode = judged.spec.mode
    return [_step(page, here, [p for p in told if p.page == page.key], draft, needed(page, mode)) for page in PAGES]


def state_of(page: Page, problems: list[Problem], visited: tuple[str, ...]) -> str:
    """done | problem | warning | todo."""
    if any(problem.severity == "blocking" for problem in problems):
        return "problem"
    if problems:
        return "warning"
    return "done" if page.key in visited else "todo"


def _step(page: Page, here: Page, problems: list[Problem], draft: Draft, is_needed: bool) -> dict[str, Any]:
    """A page that the mode does not have can still be opened: it says so, and what was typed there is kept."""
    return {
        "text": page.title,
        "url": url_for(page.endpoint, cluster_id=draft.cluster_id),
        "key": page.key,
        "state": state_of(page, problems, draft.visited) if is_needed else "unneeded",
        "current": page == here,
        "note": count(problems) if is_needed else "Not needed",
    }
