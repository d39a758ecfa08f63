"""Problems as Events on the objects they concern: each told once, and again after a while if it stays."""

import datetime as dt
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from l3out_sync.core.cluster import WORKLOAD_KINDS
from l3out_sync.core.problem import Problem
from l3out_sync.kube.api import Api, KubeError

log = logging.getLogger("l3out_sync.events")
COMPONENT = "l3out-sync"
AGAIN = 3600.0
"""Seconds after which a problem that stays is told once more."""
WAITING = 500
LONGEST = 1024
"""Characters that the API takes in an Event's message."""


class Recorder:
    """Writes Events in a thread of its own: a slow API server holds nothing up."""

    def __init__(self, api: Api, identity: str, now: Callable[[], float] = time.monotonic) -> None:
        self._api, self._identity, self._now = api, identity, now
        self._told: dict[tuple[Any, ...], float] = {}
        self._queue: queue.Queue[Problem | None] = queue.Queue(WAITING)
        self._thread = threading.Thread(target=self._run, name="events", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, then end."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join(5)

    def report(self, problems: Iterable[Problem]) -> None:
        """Tell all problems that are there now. One that has gone and comes back is told anew."""
        now, current = self._now(), {}
        for problem in problems:
            key = (problem.ref, problem.reason, problem.message)
            last = self._told.get(key)
            if key in current or (last is not None and now - last < AGAIN):
                current[key] = last if last is not None else now
                continue
            current[key] = now
            self._tell(problem)
        self._told = current

    def _tell(self, problem: Problem) -> None:
        log.warning(problem.text, extra={"reason": problem.reason, "object": problem.ref.text if problem.ref else ""})
        if problem.ref is None:
            return
        try:
            self._queue.put_nowait(problem)
        except queue.Full:
            log.warning("too many Events wait: one is left out")

    def _run(self) -> None:
        while (problem := self._queue.get()) is not None:
            body = event(problem, self._identity, dt.datetime.now(dt.UTC))
            try:
                self._api.send("POST", f"/api/v1/namespaces/{body['metadata']['namespace']}/events", body)
            except KubeError as error:
                log.warning("an Event could not be written: %s", error)


def event(problem: Problem, identity: str, now: dt.datetime) -> dict[str, Any]:
    """The Event of a problem."""
    ref = problem.ref
    assert ref is not None
    stamp = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    concerned = {
        "apiVersion": "apps/v1" if ref.kind in WORKLOAD_KINDS else "v1",
        "kind": ref.kind,
        "name": ref.name,
        "namespace": ref.namespace,
        "uid": ref.uid,
    }
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"generateName": f"{ref.name[:200]}.", "namespace": ref.namespace or "default"},
        "involvedObject": {name: value for name, value in concerned.items() if value},
        "type": "Warning",
        "reason": problem.reason,
        "message": problem.text[:LONGEST],
        "firstTimestamp": stamp,
        "lastTimestamp": stamp,
        "count": 1,
        "source": {"component": COMPONENT},
        "reportingComponent": COMPONENT,
        "reportingInstance": identity[:128],
    }
