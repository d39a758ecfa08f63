"""Steps -> POSTs: one for many objects, an L3Out at a time.

What is new says `status: created`, everything else `modified`: if somebody made or removed an object in the same
moment, the APIC refuses (103, 102) and things are looked at anew. So nothing of others is ever marked as ours, and
nothing is brought back by accident.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from aci.mo import Mo
from l3out_sync.core.naming import EpgKey, L3OutKey
from l3out_sync.core.plan import Step


@dataclass(frozen=True, slots=True)
class Request:
    """One POST at an L3Out, and the steps it takes."""

    where: L3OutKey
    mo: Mo
    steps: tuple[Step, ...]


def requests(steps: Iterable[Step], size: int) -> Iterator[Request]:
    """POSTs of at most `size` objects each, in the steps' order."""
    by_l3out: dict[L3OutKey, list[Step]] = {}
    for step in steps:
        by_l3out.setdefault(step.epg.where, []).append(step)
    for where, here in by_l3out.items():
        for start in range(0, len(here), size):
            yield request(where, here[start : start + size])


def request(where: L3OutKey, steps: Sequence[Step]) -> Request:
    """One POST for these steps of one L3Out."""
    epgs: dict[EpgKey, list[Step]] = {}
    for step in steps:
        epgs.setdefault(step.epg, []).append(step)
    children = tuple(_epg(key, its_steps) for key, its_steps in epgs.items())
    return Request(where, Mo("l3extOut", {"dn": where.dn, "status": "modified"}, children), tuple(steps))


def _epg(key: EpgKey, steps: list[Step]) -> Mo:
    own = next((step for step in steps if step.cls == "l3extInstP"), None)
    if own is not None and own.verb == "delete":
        return Mo("l3extInstP", {"name": key.name, "status": "deleted"})
    attributes = {**own.attributes, "status": "created"} if own is not None else {"status": "modified"}
    children = tuple(_child(step) for step in steps if step.cls != "l3extInstP")
    return Mo("l3extInstP", {"name": key.name, **attributes}, children)


_STATUS = {"create": "created", "change": "modified", "delete": "deleted"}


def _child(step: Step) -> Mo:
    naming = "ip" if step.cls == "l3extSubnet" else "tnVzBrCPName"
    return Mo(step.cls, {naming: step.name, **step.attributes, "status": _STATUS[step.verb]})


def halves(refused: Request) -> list[Request]:
    """A refused POST in smaller ones: an EPG each, then halves. Empty when it is about one object."""
    steps = refused.steps
    if len(steps) < 2:
        return []
    epgs = [list(group) for _, group in groupby(sorted(steps, key=lambda step: step.epg), key=lambda step: step.epg)]
    if len(epgs) > 1:
        return [request(refused.where, part) for part in epgs]
    middle = len(steps) // 2
    return [request(refused.where, part) for part in (steps[:middle], steps[middle:])]
