"""After a worker (or command) was killed: ends what it left running, seals what it left open, and says so."""

from __future__ import annotations

import datetime as dt
import logging

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from webui.runs import locks, processes, queue
from webui.runs.events import EventLog
from webui.runs.execution import Executor
from webui.runs.terraform.workspace import of_cluster
from webui.store.models import Run, Stage, now

LOG = logging.getLogger("anchorage.runs")
ROOTS = ("fabric", "machines")
WAITED = dt.timedelta(seconds=10)
"""A run that waits longer than this is handed to the queue again; its task may have gone with a worker."""


def reconcile(executor: Executor, *, at_start: bool = False) -> list[int]:
    """Bring every active run in line with who is alive; the runs that were interrupted.

    Whoever carries out a run holds its cluster's lock, and the kernel frees that with the process: a lock that can be
    taken is proof, where a heartbeat would be a guess. `at_start`: also hand over what waits, and seal what lies open.
    """
    with executor.sessions() as db:
        active = db.scalars(select(Run).where(Run.state.in_(("queued", "running", "stopping")))).all()
        db.expunge_all()
    interrupted = [run.id for run in active if run.state != "queued" and _mend(executor, run)]
    for run in active:
        if run.state == "queued" and (at_start or now() - run.created > WAITED):
            queue.enqueue(executor.settings, run.id)
    if at_start:
        _seal_all(executor)
    return interrupted


def _mend(executor: Executor, run: Run) -> bool:
    with locks.held(executor.settings, run.cluster_id) as ours:
        if not ours or not _is_still_active(executor, run):
            return False
        ended = bool(run.pid and run.pid_started and processes.end_orphan(run.pid, run.pid_started))
        found = _seal(executor, run.cluster_id)
        LOG.warning("Run %s was left running: Terraform ended %s, sealed %s", run.id, ended, found or "nothing")
        _note(executor, run)
        return True


def _is_still_active(executor: Executor, run: Run) -> bool:
    """It may have ended between our look at the table and our lock; and its process may be a newer one."""
    with executor.sessions() as db:
        fresh = db.get_one(Run, run.id)
        run.state, run.pid, run.pid_started = fresh.state, fresh.pid, fresh.pid_started
    return run.state in ("running", "stopping")


def _note(executor: Executor, run: Run) -> None:
    asked = run.state == "stopping"
    state = "stopped" if asked else "interrupted"
    text = "The process that carried this run was ended." + ("" if asked else " Resume goes on from here.")
    with EventLog(executor.sessions, run.id) as log:
        log.say(text, level="warning")
    with executor.sessions() as db:
        _end(db, run.id, state)
        db.commit()


def _end(db: Session, run_id: int, state: str) -> None:
    ended = {"state": state, "ended": now(), "pid": None, "pid_started": None}
    db.execute(update(Run).where(Run.id == run_id).values(**ended))
    open_stage = (Stage.run_id == run_id, Stage.state == "running")
    db.execute(update(Stage).where(*open_stage).values(state="stopped", ended=now()))


def _seal_all(executor: Executor) -> None:
    """Directories that nobody works in and that a run of the past left open."""
    for folder in sorted((executor.settings.home / "clusters").glob("*")):
        with locks.held(executor.settings, folder.name) as ours:
            if ours:
                _seal(executor, folder.name)


def _seal(executor: Executor, cluster_id: str) -> list[str]:
    """Seal what either half of a cluster has lying open."""
    halves = (of_cluster(executor.settings, cluster_id, executor.box, root) for root in ROOTS)
    return [name for half in halves for name in half.seal_leftovers()]
