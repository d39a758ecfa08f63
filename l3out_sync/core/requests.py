"""Steps -> POSTs: one for many objects, an L3Out at a time.

The L3Out and external EPGs of others are only named, with `status: modified`: if they have gone meanwhile, the APIC
refuses (102) instead of making them anew. An EPG of ours always carries our annotation, so that one that somebody
deletes at the same moment comes back as ours.
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


def requests(steps: Iterable[Step], marker: str, size: int) -> Iterator[Request]:
    """POSTs of at most `size` objects each, in the steps' order."""
    by_l3out: dict[L3OutKey, list[Step]] = {}
    for step in steps:
        by_l3out.setdefault(step.epg.where, []).append(step)
    for where, here in by_l3out.items():
        for start in range(0, len(here), size):
            yield request(where, here[start : start + size], marker)


def request(where: L3OutKey, steps: Sequence[Step], marker: str) -> Request:
    """One POST for these steps of one L3Out."""
    epgs: dict[EpgKey, list[Step]] = {}
    for step in steps:
        epgs.setdefault(step.epg, []).append(step)
    children = tuple(_epg(key, its_steps, marker) for key, its_steps in epgs.items())
    return Request(where, Mo("l3extOut", {"dn": where.dn, "status": "modified"}, children), tuple(steps))


def _epg(key: EpgKey, steps: list[Step], marker: str) -> Mo:
    own = next((step for step in steps if step.cls == "l3extInstP"), None)
    if own is not None and own.verb == "delete":
        return Mo("l3extInstP", {"name": key.name, "status": "deleted"})
    if own is not None:
        attributes = {"name": key.name, **own.attributes}
    elif steps[0].joined or all(step.verb == "delete" for step in steps):
        attributes = {"name": key.name, "status": "modified"}
    else:
        attributes = {"name": key.name, "annotation": marker}
    return Mo("l3extInstP", attributes, tuple(_child(step) for step in steps if step.cls != "l3extInstP"))


def _child(step: Step) -> Mo:
    naming = "ip" if step.cls == "l3extSubnet" else "tnVzBrCPName"
    if step.verb == "delete":
        return Mo(step.cls, {naming: step.name, "status": "deleted"})
    return Mo(step.cls, {naming: step.name, **step.attributes})


def halves(refused: Request, marker: str) -> list[Request]:
    """A refused POST in smaller ones: an EPG each, then halves. Empty when it is about one object."""
    steps = refused.steps
    if len(steps) < 2:
        return []
    epgs = [list(group) for _, group in groupby(sorted(steps, key=lambda step: step.epg), key=lambda step: step.epg)]
    if len(epgs) > 1:
        return [request(refused.where, part, marker) for part in epgs]
    middle = len(steps) // 2
    return [request(refused.where, part, marker) for part in (steps[:middle], steps[middle:])]
