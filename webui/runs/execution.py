"""Carries out one run: takes it from the queue, runs its stages, and notes how it ended, whatever happened."""

from __future__ import annotations

import contextlib
import logging
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from aci.errors import AciError
from webui.runs import apic_failures, failures, locks, snapshot, stop
from webui.runs.events import EventLog
from webui.runs.failures import Failure
from webui.runs.pipeline import Context, run_stages
from webui.runs.redact import Redactor
from webui.settings import Settings
from webui.store.box import Box, WrongKey
from webui.store.models import Cluster, Run, now

LOG = logging.getLogger("anchorage.runs")
HEARTBEAT, WATCH = 2.0, 0.3
"""Seconds between two heartbeats, and between two looks at whether Stop was asked for."""

Listener = Callable[[str, str, str], None]
"""Gets level, stage and text of each line, redacted."""


@dataclass(frozen=True)
class Executor:
    """Executes runs with these settings; one object a process, used from several threads."""

    settings: Settings
    sessions: sessionmaker[Session]
    box: Box

    def execute(self, run_id: int, asked: stop.Stop, listener: Listener | None = None) -> str | None:
        """Run to its end; the state it ended in. None: it was not ours to run (taken, stopped, or gone)."""
        with self.sessions() as db:
            cluster_id = db.execute(select(Run.cluster_id).where(Run.id == run_id)).scalar_one_or_none()
        if cluster_id is None:
            return None
        with locks.held(self.settings, cluster_id) as ours:
            if not ours or not self._claim(run_id):
                return None
            return self._carry_out(run_id, asked, listener)

    def _claim(self, run_id: int) -> bool:
        begun = {"state": "running", "started": now(), "heartbeat": now()}
        with self.sessions() as db:
            done = db.execute(update(Run).where(Run.id == run_id, Run.state == "queued").values(**begun))
            db.commit()
        return bool(done.rowcount)  # type: ignore[attr-defined]

    def _carry_out(self, run_id: int, asked: stop.Stop, listener: Listener | None) -> str:
        with EventLog(self.sessions, run_id, listener=listener) as log, Watch(self.sessions, run_id, asked):
            state, failure = self._outcome(run_id, asked, log)
            log.flush()
            self._end(run_id, state, failure)
        return state

    def _end(self, run_id: int, state: str, failure: dict[str, object] | None) -> None:
        with self.sessions() as db:
            run = db.get_one(Run, run_id)
            with contextlib.suppress(WrongKey):  # then it cannot be read by anybody
                run.sealed_secrets = snapshot.with_admin_password(run, None, self.box)  # it was for this run alone
            run.state, run.ended, run.failure, run.pid, run.pid_started = state, now(), failure, None, None
            db.commit()

    def _outcome(self, run_id: int, asked: stop.Stop, log: EventLog) -> tuple[str, dict[str, object] | None]:
        """(state, failure card). The one place where every exception ends."""
        try:
            context, waiting = self._context(run_id, asked, log)
            run_stages(context, waiting)
        except stop.Ended:
            log.say(_ENDED[asked.reason or stop.STOPPED], level="warning")
            return asked.reason or stop.STOPPED, None
        except Failure as failure:
            return "failed", self._card(failure, log)
        except AciError as error:
            return "failed", self._card(apic_failures.of_error(error), log)
        except Exception as error:  # noqa: BLE001 - the entry point of a run: nothing may leave it running
            LOG.error("Run %s: %s", run_id, log.redactor.text(traceback.format_exc()))
            return "failed", self._card(_other(error), log)
        log.say(_succeeded(context), level="info")
        return "succeeded", None

    def _card(self, failure: Failure, log: EventLog) -> dict[str, object]:
        card: dict[str, object] = log.redactor.value(failure.card())
        log.say(f"{card['what']} {card['cause']} {card['remedy']}", level="error")
        return card

    def _context(self, run_id: int, asked: stop.Stop, log: EventLog) -> tuple[Context, list[str]]:
        with self.sessions() as db:
            run = db.get_one(Run, run_id)
            cluster = db.get_one(Cluster, run.cluster_id)
            waiting = [stage.name for stage in run.stages if stage.state == "waiting"]
            credential = self.box.open(cluster.sealed_credential)
            db.expunge_all()
        secrets = [*snapshot.secrets_of(run, self.box).values(), snapshot.admin_password_of(run, self.box) or ""]
        log.redactor = Redactor([*secrets, (credential or {}).get("private_key", "")])
        spec = snapshot.spec_of(run, self.box)
        context = Context(run, spec, credential, self.settings, self.sessions, self.box, log, asked)
        return context, waiting


class Watch:
    """While a run works: its heartbeat, and whether somebody asked it to stop. A context manager with a thread."""

    def __init__(self, sessions: sessionmaker[Session], run_id: int, asked: stop.Stop) -> None:
        self._sessions, self._run_id, self._stop = sessions, run_id, asked
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name=f"watch-{run_id}", daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        rounds = max(1, round(HEARTBEAT / WATCH))
        count = 0
        while not self._over.wait(WATCH):
            count += 1
            try:
                state = self._state(beat=count % rounds == 0)
            except OperationalError as error:
                LOG.warning("Run %s: the database does not answer: %s", self._run_id, error.orig)
                continue
            if state == "stopping" and not self._stop.asked:
                self._stop.ask(stop.STOPPED)

    def _state(self, *, beat: bool) -> str | None:
        with self._sessions() as db:
            if beat:
                db.execute(update(Run).where(Run.id == self._run_id).values(heartbeat=now()))
                db.commit()
            return db.execute(select(Run.state).where(Run.id == self._run_id)).scalar_one_or_none()


_ENDED = {
    stop.STOPPED: "Stopped. What was done stays; Resume goes on from here.",
    stop.INTERRUPTED: "Interrupted: the process that carried this run was ended. Resume goes on from here.",
}


def _other(error: Exception) -> Failure:
    """The card of an error that is not ours: of the system in its words, of anything else without a trace."""
    if isinstance(error, WrongKey):
        return Failure("The stored secrets cannot be read.", str(error), "Then resume.", retry=True)
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return failures.of_text(f"{where}{error.strerror or error}", "This machine refused something.")
    return Failure(
        "Something unexpected happened inside Anchorage.",
        f"{type(error).__name__}: the worker's log has the details.",
        "Resume. If it happens again, report it with the worker's log.",
        retry=True,
    )


def _succeeded(context: Context) -> str:
    if context.run.kind == "plan":
        return (context.run.diff or {}).get("sentence") or "The plan is made."
    if context.run.action == "destroy":
        return "Everything of ours was removed."
    if context.run.action in _ALONE:
        return _ALONE[context.run.action]
    made = (context.run.outputs or {}).keys()
    if "control plane" in made:
        return "Fabric and cluster are as the spec says."
    return f"{'Fabric and machines are' if {'machines', 'hosts'} & made else 'The fabric is'} as the spec says."


_ALONE = {
    "reset": "Kubernetes is off the machines. The next apply installs it anew.",
    "verify": "Cluster and fabric were asked: everything is as the spec says.",
}
