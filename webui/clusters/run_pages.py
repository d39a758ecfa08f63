"""The list of runs, the page of one, and what can be done to it."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from webui.accounts import access, context
from webui.clusters import find, run_view
from webui.clusters.actions import confirmed
from webui.clusters.states import run_state, run_title
from webui.runs import service
from webui.store.models import Run

bp = Blueprint("runs", __name__, template_folder="templates")

FIRST_LINES = 500
"""Log lines that the page itself holds; the rest comes by the stream or on scrolling up."""

PAGE = 50


@bp.get("/runs")
def listing() -> str:
    """Every run of every cluster, newest first."""
    page = max(1, request.args.get("page", 1, type=int))
    total = context.db().scalar(select(func.count()).select_from(Run)) or 0
    query = select(Run).order_by(Run.id.desc()).limit(PAGE).offset((page - 1) * PAGE)
    rows = [(run, find.name_of(run.cluster), run_state(run)) for run in context.db().scalars(query)]
    return render_template(
        "runs/list.html",
        section="runs",
        shows_lab=any(run.cluster.site == "lab" for run, _, _ in rows),
        rows=[(run, name, state, run_title(run, name)) for run, name, state in rows],
        total=total,
        page=page,
        pages=-(-total // PAGE),
    )


@bp.get("/runs/<int:run_id>")
def page(run_id: int) -> str:
    """Stages, log, progress; works without script by reloading."""
    db = context.db()
    run = find.run(db, run_id)
    level, q = request.args.get("level", ""), request.args.get("q", "").strip()
    lines = run_view.lines(db, run.id, level=level, q=q, limit=FIRST_LINES)
    return render_template(
        "runs/run.html",
        section="runs",
        wide=True,
        shows_lab=run.cluster.site == "lab",
        lines=lines,
        counts=run_view.counts(db, run.id),
        level=level,
        q=q,
        last=lines[-1].n if lines else 0,
        **run_view.facts(db, run),
    )


@bp.post("/runs/<int:run_id>/stop")
@access.needs("operator")
def stop(run_id: int) -> ResponseReturnValue:
    """End it early: within 10 s, with the state kept."""
    run = find.run(context.db(), run_id)
    service.request_stop(context.db(), run.id, context.who())
    return _back(run)


@bp.post("/runs/<int:run_id>/resume")
@access.needs("operator")
def resume(run_id: int) -> ResponseReturnValue:
    """Go on where it ended, in a new run."""
    run = find.run(context.db(), run_id)
    password = request.form.get("admin_password") or None
    return _back(service.resume(context.db(), run.id, context.who(), admin_password=password))


@bp.post("/runs/<int:run_id>/apply")
@access.needs("operator")
def apply(run_id: int) -> ResponseReturnValue:
    """Apply exactly the plan of this run. A removal asks for the cluster's name."""
    run = find.run(context.db(), run_id)
    if run.action == "destroy":
        confirmed(find.name_of(run.cluster))
    password = request.form.get("admin_password") or None
    return _back(service.request_apply(context.db(), run.id, context.who(), admin_password=password))


@bp.post("/runs/<int:run_id>/discard")
@access.needs("operator")
def discard(run_id: int) -> ResponseReturnValue:
    """Give up a plan."""
    run = find.run(context.db(), run_id)
    service.discard(context.db(), run.id, context.who())
    return _back(run)


def _back(run: Run) -> ResponseReturnValue:
    return redirect(url_for("runs.page", run_id=run.id))
