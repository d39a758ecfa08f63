"""The stepper at the left: which pages are done, have problems, were not opened yet, are to come."""

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
    pages = (page for page in PAGES if needed(page, judged.spec.mode))
    return [_step(page, here, [p for p in told if p.page == page.key], draft) for page in pages]


def state_of(page: Page, problems: list[Problem], visited: tuple[str, ...]) -> str:
    """done | problem | warning | todo | later."""
    if page.to_come:
        return "later"
    if any(problem.severity == "blocking" for problem in problems):
        return "problem"
    if problems:
        return "warning"
    return "done" if page.key in visited else "todo"


def _step(page: Page, here: Page, problems: list[Problem], draft: Draft) -> dict[str, Any]:
    state = state_of(page, [] if page.to_come else problems, draft.visited)
    return {
        "text": page.title,
        "url": None if page.to_come else url_for(page.endpoint, cluster_id=draft.cluster_id),
        "key": page.key,
        "state": state,
        "current": page == here,
        "note": "" if page.to_come else count(problems),
    }
