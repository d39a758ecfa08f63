"""Sends plans: refused POSTs are taken apart until only what is refused is left, and that waits longer each time."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from aci.errors import AciError, NotFound, NotPermitted, Rejected
from aci.session import Session
from l3out_sync.core.naming import L3OutKey
from l3out_sync.core.plan import Step
from l3out_sync.core.requests import Request, halves, requests
from l3out_sync.fabric.mirror import foreign_below

log = logging.getLogger("l3out_sync.fabric")
BATCH = 500
"""Objects in one POST."""


@dataclass(slots=True)
class Outcome:
    """What became of a plan's steps. `stale`: L3Outs that are not as they were thought to be: read them anew."""

    done: list[Step] = field(default_factory=list)
    refused: list[tuple[Step, AciError]] = field(default_factory=list)
    stale: set[L3OutKey] = field(default_factory=set)
    sent: int = 0


EXISTS = "103"


def is_stale(error: AciError) -> bool:
    """Whether an object is there that was to be made, or is not there that was to be changed."""
    return isinstance(error, NotFound) or error.code == EXISTS


class Writer:
    """Writes with one session. Trouble that a retry can help is raised; the caller waits and plans anew."""

    def __init__(self, session: Session, marker: str, batch: int = BATCH) -> None:
        self._session, self._marker, self._batch = session, marker, batch

    def send(self, steps: Sequence[Step], outcome: Outcome) -> None:
        """Write the steps; `outcome` tells how far it got, also when this raises (AciError)."""
        safe = list(self._without_late_guests(steps, outcome))
        for request in requests(safe, self._batch):
            self._post(request, outcome)

    def _without_late_guests(self, steps: Iterable[Step], outcome: Outcome) -> Iterable[Step]:
        """An EPG into which somebody put something just now is not deleted: events may be under way."""
        for step in steps:
            if step.cls == "l3extInstP" and step.verb == "delete":
                outcome.sent += 1
                if foreign_below(self._session, step.epg, self._marker):
                    outcome.stale.add(step.epg.where)
                    continue
            yield step

    def _post(self, request: Request, outcome: Outcome) -> None:
        outcome.sent += 1
        try:
            self._session.post(request.where.dn, request.mo)
        except (Rejected, NotPermitted) as error:
            if is_stale(error):
                log.info("%s is not as it was: %s", request.where.dn, error)
                outcome.stale.add(request.where)
            self._apart(request, outcome, error)
        else:
            outcome.done.extend(request.steps)

    def _apart(self, request: Request, outcome: Outcome, error: AciError) -> None:
        """Smaller POSTs, as far as they can tell more: a missing right or object is the same for all of an EPG."""
        parts = halves(request)
        one_epg = len({step.epg for step in request.steps}) == 1
        if not parts or (one_epg and isinstance(error, NotPermitted | NotFound)):
            outcome.refused.extend((step, error) for step in request.steps)
            return
        for part in parts:
            self._post(part, outcome)
