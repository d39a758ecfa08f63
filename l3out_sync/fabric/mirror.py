"""What stands in the fabric, kept true: one subscription for each L3Out, all of it read anew after each gap."""

import logging
import threading
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aci.filters import eq
from aci.mo import Mo
from aci.query import Query, of_class
from aci.session import Session
from aci.subscription import Changed, Everything, Lost, Pace, Subscriber, Told
from l3out_sync.core.fabric import CLASSES, Fabric
from l3out_sync.core.naming import EpgKey, L3OutKey, l3out_of
from l3out_sync.core.plan import Step

log = logging.getLogger("l3out_sync.fabric")
OWNABLE = ("l3extInstP", "l3extSubnet", "fvRsProv", "fvRsCons")
_KIND = {"create": "created", "change": "modified", "delete": "deleted"}


def query_of(key: L3OutKey) -> Query:
    """An L3Out with its external EPGs, their subnets and contracts, without what nobody configures."""
    return Query(dn=key.dn, target="subtree", target_classes=CLASSES, props="config-only")


def find_owned(session: Session, marker: str) -> set[L3OutKey]:
    """L3Outs anywhere in the fabric in which something carries the marker: one query a class."""
    found: set[L3OutKey] = set()
    for cls in OWNABLE:
        for item in session.get(of_class(cls, filter=eq(f"{cls}.annotation", marker))):
            key = l3out_of(item.dn)
            if key is not None:
                found.add(key)
    return found


@dataclass(slots=True)
class _Meanwhile:
    """What the APIC told while something was written. `void`: what stood below these DNs went, or was read anew."""

    changed: set[str] = field(default_factory=set)
    void: set[str] = field(default_factory=set)

    def note(self, told: Told) -> None:
        if isinstance(told, Everything):
            self.void.add(told.name)
        elif isinstance(told, Changed):
            self.changed.add(told.mo.dn)
            if told.kind == "deleted":
                self.void.add(told.mo.dn)

    def knows_better(self, step: Step) -> bool:
        return step.dn in self.changed or not self.void.isdisjoint((step.epg.dn, step.epg.where.dn))


class Mirror:
    """Follows L3Outs. `changed` is called after each change, from the subscriber's thread. Thread-safe."""

    def __init__(self, session: Session, changed: Callable[[], None], pace: Pace | None = None) -> None:
        self._session, self._changed = session, changed
        self._lock = threading.RLock()
        self._fabric = Fabric()
        self._followed: dict[str, L3OutKey] = {}
        self._subscriber = Subscriber(session, self._told, pace)
        self._meanwhile: _Meanwhile | None = None
        """While something is written."""
        self.readings = 0
        """Full readings of an L3Out so far."""

    def start(self) -> None:
        """Begin to follow."""
        self._subscriber.start()

    def stop(self) -> None:
        """End; nothing is known any more."""
        self._subscriber.stop()
        with self._lock:
            self._fabric.l3outs.clear()

    def connected(self) -> bool:
        """Whether all that is followed is known and true."""
        with self._lock:
            return self._subscriber.connected and self._followed.keys() <= {key.dn for key in self._fabric.l3outs}

    def follow(self, keys: Iterable[L3OutKey], *, only: bool = False) -> None:
        """Follow these L3Outs too; with `only`, no others that have been read and need not be."""
        wanted = {key.dn: key for key in keys}
        with self._lock:
            for name in wanted.keys() - self._followed.keys():
                self._followed[name] = wanted[name]
                self._subscriber.follow(name, query_of(wanted[name]))
            if only:
                for name in [name for name, key in self._followed.items() if name not in wanted]:
                    self._fabric.forget(self._followed.pop(name))
                    self._subscriber.unfollow(name)

    def followed(self) -> set[L3OutKey]:
        """What is followed, read or not."""
        with self._lock:
            return set(self._followed.values())

    @contextmanager
    def fabric(self) -> Any:
        """What is known, held still while the block runs."""
        with self._lock:
            yield self._fabric

    def reread(self, key: L3OutKey) -> None:
        """Read an L3Out in full once more."""
        self._subscriber.reread(key.dn)

    def reread_all(self) -> None:
        """Read everything in full once more."""
        for key in self.followed():
            self.reread(key)

    def reread_missing(self) -> None:
        """Look again for L3Outs that were not there: whether an APIC tells of their making is not known."""
        with self._lock:
            missing = [key for key, l3out in self._fabric.l3outs.items() if not l3out.exists]
        for key in missing:
            self.reread(key)

    def writing(self) -> None:
        """A write begins: what the APIC tells from now on may be younger than the write."""
        with self._lock:
            self._meanwhile = _Meanwhile()

    def written(self, steps: Iterable[Step]) -> None:
        """What was just written is known at once; the APIC's events say the same a little later.

        Not where an event or a reading was there first: it tells of the write itself, or of a hand that was at the
        object between the write and its answer, and then it is what holds. Its drift would stay unseen otherwise.
        """
        with self._lock:
            meanwhile, self._meanwhile = self._meanwhile or _Meanwhile(), None
            for step in steps:
                if not meanwhile.knows_better(step):
                    _apply(self._fabric, step)

    def _told(self, told: Told) -> None:
        with self._lock:
            if self._takes(told):
                self._changed()

    def _takes(self, told: Told) -> bool:
        """Take in what was told; whether it made a difference. The echo of what was written makes none."""
        if self._meanwhile is not None:
            self._meanwhile.note(told)
        if isinstance(told, Changed):
            return self._fabric.apply(told.kind, told.mo)
        if isinstance(told, Lost):
            self._fabric.l3outs.clear()  # nothing is decided on what may be old
        else:
            key = self._followed.get(told.name)
            if key is not None:
                self._fabric.install(key, told.objects)
                self.readings += 1
        return True


def _apply(fabric: Fabric, step: Step) -> None:
    l3out = fabric.l3outs.get(step.epg.where)
    if l3out is None:
        return
    if step.cls != "l3extInstP" and step.verb != "delete" and step.epg.name not in l3out.epgs:
        return  # its EPG has gone meanwhile: the events will tell
    kind: Any = _KIND[step.verb]
    fabric.apply(kind, Mo(step.cls, {"dn": step.dn, **step.attributes}))


def foreign_below(session: Session, key: EpgKey, marker: str) -> bool:
    """Whether an EPG that is about to be deleted has got something foreign at the last moment."""
    asked = Query(dn=key.dn, target="children", target_classes=OWNABLE[1:], props="config-only")
    return any(item.get("annotation") != marker for item in session.get(asked))
