"""Subscriptions: queries whose answers are kept true by events over a websocket, through whatever breaks.

The APIC replays nothing. So after each gap (a lost websocket, an expired subscription, another controller) every
query is asked again in full, and its answer is handed over as "everything may have changed". In between come single
changes, in order. One thread does it all: the order in which things are handed over is the order on the wire.
"""

import json
import logging
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import websocket

from aci.errors import AciError, NotAnApic, TimedOut, Unreachable
from aci.mo import BadMo, Mo, from_json
from aci.query import Query
from aci.replies import objects
from aci.session import Session, SocketAccess
from aci.wire import socket_url

log = logging.getLogger("aci.subscription")
ChangeKind = Literal["created", "modified", "deleted"]
KINDS: tuple[ChangeKind, ...] = ("created", "modified", "deleted")


@dataclass(frozen=True, slots=True)
class Everything:
    """A query's whole answer: whatever was known of it before is void."""

    name: str
    objects: list[Mo]


@dataclass(frozen=True, slots=True)
class Changed:
    """One object's change. created: all attributes; modified: the changed ones and dn; deleted: dn."""

    name: str
    kind: ChangeKind
    mo: Mo


@dataclass(frozen=True, slots=True)
class Lost:
    """The events stopped: what is known may be old until the next Everything of each query."""

    error: AciError


Told = Everything | Changed | Lost


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds. `refresh` must be well below the APIC's expiry (60); `silence`: no frame for so long is a dead peer."""

    refresh: float = 25.0
    ping: float = 10.0
    silence: float = 25.0
    connect: float = 5.0
    poll: float = 0.2
    first_pause: float = 0.5
    longest_pause: float = 15.0


