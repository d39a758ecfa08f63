"""Keeps leaves as the tree wants them, and tells the tree what they see. One thread beside the simulated APIC.

It runs in the APIC's process: BGP passwords are not readable over REST, and the change feed is there. The daemons are
processes of their own; they live on when the simulator is killed, and the next one finds them.
"""

from __future__ import annotations

import logging
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from lab.apic.core import Apic
from lab.apic.errors import ApicError
from lab.apic.feed import Change
from lab.fabric import daemons, publish, space, state
from lab.fabric.gateways import Gateways, has_carrier
from lab.fabric.installer import Installer
from lab.fabric.plan import LEAF, Plan, Speaker, plan
from lab.fabric.seen import Sight, Watch, log_of
from lab.fabric.speakers import Speakers
from lab.fabric.wanted import leaves
from lab.machines import names, network
from lab.machines.errors import LabError
from lab.machines.files import locked

TICK = 0.5
"""Seconds between two looks at the leaves."""

CALM = 0.15
"""Seconds without a change of the tree before leaves follow: Terraform posts many objects in a row."""

LATEST = 1.0
"""Seconds after which they follow all the same."""

AT_ONCE = 4
"""Speakers that are brought up side by side."""

log = logging.getLogger("lab.fabric")


class Fabric:
    """The leaves of one lab. `revives`: a daemon that ended is started again."""

    def __init__(self, apic: Apic, home: Path, *, revives: bool = True) -> None:
        self._apic, self._home, self.revives = apic, home, revives
        self._lab = names.of(home)
        self._speakers = Speakers(self._lab, home / state.FOLDER)
        self._gateways = Gateways(self._lab)
        self._installer = Installer(self._lab)
        self._plan = Plan()
        self._segment: network.Segment | None = None
        self._watches: dict[str, Watch] = {}
        self._sights: dict[str, Sight] = {}
        self._changed, self._stopped = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="lab-fabric", daemon=True)
        self._unlisten: Callable[[], None] = lambda: None
        self._trouble = ""

    def start(self) -> None:
        """Begin to follow the tree."""
        self._unlisten = self._apic.feed.listen(self._notice)
        self._changed.set()
        self._thread.start()

    def stop(self) -> None:
        """Stop following. The leaves live on: `down` ends them."""
        self._unlisten()
        self._stopped.set()
        self._changed.set()
        self._thread.join(30)

    def status(self) -> dict[str, Any]:
        """What runs, as `lab.fabric.status` gives it."""
        refused = [f"{name}: {one}" for name, found in list(self._speakers.refused.items()) for one in found]
        return state.document(
            self._plan, self._sights, self._gateways.holders, " ".join([self._trouble, *refused]).strip()
        )

    def _notice(self, changes: tuple[Change, ...]) -> None:
        if any(publish.is_asked(change.cls) for change in changes):
            self._changed.set()

    def _run(self) -> None:
        dirty = True
        while not self._stopped.is_set():
            try:
                dirty = self._step(dirty)
                self._trouble = ""
            except (LabError, ApicError, OSError, sqlite3.Error, ValueError, KeyError) as error:
                dirty = True
                if str(error) != self._trouble:
                    log.warning("leaves: %s", error)
                self._trouble = str(error)
            dirty = self._wait() or dirty

    def _wait(self) -> bool:
        """Until the next look; whether the tree changed, once it has come to rest."""
        if not self._changed.wait(TICK):
            return False
        until = time.monotonic() + LATEST
        while self._changed.is_set() and time.monotonic() < until:
            self._changed.clear()
            self._changed.wait(CALM)
        return True

    def _step(self, dirty: bool) -> bool:
        """One look: follow the tree, mend, observe. Whether it must be done again."""
        if network.segment(self._home) is None:
            self._vanish()
            return True
        with locked(self._home / "network.lock"):
            segment = network.segment(self._home)
            if segment is None:
                self._vanish()
                return True
            if dirty or segment != self._segment:
                self._follow(segment)
            elif self.revives:
                self._mend()
            self._gateways.settle(self._plan, segment, self._is_alive)
            self._installer.settle(self._plan, segment, self._gateways.holders)
            self._dismiss()
        self._observe()
        return False

    def _follow(self, segment: network.Segment) -> None:
        with self._apic.lock:
            wanted = leaves(self._apic.tree)
        if self._segment is not None and segment != self._segment:
            self._forget_all()  # the network was made anew, and all namespaces went with it
        self._segment = segment
        self._plan = plan(wanted, segment, self._lab)
        daemons.strangers(self._lab, {speaker.name for speaker in self._plan.speakers} | self._speakers.known())
        for name, addresses in self._plan.bridges.items():
            space.bridge(self._lab, name, *addresses)
        self._ensure(self._plan.speakers)

    def _ensure(self, speakers: tuple[Speaker, ...]) -> None:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(self._speakers.ensure, speakers))

    def _mend(self) -> None:
        """A daemon or a namespace that ended by itself comes back."""
        self._ensure(tuple(one for one in self._plan.speakers if not self._speakers.runs(one.name)))

    def _dismiss(self) -> None:
        """After gateways have moved away from them."""
        for name in self._speakers.known() - {speaker.name for speaker in self._plan.speakers}:
            self._speakers.dismiss(name)
            log.info("%s: gone", name)

    def _is_alive(self, name: str, interface: str) -> bool:
        return self._speakers.routes(name) and has_carrier(self._lab, name, interface)

    def _vanish(self) -> None:
        """The network is down, and with it all that stood in it."""
        if self._segment is not None or self._sights:
            self._forget_all()
            self._segment, self._plan = None, Plan()
            self._observe()

    def _forget_all(self) -> None:
        for name in self._speakers.known():
            daemons.stop(self._lab, name)
            self._speakers.forget(name)
        self._gateways.holders.clear()
        self._installer.forget()

    def _observe(self) -> None:
        leaves = [one for one in self._plan.speakers if one.kind == LEAF]
        self._watches = {one.name: self._watches.get(one.name) or self._watch(one.name) for one in leaves}
        self._sights = {one.name: self._look(one) for one in leaves}
        publish.publish(self._apic, [sight.objects for sight in self._sights.values()])
        state.write(self._home, self.status())

    def _watch(self, name: str) -> Watch:
        return Watch(self._speakers, self._lab, name, log_of(self._home / state.FOLDER, name))

    def _look(self, speaker: Speaker) -> Sight:
        assert speaker.leaf is not None
        try:
            return self._watches[speaker.name].look(speaker)
        except LabError:
            self._speakers.hang_up(speaker.name)
            return self._watches[speaker.name].blind(speaker.leaf)


def attached(apic: Apic, home: Path) -> Fabric | None:
    """The leaves of a lab, following the tree; None where they cannot run."""
    if daemons.reasons():
        return None
    fabric = Fabric(apic, home)
    fabric.start()
    return fabric


def down(home: Path) -> None:
    """End all leaves of a lab and forget them; none is no error. Whoever followed the tree has stopped before."""
    if not daemons.reasons():
        lab = names.of(home)
        daemons.strangers(lab, set())
        for name in space.existing(lab):
            space.remove(lab, name)
        shutil.rmtree(network.run_folder(lab), ignore_errors=True)
    shutil.rmtree(home / state.FOLDER, ignore_errors=True)
