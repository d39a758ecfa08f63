"""What the APIC refused, and when it is tried again: later each time, so that one bad object costs next to nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aci.errors import AciError
from l3out_sync.core.owned import Owned
from l3out_sync.core.plan import Step
from l3out_sync.core.problem import Problem
from l3out_sync.fabric.writer import is_stale

FIRST, LONGEST, STALE = 2.0, 300.0, 0.5


@dataclass(slots=True)
class _Refusal:
    until: float
    delay: float
    problem: Problem | None


class Refusals:
    """By DN. Times are `now` of the caller, in seconds."""

    def __init__(self) -> None:
        self._held: dict[str, _Refusal] = {}

    def passed(self, steps: Iterable[Step], now: float) -> list[Step]:
        """Steps that may be tried now; an EPG that was refused holds its children up."""
        blocked = {dn for dn, refusal in self._held.items() if refusal.until > now}
        if not blocked:
            return list(steps)
        return [step for step in steps if step.dn not in blocked and step.epg.dn not in blocked]

    def settle(self, done: Iterable[Step], refused: Sequence[tuple[Step, AciError]], owned: Owned, now: float) -> None:
        """Remember what was refused, forget what went through."""
        for step in done:
            self._held.pop(step.dn, None)
        for step, error in refused:
            last = self._held.get(step.dn)
            first = STALE if is_stale(error) else FIRST
            delay = min(last.delay * 2, LONGEST) if last else first
            self._held[step.dn] = _Refusal(now + delay, delay, _problem(step, error, owned))

    def keep(self, steps: Iterable[Step]) -> None:
        """Forget what is not planned any more."""
        if self._held:
            planned = {step.dn for step in steps}
            self._held = {dn: refusal for dn, refusal in self._held.items() if dn in planned}

    def problems(self) -> list[Problem]:
        """What to tell of them."""
        return [refusal.problem for refusal in self._held.values() if refusal.problem]

    def next(self) -> float | None:
        """When the next one may be tried."""
        return min((refusal.until for refusal in self._held.values()), default=None)


def _problem(step: Step, error: AciError, owned: Owned) -> Problem | None:
    if is_stale(error):
        return None  # it will be seen anew in a moment
    wanted = owned.epgs.get(step.epg)
    ref = step.ref or (next(iter(wanted.sources), None) if wanted else None)
    thing = f"{step.name} in {step.epg.text}" if step.name else step.epg.text
    message = f"The APIC refuses to {step.verb} {thing}: {error.text or error.sentence}"
    return Problem(ref, "FabricRefused", message, "Check the name or the rights of the controller's user on the APIC.")
