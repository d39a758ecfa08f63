"""What the page of a run shows, from its row: parts that change are rendered one by one for the event stream."""

from __future__ import annotations

import json
from typing import Any

from flask import render_template
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webui.clusters import find, links
from webui.clusters.states import percent, run_state, run_title, stage_sentence
from webui.runs import service
from webui.runs.diff import changes_nothing
from webui.store.models import ACTIVE, Event, Run

PARTS = ("tag", "meta", "actions", "result", "bar", "stages")
"""Parts of the page that are sent again when they differ. Each is templates/runs/_NAME.html."""

LEVELS = {"": ("info", "warning", "error"), "warning": ("warning", "error"), "error": ("error",)}
"""Level filter: what it lets through."""


def facts(db: Session, run: Run) -> dict[str, Any]:
    """The variables of the templates."""
    name = find.name_of(run.cluster)
    stage, doing = stage_sentence(run.stages)
    ended_well = run.state == "succeeded"
    return {
        "run": run,
        "name": name,
        "title": run_title(run, name),
        "state": run_state(run),
        "active": run.state in ACTIVE,
        "stage": stage,
        "doing": doing,
        "percent": percent(run.stages, ended_well=ended_well),
        "halted": run.state in ("failed", "stopped", "interrupted"),
        "diff": run.diff or {},
        "changes": run.diff is not None and not changes_nothing(run.diff),
        "stale": service.why_stale(db, run) if run.kind == "plan" and ended_well else "",
        "resumable": run.state in service.ENDED_EARLY and find.is_newest(db, run),
        "stopped_at": next((one.name for one in run.stages if one.state in ("failed", "stopped")), ""),
        "field_link": _field_link(run),
    }


def _field_link(run: Run) -> str:
    """The wizard's field that mends the failure; empty where it is not in the wizard."""
    failure = run.failure or {}
    page = failure.get("page") or ""
    return links.wizard(run.cluster_id, page, failure.get("field") or "") if page else ""


def parts(db: Session, run: Run) -> dict[str, str]:
    """HTML of each part."""
    known = facts(db, run)
    return {part: render_template(f"runs/_{part}.html", **known) for part in PARTS}


def line(event: Event) -> dict[str, Any]:
    """A log line as the page's script takes it."""
    at = event.at.isoformat(timespec="milliseconds")
    return {"n": event.n, "at": at, "level": event.level, "stage": event.stage, "text": event.text}


def counts(db: Session, run_id: int) -> dict[str, int]:
    """Number of lines by level: all, warning (errors among them), error."""
    query = select(Event.level, func.count()).where(Event.run_id == run_id).group_by(Event.level)
    found: dict[str, int] = {row[0]: row[1] for row in db.execute(query)}
    errors, warnings = found.get("error", 0), found.get("warning", 0)
    return {"all": sum(found.values()), "warning": warnings + errors, "error": errors}


def lines(
    db: Session,
    run_id: int,
    *,
    before: int | None = None,
    after: int | None = None,
    level: str = "",
    q: str = "",
    limit: int,
) -> list[Event]:
    """Lines in their order: the newest before `before`, or the oldest after `after`; filtered by level and text."""
    query = select(Event).where(Event.run_id == run_id)
    if level in LEVELS and level:
        query = query.where(Event.level.in_(LEVELS[level]))
    if q:
        query = query.where(Event.text.icontains(q, autoescape=True))
    if after is not None:
        return list(db.scalars(query.where(Event.n > after).order_by(Event.n).limit(limit)))
    if before is not None:
        query = query.where(Event.n < before)
    return list(reversed(db.scalars(query.order_by(Event.n.desc()).limit(limit)).all()))


def sse(event: str, data: Any, number: int | None = None) -> str:
    """One server-sent event."""
    head = "" if number is None else f"id: {number}\n"
    return f"{head}event: {event}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n"
