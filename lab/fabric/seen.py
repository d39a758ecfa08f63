"""Looks at a leaf through its daemons' terminals, about twice a second, and remembers what was.

A look is cheap: the summary alone tells whether anything has changed. Why a session ended stands in the daemon's log
alone, since dynamic neighbours go with their session.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.fabric import daemons, objects
from lab.fabric.daemons import BGPD
from lab.fabric.model import V4, V6, Leaf
from lab.fabric.objects import Lost, Objects
from lab.fabric.plan import Speaker
from lab.fabric.speakers import Speakers
from lab.machines.command import run
from lab.machines.names import Names, digest
from lab.machines.network import leaf_namespace

REMEMBERED = 30.0
"""Seconds that an entry stays after its session: as a leaf's prefix-peer timeout."""

AFRESH = 5.0
"""Seconds after which everything is read though nothing seems to have changed."""

MOST_LOG = 1 << 20
"""Bytes of log read at once; a log that grew beyond is begun again."""

SINCE = "bgpTimerUpEstablishedEpoch"
NOTIFIED = re.compile(r"%NOTIFICATION: (sent to|received from) neighbor (\S+) (\d+)/(\d+) \(([^)]*)\)")
ENDED = re.compile(r"%ADJCHANGE: neighbor ([^\s(]+)\S* .*Down (.+)$")
UNTOLD = ("Neighbor deleted", "BGP Notification send", "BGP Notification received", "Peer closed the session")
IP_WORDS = {V4: "ip", V6: "ipv6"}


@dataclass(frozen=True, slots=True)
class Sight:
    """What a look at a leaf gave. `sessions`: address -> state, for people."""

    objects: Objects = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    answers: bool = True


class Watch:
    """One leaf's looks."""

    def __init__(self, speakers: Speakers, lab: Names, name: str, log: Path) -> None:
        self._speakers, self._lab, self._name, self._log = speakers, lab, name, log
        self._offset = log.stat().st_size if log.exists() else 0
        self._lost: dict[str, Lost] = {}
        self._key: object = None
        self._read = 0.0
        self._md5: tuple[int, float] = (0, 0.0)
        self._bgp: dict[str, Any] = {}
        self._tables: dict[int, dict[str, Any]] = {}
        self._neighbours: list[dict[str, Any]] = []

    def look(self, speaker: Speaker) -> Sight:
        """What the leaf sees now. Raises LabError when its daemons do not answer."""
        leaf = speaker.leaf
        assert leaf is not None
        now = time.time()
        self._read_log(now)
        self._count_md5(now)
        key = (self._summary(leaf), speaker.lines)
        if key != self._key or now - self._read > AFRESH:
            self._read_all(leaf)
            self._key, self._read = key, now
        return self._sight(leaf, now)

    def blind(self, leaf: Leaf) -> Sight:
        """A leaf whose daemons do not answer has no sessions and routes to show."""
        self._key = None
        return Sight(objects.sessions(leaf, {}, (), refuses_md5=False), {}, answers=False)

    def _sight(self, leaf: Leaf, now: float) -> Sight:
        up = {addr for addr, one in self._bgp.items() if isinstance(one, dict) and one.get("bgpState") == "Established"}
        self._lost = {addr: one for addr, one in self._lost.items() if now - one.at < REMEMBERED and addr not in up}
        refuses = now - self._md5[1] < REMEMBERED / 3
        found = objects.sessions(leaf, self._bgp, self._lost.values(), refuses_md5=refuses)
        for version, table in self._tables.items():
            found |= objects.routes(leaf, version, table)
        found |= objects.endpoints(leaf, self._neighbours)
        told = {one["addr"]: one["operSt"] for cls, one in found.values() if cls == "bgpPeerEntry"}
        return Sight(found, told)

    def _summary(self, leaf: Leaf) -> object:
        """What changes when sessions or routes do."""
        if not leaf.fabric_as:
            return None
        shown = self._speakers.terminal(self._name).json("show bgp summary json")
        return tuple(
            (family, one.get("tableVersion"), *(_state(addr, peer) for addr, peer in one.get("peers", {}).items()))
            for family, one in shown.items()
        )

    def _read_all(self, leaf: Leaf) -> None:
        terminal, zebra = self._speakers.terminal(self._name), self._speakers.zebra(self._name)
        shown = terminal.json("show bgp neighbors json") if leaf.fabric_as else {}
        self._bgp = {addr: steadied(one, self._bgp.get(addr)) for addr, one in shown.items()}
        self._tables = {version: zebra.json(f"show {IP_WORDS[version]} route json") for version in leaf.versions}
        own = leaf_namespace(self._lab, self._name)
        self._neighbours = [
            one for word in ("-4", "-6") for one in json.loads(run("ip", "-n", own, "-s", word, "-j", "neigh") or "[]")
        ]

    def _read_log(self, now: float) -> None:
        try:
            with self._log.open("rb") as file:
                size = file.seek(0, 2)
                self._offset = file.seek(0 if size < self._offset else max(self._offset, size - MOST_LOG))
                text = file.read()
        except FileNotFoundError:
            return
        self._offset += len(text)
        for line in text.decode(errors="replace").splitlines():
            self._note(line, now)

    def _note(self, line: str, now: float) -> None:
        if told := NOTIFIED.search(line):
            way, addr, _, _, text = told.groups()
            self._lost[addr] = Lost(addr, now, f"{text}, {'sent' if way == 'sent to' else 'received'}")
        elif (told := ENDED.search(line)) and (told[2] not in UNTOLD or told[1] not in self._lost):
            self._lost[told[1]] = Lost(told[1], now, told[2])

    def _count_md5(self, now: float) -> None:
        """The kernel's counters of the leaf's namespace."""
        pid = daemons.pid(self._lab, self._name, BGPD)
        try:
            count = md5_refused(Path(f"/proc/{pid}/net/netstat").read_text())
        except OSError:
            return  # it has just ended
        before, since = self._md5
        self._md5 = (count, now if count > before and self._read else since)


def _state(addr: str, peer: dict[str, Any]) -> tuple[object, ...]:
    return (addr, *(peer.get(name) for name in ("state", "pfxRcd", "pfxSnt", "connectionsEstablished", "remoteAs")))


def steadied(shown: Any, before: Any) -> Any:
    """A neighbour as shown, since the moment first told: FRR works it out anew each time, a second off. PURE."""
    if isinstance(shown, dict) and isinstance(before, dict) and SINCE in shown and SINCE in before:
        same = shown.get("bgpState") == before.get("bgpState") and abs(shown[SINCE] - before[SINCE]) < 2
        return shown | {SINCE: before[SINCE]} if same else shown
    return shown


def md5_refused(netstat: str) -> int:
    """TCP segments that came without the right signature, from /proc/net/netstat. PURE."""
    lines = netstat.splitlines()
    for names, values in zip(lines[::2], lines[1::2], strict=False):
        pairs = dict(zip(names.split(), values.split(), strict=False))
        found = [int(value) for name, value in pairs.items() if name.startswith("TCPMD5")]
        if found:
            return sum(found)
    return 0


def log_of(folder: Path, name: str) -> Path:
    """The log of a speaker's bgpd."""
    return folder / f"{digest(name)}-{BGPD}.log"
