"""Carries out a run in this process: its lines to the terminal, Ctrl-C as Stop."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import click

from webui.cli.output import say
from webui.cli.programme import Programme
from webui.runs import stop
from webui.runs.reconcile import reconcile
from webui.store.models import Run

STYLES = {"warning": "yellow", "error": "red"}
STOPPED = 130
"""Exit code after Ctrl-C, as shells have it."""


def tidy(programme: Programme) -> None:
    """A command or worker that was killed must not hold its cluster for ever."""
    reconcile(programme.executor)


def carry_out(programme: Programme, run_id: int, *, quiet: bool = False) -> Run:
    """Execute the run; the row as it ended. Exits with 130 when it was stopped."""
    asked = stop.Stop()
    with _ctrl_c(asked):
        programme.executor.execute(run_id, asked, _Teller(quiet))
    with programme.sessions() as db:
        run = db.get_one(Run, run_id)
        _ = run.cluster
        db.expunge_all()
    if run.state in (stop.STOPPED, stop.INTERRUPTED):
        say(f"Go on with: anchorage resume {run.cluster.name}", err=True)
        raise click.exceptions.Exit(STOPPED)
    return run


class _Teller:
    """Lines to standard error, so that the result stands alone on standard output."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet

    def __call__(self, level: str, stage: str, text: str) -> None:
        if self._quiet and level == "info":
            return
        say(f"{stage or 'run':<13}  {text}", err=True, style=STYLES.get(level, ""))


@contextmanager
def _ctrl_c(asked: stop.Stop) -> Iterator[None]:
    def stop_it(number: int, frame: FrameType | None) -> None:
        again = asked.asked
        asked.ask(stop.STOPPED)
        say("Ending at once." if again else "Stopping; what is being written is finished first. Ctrl-C again ends it.",
            err=True)  # fmt: skip

    def end_it(number: int, frame: FrameType | None) -> None:
        asked.ask(stop.INTERRUPTED)

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, stop_it)
    signal.signal(signal.SIGTERM, end_it)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
