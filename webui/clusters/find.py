"""Rows that pages ask for, with a refusal in words where there is none."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, defer

from webui.accounts.refusal import Refusal
from webui.runs.service import CHANGES
from webui.store.models import Cluster, Run

_LIST = (("Go to the clusters", "/"),)


def cluster(db: Session, cluster_id: str) -> Cluster:
    """The cluster. Raises Refusal (404)."""
    found = db.get(Cluster, cluster_id)
    if found is None:
        raise Refusal(
            404,
            "There is no such cluster.",
            "It was discarded, or the address is wrong.",
            "Start from the list.",
            _LIST,
        )
    return found


def run(db: Session, run_id: int) -> Run:
    """The run. Raises Refusal (404)."""
    found = db.get(Run, run_id)
    if found is None:
        raise Refusal(
            404,
            "There is no such run.",
            "Its cluster was discarded, or the address is wrong.",
            "Start from the list.",
            (("Go to the runs", "/runs"),),
        )
    return found


def last_runs(db: Session, cluster_ids: Iterable[str]) -> dict[str, Run]:
    """The newest run of each cluster, by cluster."""
    newest = select(func.max(Run.id)).where(Run.cluster_id.in_(list(cluster_ids))).group_by(Run.cluster_id)
    return {found.cluster_id: found for found in db.scalars(select(Run).where(Run.id.in_(newest)))}


def runs_of(db: Session, cluster_id: str, limit: int) -> list[Run]:
    """The newest runs of a cluster, without their documents and plans."""
    query = select(Run).where(Run.cluster_id == cluster_id).order_by(Run.id.desc()).limit(limit)
    return list(db.scalars(query.options(defer(Run.document), defer(Run.diff))))


def newest_run(db: Session, cluster_id: str, *which: ColumnElement[bool]) -> Run | None:
    """The newest run of a cluster that fits the conditions."""
    return db.scalars(select(Run).where(Run.cluster_id == cluster_id, *which).order_by(Run.id.desc()).limit(1)).first()


def is_newest(db: Session, run: Run) -> bool:
    """Whether no run of its cluster that others must heed came after it."""
    later = select(Run.id).where(Run.cluster_id == run.cluster_id, Run.id > run.id, CHANGES)
    return db.scalars(later.limit(1)).first() is None


def half_way(db: Session, cluster_id: str) -> bool:
    """Whether the last apply that began ended badly: part of it may be on the fabric."""
    last = newest_run(
        db, cluster_id, Run.kind == "apply", Run.action.in_(("apply", "destroy")), Run.started.is_not(None)
    )
    return last is not None and last.state != "succeeded"


def name_of(found: Cluster) -> str:
    """The cluster's name; drafts may have none yet."""
    return found.name or "Unnamed draft"