class Subscriber:
    """Follows queries. `deliver` is called in the subscriber's thread with what it is told, one at a time.

    A query is refreshed by one request each `pace.refresh` seconds, however many objects it has.
    """

    def __init__(self, session: Session, deliver: Callable[[Told], None], pace: Pace | None = None) -> None:
        self._session, self._deliver = session, deliver
        self._pace = pace or Pace()
        self._lock = threading.Lock()
        self._wanted: dict[str, Query] = {}
        self._again: set[str] = set()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="subscriber", daemon=True)
        self.connected = False
        """Whether all that is wanted is followed at the moment."""

    def start(self) -> None:
        """Begin; what cannot be reached is tried again for ever."""
        self._thread.start()

    def stop(self) -> None:
        """End, and wait for the thread."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(10)

    def follow(self, name: str, query: Query) -> None:
        """Follow one more query under a name; its answer comes first."""
        with self._lock:
            self._wanted[name] = query

    def unfollow(self, name: str) -> None:
        """No longer; the APIC lets the subscription expire."""
        with self._lock:
            self._wanted.pop(name, None)

    def reread(self, name: str) -> None:
        """Ask for a query's whole answer once more."""
        with self._lock:
            self._again.add(name)

    def _run(self) -> None:
        pause = self._pace.first_pause
        while not self._stopped.is_set():
            line: _Line | None = None
            try:
                line = _Line(self._session, self._session.socket_access(), self._pace)
                self._converse(line)
            except AciError as error:
                self._told_lost(error)
            finally:
                self.connected = False
                if line is not None:
                    line.close()
            if line is not None and line.followed:
                pause = self._pace.first_pause
            self._stopped.wait(pause * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
            pause = min(pause * 2, self._pace.longest_pause)

    def _told_lost(self, error: AciError) -> None:
        log.warning("subscriptions are interrupted: %s", error)
        if isinstance(error, TimedOut | Unreachable | NotAnApic):
            self._session.step()
        self.connected = False  # whoever is told of it may look
        self._deliver(Lost(error))

    def _converse(self, line: "_Line") -> None:
        while not self._stopped.is_set():
            with self._lock:
                wanted, again, self._again = dict(self._wanted), self._again, set()
            for told in line.align(wanted):
                self._deliver(told)
            for name in again & wanted.keys():
                self._deliver(Everything(name, self._session.get(wanted[name])))
            self.connected = True
            line.keep_alive()
            for told in line.receive():
                self._deliver(told)


class _Line:
    """One websocket and the subscriptions that hang on it. Everything that fails raises AciError."""

    def __init__(self, session: Session, access: SocketAccess, pace: Pace) -> None:
        self._session, self._access, self._pace = session, access, pace
        self._names: dict[str, str] = {}
        self.followed: dict[str, str] = {}
        """Name -> subscription id."""
        self._socket = _connected(session, access, pace)
        now = time.monotonic()
        self._heard = self._pinged = now
        self._refreshed: dict[str, float] = {}

    def close(self) -> None:
        """Close the websocket."""
        self._socket.close(timeout=1)

    def align(self, wanted: dict[str, Query]) -> list[Told]:
        """Subscribe to what is new, forget what is not wanted any more."""
        for name in self.followed.keys() - wanted.keys():
            self._names.pop(self.followed.pop(name), None)
            self._refreshed.pop(name, None)
        return [self._subscribe(name, wanted[name]) for name in wanted if name not in self.followed]

    def _subscribe(self, name: str, query: Query) -> Told:
        path = query.path + ("&" if "?" in query.path else "?") + "subscription=yes"
        document = self._session.document(path, self._access.cookie)
        number = document.get("subscriptionId")
        if not isinstance(number, str) or not number:
            raise NotAnApic("A subscription was answered without its id. Check the APIC's version.")
        self._same_controller()
        self.followed[name] = number
        self._names[number] = name
        self._refreshed[name] = time.monotonic()
        return Everything(name, objects(document))

    def _same_controller(self) -> None:
        """A subscription at another controller than the websocket's would stay silent."""
        if self._session.address != self._access.address:
            raise Unreachable(f"{self._access.address} went away; subscribing anew at {self._session.address}.")

    def keep_alive(self) -> None:
        """Refresh what is due, ping, and notice a peer that is gone."""
        now = time.monotonic()
        if now - self._heard > self._pace.silence:
            raise Unreachable(f"{self._access.address} has been silent for {self._pace.silence:.0f} s.")
        if now - self._pinged > self._pace.ping:
            self._pinged = now
            self._guarded(self._socket.ping)
        for name, number in self.followed.items():
            if now - self._refreshed[name] > self._pace.refresh:
                self._session.document(f"/api/subscriptionRefresh.json?id={number}", self._access.cookie)
                self._same_controller()
                self._refreshed[name] = now

    def receive(self) -> list[Told]:
        """What the next frame says; nothing after a short wait without one."""
        try:
            opcode, frame = self._socket.recv_data_frame(control_frame=True)
        except websocket.WebSocketTimeoutException:
            return []
        except (websocket.WebSocketException, OSError) as error:
            raise Unreachable(f"The websocket to {self._access.address} broke.", text=str(error)) from error
        self._heard = time.monotonic()
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            raise Unreachable(f"{self._access.address} closed the websocket.")
        return self._events(frame.data) if opcode == websocket.ABNF.OPCODE_TEXT else []

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except (websocket.WebSocketException, OSError) as error:
            raise Unreachable(f"The websocket to {self._access.address} broke.", text=str(error)) from error

    def _events(self, data: bytes) -> list[Told]:
        try:
            document = json.loads(data)
            numbers, items = document["subscriptionId"], [from_json(item) for item in document["imdata"]]
        except (ValueError, KeyError, TypeError, BadMo) as error:
            raise NotAnApic("An event cannot be read.", text=str(error)) from error
        names = [self._names[number] for number in _texts(numbers) if number in self._names]
        return [Changed(name, _kind(item), item) for name in names for item in items]


def _texts(numbers: Any) -> list[str]:
    """subscriptionId is a list of ids, and has been seen as one text."""
    return [numbers] if isinstance(numbers, str) else [str(number) for number in numbers]


def _kind(item: Mo) -> ChangeKind:
    status = item.get("status")
    return next((kind for kind in KINDS if kind == status), "modified")


def _connected(session: Session, access: SocketAccess, pace: Pace) -> websocket.WebSocket:
    url, sslopt = socket_url(access.address, access.token), {"context": session.tls.context()}
    try:
        socket = websocket.create_connection(
            url, timeout=pace.connect, sslopt=sslopt, enable_multithread=False, http_no_proxy=["*"]
        )
    except (websocket.WebSocketException, OSError) as error:
        raise Unreachable(f"No websocket to {access.address}.", text=str(error)) from error
    socket.settimeout(pace.poll)
    return socket
