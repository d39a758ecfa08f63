"""Brings speakers up, keeps them as wanted, takes them down; what a daemon was told last is noted beside the lab.

A new simulator finds its leaves alive by these notes and changes only what differs.
"""

from __future__ import annotations

import contextlib
import logging
import re
import threading
from ipaddress import ip_address
from pathlib import Path

from lab.fabric import daemons, diff, space
from lab.fabric.config import Line
from lab.fabric.daemons import BGPD, ZEBRA
from lab.fabric.plan import Speaker
from lab.fabric.vty import Vty, waited
from lab.machines.command import run
from lab.machines.errors import LabError
from lab.machines.files import read_json, write_json
from lab.machines.names import Names, digest
from lab.machines.network import leaf_namespace

KEY = re.compile(r"(?:md5keys:|,)([0-9a-f.:]+)/(\d+)=")
"""A key as `ss` shows it: `md5keys:198.18.2.1/32=…`."""

log = logging.getLogger("lab.fabric")


class Speakers:
    """The speakers of one lab."""

    def __init__(self, lab: Names, folder: Path) -> None:
        self._lab, self._folder = lab, folder
        self._spaces: dict[str, space.Space] = {}
        self._told: dict[str, tuple[Line, ...]] = {}
        self._terminals: dict[str, Vty] = {}
        self.refused: dict[str, list[str]] = {}
        self._lock = threading.Lock()

    def ensure(self, speaker: Speaker) -> None:
        """Make it run as wanted. Raises LabError."""
        if not space.exists(self._lab, speaker.name):
            daemons.stop(self._lab, speaker.name)  # they would go on in a namespace that nobody sees
        if self._spaces.get(speaker.name) != speaker.space or not space.exists(self._lab, speaker.name):
            space.make(self._lab, speaker.space, speaker.held)
            self._spaces[speaker.name] = speaker.space
        for daemon in (ZEBRA, BGPD):
            if daemons.pid(self._lab, speaker.name, daemon) is None:
                self._start(speaker.name, daemon)
        self._configure(speaker)

    def runs(self, name: str) -> bool:
        """Whether both daemons and their namespace are there."""
        return space.exists(self._lab, name) and all(daemons.pid(self._lab, name, each) for each in (ZEBRA, BGPD))

    def routes(self, name: str) -> bool:
        """Whether it forwards: its routing may be back soon."""
        return space.exists(self._lab, name) and daemons.pid(self._lab, name, ZEBRA) is not None

    def _start(self, name: str, daemon: str) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        daemons.start(self._lab, name, daemon, self._folder / f"{digest(name)}-{daemon}.log")
        waited(daemons.terminal(self._lab, name, daemon)).close()
        if daemon == BGPD:
            self._note(name).unlink(missing_ok=True)
            self._told[name] = ()
            self._hang_up(name)

    def _configure(self, speaker: Speaker) -> None:
        name = speaker.name
        known = self._known(name)
        if known == speaker.lines:
            return
        closed = diff.without_changed_keys(known, speaker.lines)
        if closed != known:
            self.terminal(name).configure(diff.commands(known, closed))
            self.terminal(name).configure(diff.forgetting(closed, keyed(self._lab, name)))
        self.refused[name] = self.terminal(name).configure(diff.commands(closed, speaker.lines))
        for sentence in self.refused[name]:
            log.warning("%s: %s", name, sentence)
        self._told[name] = speaker.lines
        write_json(self._note(name), {"name": name, "lines": speaker.lines})
        log.info("%s: configured", name)

    def _known(self, name: str) -> tuple[Line, ...]:
        if name not in self._told:
            found = read_json(self._note(name)) or {"lines": []}
            self._told[name] = tuple(tuple(line) for line in found["lines"])
        return self._told[name]

    def terminal(self, name: str) -> Vty:
        """The terminal of its bgpd, kept open. Raises LabError."""
        with self._lock:
            if name not in self._terminals:
                self._terminals[name] = Vty(daemons.terminal(self._lab, name, BGPD))
            return self._terminals[name]

    def zebra(self, name: str) -> Vty:
        """The terminal of its zebra, kept open. Raises LabError."""
        key = f"{name} {ZEBRA}"
        with self._lock:
            if key not in self._terminals:
                self._terminals[key] = Vty(daemons.terminal(self._lab, name, ZEBRA))
            return self._terminals[key]

    def hang_up(self, name: str) -> None:
        """Forget terminals that do not answer any more."""
        self._hang_up(name)

    def _hang_up(self, name: str) -> None:
        with self._lock:
            for key in (name, f"{name} {ZEBRA}"):
                if key in self._terminals:
                    self._terminals.pop(key).close()

    def dismiss(self, name: str) -> None:
        """Take it down: sessions end with a word to the peers, so that they drop its routes at once."""
        routers = {line[0] for line in self._known(name) if line[0].startswith("router ")}
        with contextlib.suppress(LabError):
            self.terminal(name).configure([*diff.ENTER, *(f"no {router}" for router in routers), "end"])
        self._hang_up(name)
        daemons.stop(self._lab, name)
        space.remove(self._lab, name)
        self.forget(name)

    def forget(self, name: str) -> None:
        """It is gone already."""
        self._hang_up(name)
        self._spaces.pop(name, None)
        self._told.pop(name, None)
        self._note(name).unlink(missing_ok=True)

    def known(self) -> set[str]:
        """Names of all that were made, also by an earlier simulator."""
        notes = (read_json(path) for path in self._folder.glob("*.json") if path.name[0] != ".")
        return {note["name"] for note in notes if note} | space.existing(self._lab) | set(self._spaces)

    def _note(self, name: str) -> Path:
        return self._folder / f"{digest(name)}.json"


def keyed(lab: Names, name: str) -> list[str]:
    """Single addresses that the listening sockets of a speaker's bgpd hold a TCP MD5 key for."""
    shown = run("ip", "netns", "exec", leaf_namespace(lab, name), "ss", "-Hltni", "sport = 179")
    return sorted(
        {address for address, length in KEY.findall(shown) if int(length) == ip_address(address).max_prefixlen}
    )
