"""The reconcile loop: whatever changed, what must be is computed anew from what is, and the difference is written.

One thread decides and writes. Changes of the cluster and of the fabric only wake it; they are gathered for a moment,
so that a burst of pods becomes one POST. Nothing is decided before both sides are fully known, or without the lease.
"""

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Protocol

from aci import dn as dns
from aci.errors import AciError, NotAnApic, Unreachable
from aci.session import Session
from l3out_sync.core.cluster import Snapshot
from l3out_sync.core.naming import L3OutKey
from l3out_sync.core.owned import Owned, owned
from l3out_sync.core.plan import Plan, Step, plan
from l3out_sync.core.policy import Policy
from l3out_sync.core.problem import Problem
from l3out_sync.fabric.mirror import Mirror, find_owned
from l3out_sync.fabric.writer import Outcome, Writer
from l3out_sync.run.metrics import Metrics
from l3out_sync.run.refusals import Refusals

log = logging.getLogger("l3out_sync.controller")
TICK = 2.0
"""Seconds after which the loop looks around although nobody woke it."""

MISSING = 30.0
"""Seconds after which L3Outs that did not exist are looked for again."""

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
WAITING = 20_000


class Side(Protocol):
    """The cluster as the loop needs it."""

    def synced(self) -> bool:
        """Whether everything has been listed once."""

    def snapshot(self) -> Snapshot:
        """What is there now."""


class Teller(Protocol):
    """Where problems go."""

    def report(self, problems: Iterable[Problem]) -> None:
        """All problems that there are now."""


