"""A run's log: numbered lines, written in batches so that a hundred thousand of them are no burden."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from webui.runs.redact import Redactor
from webui.store.models import Event, Run, Stage, now

LOG = logging.getLogger("anchorage.runs")
BATCH = 200
"""Lines that are written at once, at the latest."""

INTERVAL = 0.1
"""Seconds that a line waits to be written, at the latest."""

LONGEST = 8000
"""Characters of one line."""


class EventLog:
    """Writes the lines of one run, from any thread. A context manager: at its end everything is written."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        run_id: int,
        redactor: Redactor | None = None,
        listener: Callable[[str, str, str], None] | None = None,
    ) -> None:
        """`listener` gets level, stage and text of each line at once."""
        self._sessions, self._run_id, self._listener = sessions, run_id, listener
        self.redactor = redactor or Redactor()
        self._lines: list[dict[str, Any]] = []
        self._progress: dict[int, tuple[int, int]] = {}
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._woken, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._write_on, name=f"events-{run_id}", daemon=True)
        self._last = 0

    def __enter__(self) -> EventLog:
        with self._sessions() as db:
            self._last = db.execute(select(Run.last_event).where(Run.id == self._run_id)).scalar_one()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._woken.set()
        self._thread.join()
        self.flush()

    def say(self, text: str, *, level: str = "info", stage: str = "", data: dict[str, Any] | None = None) -> None:
        """Add a line. Known secrets are taken out here, whatever the caller did."""
        line = self.redactor.text(text)[:LONGEST]
        with self._lock:
            self._last += 1
            self._lines.append(self._row(line, level, stage, self.redactor.value(data)))
            full = len(self._lines) >= BATCH
        if self._listener:
            self._listener(level, stage, line)
        if full:
            self._try_to_flush()
        else:
            self._woken.set()

    def progress(self, position: int, done: int, total: int) -> None:
        """Note how far the stage at this position is; written with the next lines."""
        with self._lock:
            self._progress[position] = (done, total)
        self._woken.set()

    def flush(self) -> None:
        """Write what waits, in one transaction. Lines keep their order whichever thread writes."""
        with self._writing:
            with self._lock:
                lines, self._lines = self._lines, []
                progress, self._progress = self._progress, {}
            try:
                if lines or progress:
                    self._store(lines, progress)
            except OperationalError:
                with self._lock:  # nothing is lost: they are written with the next ones
                    self._lines, self._progress = lines + self._lines, progress | self._progress
                raise

    def _try_to_flush(self) -> None:
        """A database that is busy for long must not end the work that is told of."""
        try:
            self.flush()
        except OperationalError as error:
            LOG.warning("Run %s: lines wait, the database does not answer: %s", self._run_id, error.orig)

    def _row(self, text: str, level: str, stage: str, data: Any) -> dict[str, Any]:
        return {
            "run_id": self._run_id,
            "n": self._last,
            "at": now(),
            "level": level,
            "stage": stage,
            "text": text,
            "data": data,
        }

    def _store(self, lines: list[dict[str, Any]], progress: dict[int, tuple[int, int]]) -> None:
        with self._sessions() as db:
            if lines:
                db.execute(insert(Event), lines)
                db.execute(update(Run).where(Run.id == self._run_id).values(last_event=lines[-1]["n"]))
            for position, (done, total) in progress.items():
                of_stage = (Stage.run_id == self._run_id, Stage.position == position)
                db.execute(update(Stage).where(*of_stage).values(done=done, total=total))
            db.commit()

    def _write_on(self) -> None:
        while not self._ended.is_set():
            self._woken.wait()
            self._ended.wait(INTERVAL)
            self._woken.clear()
            self._try_to_flush()


def events_after(db: Session, run_id: int, n: int, limit: int = 500) -> list[Event]:
    """Up to `limit` lines of the run that follow number `n`, oldest first."""
    query = select(Event).where(Event.run_id == run_id, Event.n > n).order_by(Event.n).limit(limit)
    return list(db.scalars(query.execution_options(populate_existing=True)))


def log_lines(db: Session, run_id: int, page: int = 2000) -> Iterator[str]:
    """The whole log as text lines, read page by page: `2026-01-02T03:04:05Z  info     fabric  text`."""
    last = 0
    while found := events_after(db, run_id, last, page):
        last = found[-1].n
        yield from (as_line(event) for event in found)
        db.expunge_all()


def as_line(event: Event) -> str:
    """One event as a line of text, with its line break."""
    at = event.at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{at}  {event.level:<7}  {event.stage:<13}  {event.text}\n"
