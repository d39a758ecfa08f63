"""What users ask of runs: plan, apply, stop, resume. Each call commits; the queue is told after the commit."""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webui.runs import pipeline, queue, scope, snapshot
from webui.runs.events import events_after, log_lines
from webui.store.engine import box_of, settings_of
from webui.store.models import ACTIVE, Audit, Cluster, Run, Stage, now

__all__ = [
    "Busy",
    "NotResumable",
    "Stale",
    "discard",
    "events_after",
    "log_lines",
    "request_act",
    "request_apply",
    "request_plan",
    "request_stop",
    "resume",
]

ENDED_EARLY = ("failed", "stopped", "interrupted")
"""States from which a run can be resumed."""


class Refused(Exception):
    """The request cannot be met now; the message says why and what to do."""


class Busy(Refused):
    """The cluster has an active run."""


class Stale(Refused):
    """The plan is no longer what would happen."""


class NotResumable(Refused):
    """There is nothing to take up again."""


CHANGES = (Run.action != "verify") | Run.state.in_(ACTIVE)
"""Runs that others must heed: a verification that has ended left everything as it was."""

NO_DRAFT = -1
"""`Run.draft_version` of a plan of what was applied, where the draft says something else: it is never applied."""


def request_plan(
    db: Session, cluster_id: str, by: str, action: str = "apply", *, of: str = "draft", enqueue: bool = True
) -> Run:
    """A plan run for the draft (`apply`), for what was applied (`of="applied"`: has the fabric drifted?), or for
    removing it (`destroy`). Raises Busy."""
    cluster, box = db.get_one(Cluster, cluster_id, populate_existing=True), box_of(db)
    of_draft = of == "draft" or not draft_moved_on(db, cluster)
    taken = snapshot.of_draft(cluster, box) if action == "apply" and of_draft else snapshot.of_applied(cluster, box)
    run = Run(
        cluster_id=cluster_id,
        kind="plan",
        action=action,
        document=taken.document,
        sealed_secrets=taken.sealed,
        draft_version=cluster.draft_version if of_draft else NO_DRAFT,
        requested_by=by,
    )
    return _queue(db, run, enqueue)


def request_apply(
    db: Session, plan_run_id: int, by: str, *, admin_password: str | None = None, enqueue: bool = True
) -> Run:
    """An apply run of exactly the saved plan of a plan run. Raises Stale, Busy.

    `admin_password`: only for a destroy, to remove the installer's own user from the APIC; sealed until it is used.
    """
    plan, box = db.get_one(Run, plan_run_id, populate_existing=True), box_of(db)
    _must_be_fresh(db, plan)
    run = _successor(plan, by, plan_id=plan.id)
    if admin_password:
        run.sealed_secrets = snapshot.with_admin_password(run, admin_password, box)
    return _queue(db, run, enqueue)


def request_act(db: Session, cluster_id: str, by: str, action: str, *, enqueue: bool = True) -> Run:
    """A run of what was applied that needs no plan: `reset` (Kubernetes goes from the machines) or `verify`.

    Raises Busy, and Refused where there is no Kubernetes."""
    cluster = db.get_one(Cluster, cluster_id, populate_existing=True)
    if "control plane" not in (cluster.outputs or {}):
        raise Refused(f"{cluster.name or 'This draft'} has no Kubernetes yet. Apply a plan first.")
    taken = snapshot.of_applied(cluster, box_of(db))
    run = Run(
        cluster_id=cluster_id,
        kind="apply",
        action=action,
        document=taken.document,
        sealed_secrets=taken.sealed,
        draft_version=cluster.draft_version,
        requested_by=by,
    )
    return _queue(db, run, enqueue)


def request_stop(db: Session, run_id: int, by: str) -> None:
    """End a run early: at once when it only waits, within 10 s when it works. Ended runs stay as they are."""
    waiting = update(Run).where(Run.id == run_id, Run.state == "queued").values(state="stopped", ended=now())
    if not db.execute(waiting).rowcount:  # type: ignore[attr-defined]
        db.execute(update(Run).where(Run.id == run_id, Run.state == "running").values(state="stopping"))
    _note(db, db.get_one(Run, run_id), by, "run.stop")
    db.commit()
    db.refresh(db.get_one(Run, run_id))


def resume(db: Session, run_id: int, by: str, *, admin_password: str | None = None, enqueue: bool = True) -> Run:
    """A new run that goes on at the stage where this one ended. Raises NotResumable, Busy."""
    run = db.get_one(Run, run_id, populate_existing=True)
    if run.state not in ENDED_EARLY:
        raise NotResumable(
            f"Run {run.number} is {run.state}: only a failed, stopped or interrupted run can be resumed."
        )
    later = select(Run).where(Run.cluster_id == run.cluster_id, Run.id > run.id, CHANGES).order_by(Run.number.desc())
    newest = db.scalars(later).first()
    if newest:
        _must_not_be_active(newest)
        raise NotResumable(f"Run {newest.number} came after run {run.number}. Resume that one, or make a new plan.")
    again = _successor(run, by, plan_id=run.plan_id, resumes_id=run.id, kind=run.kind)
    if admin_password:
        again.sealed_secrets = snapshot.with_admin_password(again, admin_password, box_of(db))
    return _queue(db, again, enqueue, done=_done_before(run))


