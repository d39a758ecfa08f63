"""Subscriptions: queries whose answers are followed by events, until nobody refreshes them any more.

Sources: the REST facts (subscription=yes gives a subscriptionId; refreshed by subscriptionRefresh?id=; 60 s by one
vendor's documentation; events name the subscriptions that they are for; nothing is replayed) and clients' sources
(a subscription belongs to the session whose token the websocket carries). From memory or unknown (unverified): that
events tell of what stands below the objects of a query with rsp-subtree, that a deletion is told to filtered
subscriptions too (it carries no attributes to test), the words of refusals.
"""

import asyncio
import itertools
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aci import dn as dns
from lab.apic import errors
from lab.apic.core import Apic
from lab.apic.feed import Change
from lab.apic.queries import Options

LIFETIME = 60
"""Seconds without a refresh after which a subscription ends."""

BACKLOG = 20_000
"""Events that wait for a slow reader; above it the websocket is closed, for a gap must be seen."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which changes a query is about. `classes`: of a class query; "" as `dn` is everywhere."""

    dn: str
    classes: frozenset[str]
    options: Options

    def reaches(self, change: Change) -> bool:
        """Whether the change concerns the query, its filter aside."""
        if self.classes:
            direct = change.cls in self.classes and dns.is_within(change.dn, self.dn)
            return direct or self._below(change)
        return self._targets(change) or self._below(change)

    def _targets(self, change: Change) -> bool:
        options = self.options
        if options.target_classes and change.cls not in options.target_classes:
            return False
        if options.target == "self":
            return change.dn == self.dn
        within = dns.is_within(change.dn, self.dn)
        return within and (options.target == "subtree" or dns.parent(change.dn) == self.dn)

    def _below(self, change: Change) -> bool:
        """What a reply with rsp-subtree holds below its objects."""
        options = self.options
        if options.subtree not in ("children", "full") or change.dn == self.dn or not dns.is_within(change.dn, self.dn):
            return False
        if options.subtree_classes and change.cls not in options.subtree_classes:
            return False
        return options.subtree == "full" or dns.parent(change.dn) == self.dn


@dataclass(slots=True)
class Subscription:
    """One query that is followed. `owner`: the session's id."""

    number: str
    owner: str
    scope: Scope
    seconds: int
    until: datetime


@dataclass(slots=True)
class Channel:
    """A websocket's mailbox, filled from any thread. None in it: the end."""

    loop: asyncio.AbstractEventLoop
    queue: "asyncio.Queue[str | None]" = field(default_factory=asyncio.Queue)
    closed: bool = False

    def put(self, text: str | None) -> None:
        """Hand a text over; a reader that is too slow is cut off."""
        if self.closed:
            return
        if text is None or self.queue.qsize() > BACKLOG:
            self.closed, text = True, None
        self.loop.call_soon_threadsafe(self.queue.put_nowait, text)


class Subscriptions:
    """All subscriptions of one controller; its end or restart ends them. Thread-safe."""

    def __init__(self, apic: Apic) -> None:
        self._apic = apic
        self._lock = threading.Lock()
        self._numbers = itertools.count(72057594037927937)
        self._held: dict[str, Subscription] = {}
        self._channels: dict[str, Channel] = {}
        self._stop: Callable[[], None] = apic.feed.listen(self._publish)

    def close(self) -> None:
        """Stop listening and end all websockets."""
        self._stop()
        with self._lock:
            channels = list(self._channels.values())
        for channel in channels:
            channel.put(None)

    def add(self, owner: str, scope: Scope, seconds: int) -> str:
        """Follow a query; returns the subscription's id."""
        number = str(next(self._numbers))
        until = self._apic.clock() + timedelta(seconds=seconds)
        with self._lock:
            self._held[number] = Subscription(number, owner, scope, seconds, until)
        return number

    def refresh(self, owner: str, number: str) -> None:
        """Keep a subscription for another while. Raises ApicError for one that has ended."""
        now = self._apic.clock()
        with self._lock:
            held = self._held.get(number)
            if held is None or held.owner != owner or held.until <= now:
                raise errors.bad_request(f"Unable to refresh subscription {number}: it does not exist")
            held.until = now + timedelta(seconds=held.seconds)

    def attach(self, owner: str) -> Channel:
        """A websocket for a session; an older one of the session is closed."""
        channel = Channel(asyncio.get_running_loop())
        with self._lock:
            old, self._channels[owner] = self._channels.get(owner), channel
        if old is not None:
            old.put(None)
        return channel

    def detach(self, owner: str, channel: Channel) -> None:
        """The websocket is gone; its session's subscriptions go with it, for what they missed is not replayed."""
        channel.closed = True
        with self._lock:
            if self._channels.get(owner) is channel:
                del self._channels[owner]
                self._held = {number: held for number, held in self._held.items() if held.owner != owner}

    def end(self, owner: str) -> None:
        """A session was logged out."""
        with self._lock:
            channel = self._channels.get(owner)
        if channel is not None:
            channel.put(None)

    def count(self) -> int:
        """Subscriptions that live."""
        now = self._apic.clock()
        with self._lock:
            return sum(held.until > now for held in self._held.values())

    def _publish(self, changes: tuple[Change, ...]) -> None:
        """Runs in the committing thread, under the tree's lock."""
        now = self._apic.clock()
        with self._lock:
            self._held = {number: held for number, held in self._held.items() if held.until > now}
            held, channels = list(self._held.values()), dict(self._channels)
        for change in changes:
            by_owner: dict[str, list[str]] = {}
            for item in held:
                if item.owner in channels and item.scope.reaches(change) and self._passes(item.scope, change):
                    by_owner.setdefault(item.owner, []).append(item.number)
            for owner, numbers in by_owner.items():
                channels[owner].put(_text(numbers, change))

    def _passes(self, scope: Scope, change: Change) -> bool:
        test = scope.options.filter
        if test is None or change.kind == "deleted":
            return True
        node = self._apic.tree.get(change.dn)
        return node is not None and test(change.cls, self._apic.shown(node))


def _text(numbers: list[str], change: Change) -> str:
    document: dict[str, Any] = {"subscriptionId": numbers, "imdata": [change.event()]}
    return json.dumps(document, separators=(",", ":"))
