"""`python -m webui.worker`: takes runs from the queue and carries them out, until it is told to end."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from types import FrameType

from webui.runs import queue, stop
from webui.runs.execution import Executor
from webui.runs.reconcile import reconcile
from webui.settings import Settings, load
from webui.store.box import load_box
from webui.store.engine import engine, session_factory

LOG = logging.getLogger("anchorage.worker")
THREADS = 4
"""Runs of different clusters that go on at once."""

LOOK_AROUND = 30.0
"""Seconds between two looks for runs whose process is gone (a command line that was killed)."""


class Worker:
    """The executor behind the queue, and the runs that it carries now."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.executor = Executor(settings, session_factory(engine(settings)), load_box(settings.key_file))
        self._running: dict[int, stop.Stop] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()

    def run(self) -> None:
        """Work until SIGTERM or SIGINT; then end what runs, mark it interrupted, and return."""
        interrupted = reconcile(self.executor, at_start=True)
        if interrupted:
            LOG.warning("Runs that a worker left unfinished: %s", interrupted)
        queue.serve(self.settings, self._execute)
        consumer = queue.huey_for(self.settings).create_consumer(
            workers=THREADS, periodic=False, initial_delay=0.05, max_delay=0.3, check_worker_health=False
        )
        consumer.start()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._end)
        LOG.info("Ready.")
        while not self._over.wait(LOOK_AROUND):
            reconcile(self.executor)
        self._interrupt()
        consumer.stop(graceful=True)
        LOG.info("Ended.")

    def _execute(self, run_id: int) -> None:
        asked = stop.Stop()
        with self._lock:
            self._running[run_id] = asked
        if self._over.is_set():
            asked.ask(stop.INTERRUPTED)
        try:
            state = self.executor.execute(run_id, asked)
            LOG.info("Run %s: %s", run_id, state or "not ours")
        finally:
            with self._lock:
                del self._running[run_id]

    def _end(self, number: int, frame: FrameType | None) -> None:
        self._over.set()

    def _interrupt(self) -> None:
        with self._lock:
            for asked in self._running.values():
                asked.ask(stop.INTERRUPTED)


def main() -> None:
    """Entry point."""
    form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format=form)
    logging.getLogger("huey").setLevel(logging.WARNING)
    try:
        settings = load()
    except ValueError as error:
        sys.exit(f"anchorage worker: {error}")
    Worker(settings).run()


if __name__ == "__main__":
    main()