class Controller:
    """`leads` says whether this replica may write; `session` is used for reading what is owned and for writing."""

    def __init__(
        self,
        policy: Policy,
        cluster: Side,
        session: Session,
        *,
        mirror: Callable[[Callable[[], None]], Mirror],
        teller: Teller,
        metrics: Metrics,
        leads: Callable[[], bool],
        debounce: float = 0.1,
        reread: float = 900.0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._policy, self._cluster, self._session = policy, cluster, session
        self._make_mirror, self._teller, self._metrics = mirror, teller, metrics
        self._leads, self._debounce, self._reread_every, self._now = leads, debounce, reread, now
        self._writer = Writer(session, policy.marker)
        self._refusals = Refusals()
        self._woken = threading.Event()
        self._stopped = threading.Event()
        self._arrived: deque[float] = deque(maxlen=WAITING)
        self._mirror: Mirror | None = None
        self._swept = False
        self._held_until, self._pause = 0.0, FIRST_PAUSE
        self._reread_at = self._missing_at = 0.0
        self._in_step: set[str] = set()
        self._dirty = True
        self.beat = now()
        """When the loop last went round."""

    # ---- what others may call, from any thread

    def cluster_changed(self, count: int) -> None:
        """Something changed in the cluster."""
        now = self._now()
        self._arrived.extend([now] * min(count, WAITING))
        self._woken.set()

    def wake(self) -> None:
        """Something changed elsewhere: the fabric, the lease."""
        self._woken.set()

    def stop(self) -> None:
        """End after the round that is under way."""
        self._stopped.set()
        self._woken.set()

    def ready(self) -> tuple[bool, str]:
        """Whether it does its work, or could at once, and why not."""
        if not self._cluster.synced():
            return False, "the cluster has not been listed yet"
        mirror = self._mirror
        if self._leads() and (mirror is None or not mirror.connected()):
            return False, "the APIC is not followed at the moment"
        return True, "leading" if self._leads() else "standing by"

    # ---- the loop

    def run(self) -> None:
        """Until stopped."""
        while not self._stopped.is_set():
            if self._woken.wait(self._patience()):
                self._stopped.wait(self._debounce)
                self._dirty = True
            self._woken.clear()
            self.beat = self._now()
            self.step()
        self._let_go()

    def _patience(self) -> float:
        now, due = self._now(), self._refusals.next()
        times = [TICK, *([due - now] if due is not None else []), *([self._held_until - now] if self._held() else [])]
        return max(0.05, min(times))

    def _held(self) -> bool:
        return self._held_until > self._now()

    def step(self) -> None:
        """One look around: take up or lay down the work, then reconcile when everything is known."""
        self._metrics.leader.set(self._leads())
        self._metrics.queue.set(len(self._arrived))
        if not self._leads():
            self._let_go()
            return
        if not self._cluster.synced() or self._held():
            return
        try:
            self._take_up()
            due = self._refusals.next()
            if self._dirty or (due is not None and due <= self._now()):
                self._dirty = False
                self._reconcile()
        except AciError as error:
            self._metrics.errors.labels("apic").inc()
            self._hold(error)
        else:
            self._pause = FIRST_PAUSE

    def _hold(self, error: AciError) -> None:
        pause = self._pause * random.uniform(0.7, 1.0)  # noqa: S311 - jitter
        log.warning("waiting %.1f s for the APIC: %s", pause, error)
        self._held_until, self._dirty = self._now() + pause, True
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        if isinstance(error, Unreachable | NotAnApic):
            self._session.step()

    def _take_up(self) -> None:
        if self._mirror is None:
            self._mirror = self._make_mirror(self.wake)
            self._mirror.start()
            self._swept, self._dirty = False, True
            self._in_step.clear()
            self._reread_at = self._now() + self._reread_every
        if not self._swept:
            # Owned objects of a time when it was down may lie in L3Outs that nobody names any more.
            self._mirror.follow(find_owned(self._session, self._policy.marker))
            self._swept = True
        if self._now() > self._reread_at:
            self._reread_at = self._now() + self._reread_every
            self._mirror.reread_all()
        if self._now() > self._missing_at:
            self._missing_at = self._now() + MISSING
            self._mirror.reread_missing()

    def _let_go(self) -> None:
        if self._mirror is not None:
            self._mirror.stop()
            self._mirror = None
        self._metrics.connected.set(0)

    def _reconcile(self) -> None:
        assert self._mirror is not None
        started = self._now()
        arrived = list(self._arrived)
        wanted = owned(self._cluster.snapshot(), self._policy)
        self._follow(self._mirror, wanted)
        with self._mirror.fabric() as fabric:
            found = plan(wanted, fabric, self._policy)
            complete = self._mirror.connected()
        self._metrics.connected.set(complete)
        outcome = self._written(found, wanted)
        self._account(found, outcome, wanted, arrived)
        self._metrics.rounds.observe(self._now() - started)
        if complete and not found.steps:
            self._metrics.last.set_to_current_time()

    def _follow(self, mirror: Mirror, wanted: Owned) -> None:
        keys = {self._policy.home, *(key.where for key in wanted.epgs)}
        with mirror.fabric() as fabric:
            unread = mirror.followed() - fabric.l3outs.keys()
            keys |= fabric.holders(self._policy.marker) | unread
        mirror.follow(keys, only=True)

    def _written(self, found: Plan, wanted: Owned) -> Outcome:
        assert self._mirror is not None
        outcome, now = Outcome(), self._now()
        self._refusals.keep(found.steps)
        steps = self._refusals.passed(found.steps, now)
        self._mirror.writing()
        try:
            if steps and self._leads():
                self._writer.send(steps, outcome)
        finally:
            self._mirror.written(outcome.done)
            self._refusals.settle(outcome.done, outcome.refused, wanted, now)
            for key in outcome.stale:
                self._mirror.reread(key)
        return outcome

    def _account(self, found: Plan, outcome: Outcome, wanted: Owned, arrived: list[float]) -> None:
        now = self._now()
        for at in arrived:
            self._arrived.popleft()
            if outcome.done:
                self._metrics.latency.observe(now - at)
        self._metrics.queue.set(len(self._arrived))
        for step in outcome.done:
            self._metrics.writes.labels(step.verb, step.cls).inc()
        self._metrics.errors.labels("refused").inc(len(outcome.refused))
        self._count_drift(outcome.done)
        problems = [*wanted.problems, *found.problems, *self._refusals.problems()]
        self._teller.report(problems)
        self._metrics.report(problems)
        self._metrics.subnets.set(sum(len(epg.subnets) for epg in wanted.epgs.values()))
        if outcome.done or outcome.refused:
            log.info(
                "the fabric was brought in step",
                extra={"objects": len(outcome.done), "refused": len(outcome.refused), "requests": outcome.sent},
            )

    def _count_drift(self, steps: Iterable[Step]) -> None:
        """A write of what was in step already repairs what others did."""
        for step in steps:
            if step.verb != "delete":
                self._metrics.drift.inc(step.dn in self._in_step)
                self._in_step.add(step.dn)
            elif step.cls == "l3extInstP":
                self._in_step = {dn for dn in self._in_step if not dns.is_within(dn, step.dn)}
            else:
                self._in_step.discard(step.dn)


def l3outs(wanted: Owned, policy: Policy) -> set[L3OutKey]:
    """L3Outs that matter: the cluster's own, and those that annotations name."""
    return {policy.home, *(key.where for key in wanted.epgs)}
