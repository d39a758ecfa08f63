"""The change feed: every committed transaction publishes what it created, modified and deleted, in order.

Forms of the attributes as captured from real subscriptions: created has all; modified has the changed ones with dn,
modTs, rn "", childAction and status; deleted has dn, modTs and status.
"""

import asyncio
import queue
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["created", "modified", "deleted"]
HISTORY = 500


@dataclass(frozen=True, slots=True)
class Change:
    """One object's change. `number` counts from 1 since the feed began; `transaction` groups what came together."""

    number: int
    transaction: int
    kind: Kind
    cls: str
    dn: str
    attributes: dict[str, str]

    def event(self) -> dict[str, Any]:
        """The change as a subscription tells it."""
        return {self.cls: {"attributes": dict(self.attributes)}}


Listener = Callable[[tuple[Change, ...]], None]


class Feed:
    """Subscribers and the last changes. Listeners run in the committing thread and must be quick. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: list[Listener] = []
        self._history: deque[Change] = deque(maxlen=HISTORY)
        self._number = 0
        self._transaction = 0

    def publish(self, found: list[tuple[Kind, str, str, dict[str, str]]]) -> None:
        """Number the changes of one transaction and hand them to all listeners."""
        if not found:
            return
        with self._lock:
            self._transaction += 1
            changes = tuple(
                Change(self._number + at, self._transaction, kind, cls, dn, attributes)
                for at, (kind, cls, dn, attributes) in enumerate(found, 1)
            )
            self._number += len(changes)
            self._history.extend(changes)
            listeners = list(self._listeners)
        for listener in listeners:
            listener(changes)

    def recent(self, after: int = 0) -> list[Change]:
        """Kept changes with a number above `after`."""
        with self._lock:
            return [change for change in self._history if change.number > after]

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with each transaction's changes; returns how to stop."""
        with self._lock:
            self._listeners.append(listener)

        def stop() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return stop

    @contextmanager
    def thread_queue(self) -> Iterator["queue.SimpleQueue[Change]"]:
        """A queue for a thread, filled while the block runs."""
        changes: queue.SimpleQueue[Change] = queue.SimpleQueue()

        def put(batch: tuple[Change, ...]) -> None:
            for change in batch:
                changes.put(change)

        stop = self.listen(put)
        try:
            yield changes
        finally:
            stop()

    @asynccontextmanager
    async def async_queue(self) -> "AsyncIterator[asyncio.Queue[Change]]":
        """A queue for a task of the running loop, filled while the block runs, whichever thread commits."""
        changes: asyncio.Queue[Change] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def put(batch: tuple[Change, ...]) -> None:
            for change in batch:
                loop.call_soon_threadsafe(changes.put_nowait, change)

        stop = self.listen(put)
        try:
            yield changes
        finally:
            stop()