def discard(db: Session, plan_run_id: int, by: str) -> None:
    """Give up a plan that was reviewed: it can no longer be applied."""
    run = db.get_one(Run, plan_run_id, populate_existing=True)
    if run.kind == "plan" and run.state == "succeeded":
        run.state = "discarded"
        _note(db, run, by, "run.discard")
    db.commit()


def draft_moved_on(db: Session, cluster: Cluster) -> bool:
    """Whether the draft was changed after what was applied last."""
    applied = select(Run.draft_version).where(
        Run.cluster_id == cluster.id, Run.kind == "apply", Run.action == "apply", Run.state == "succeeded"
    )
    version = db.execute(applied.order_by(Run.id.desc()).limit(1)).scalar_one_or_none()
    return bool(cluster.applied) and version is not None and cluster.draft_version > version


def why_stale(db: Session, plan: Run) -> str:
    """Why a plan can no longer be applied, in a sentence; "" when it can."""
    if plan.kind != "plan" or plan.state != "succeeded" or plan.plan_digest is None:
        return f"Run {plan.number} holds no plan that can be applied ({plan.state}). Make a new plan."
    later = select(Run.number).where(Run.cluster_id == plan.cluster_id, Run.id > plan.id, Run.started.is_not(None))
    number = db.execute(later.where(CHANGES).order_by(Run.number)).scalars().first()
    if number is not None:
        return f"Run {number} came after this plan. Review a new plan."
    version = db.execute(select(Cluster.draft_version).where(Cluster.id == plan.cluster_id)).scalar_one()
    if plan.draft_version == NO_DRAFT:
        return "This plan is of what was applied, not of the draft. Plan the draft on its Review page."
    if plan.action == "apply" and version != plan.draft_version:
        return "The draft was changed after this plan was made. Review a new plan."
    return ""


def _must_be_fresh(db: Session, plan: Run) -> None:
    active = select(Run).where(Run.cluster_id == plan.cluster_id, Run.state.in_(ACTIVE))
    for other in db.scalars(active):
        _must_not_be_active(other)
    sentence = why_stale(db, plan)
    if sentence:
        raise Stale(sentence)


def _must_not_be_active(run: Run) -> None:
    if run.state in ACTIVE:
        raise Busy(f"Run {run.number} of this cluster is {run.state}. Wait until it has ended, or stop it.")


def _successor(run: Run, by: str, *, plan_id: int | None, resumes_id: int | None = None, kind: str = "apply") -> Run:
    return Run(
        cluster_id=run.cluster_id,
        kind=kind,
        action=run.action,
        plan_id=plan_id,
        resumes_id=resumes_id,
        document=run.document,
        sealed_secrets=run.sealed_secrets,
        draft_version=run.draft_version,
        # Of a plan that ended half way, the half that is there stays: its saved plan does, too.
        diff=run.diff,
        plan_digest=run.plan_digest if kind == "plan" else None,
        requested_by=by,
    )


def _done_before(run: Run) -> dict[str, str]:
    """Stages that need not be done again, and what to say of them."""
    done = [stage for stage in run.stages if stage.state in ("done", "skipped")]
    return {stage.name: stage.detail or f"Done in run {run.number}." for stage in done}


def _queue(db: Session, run: Run, enqueue: bool, done: dict[str, str] | None = None) -> Run:
    """Store the run as the cluster's one active run; the database refuses a second one."""
    cluster_id = run.cluster_id
    highest = db.execute(select(func.max(Run.number)).where(Run.cluster_id == cluster_id)).scalar_one()
    run.number = (highest or 0) + 1
    run.stages = _stages(run, done or {})
    db.add(run)
    try:
        db.flush()
    except IntegrityError:
        db.rollback()
        active = db.scalars(select(Run).where(Run.cluster_id == cluster_id, Run.state.in_(ACTIVE))).first()
        if active:
            _must_not_be_active(active)
        raise Busy("Another run of this cluster has just begun. Try again when it has ended.") from None
    _note(db, run, run.requested_by, f"run.{run.kind}")
    db.commit()
    if enqueue:
        queue.enqueue(settings_of(db), run.id)
    return run


def _stages(run: Run, done: dict[str, str]) -> list[Stage]:
    left_out = scope.left_out(str(run.document.get("mode")), run.action or "apply", run.kind)
    told = {name: ("skipped", why) for name, why in (left_out | done).items()}
    there, found = pipeline.built(), []
    for position, name in enumerate(scope.order(run.action or "apply")):
        state, detail = ("waiting", "") if name in there else ("to-come", "To come in a later version.")
        state, detail = told.get(name, (state, detail))
        found.append(Stage(position=position, name=name, state=state, detail=detail))
    return found


def _note(db: Session, run: Run, by: str, action: str) -> None:
    cluster = db.get_one(Cluster, run.cluster_id)
    detail = f"run {run.number}, {run.action}"
    db.add(Audit(user=by, action=action, target=(cluster.name or cluster.id)[:128], detail=detail))
