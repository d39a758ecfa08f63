"""How a session behaves: when it sends again, who watches its requests, what it gives to a websocket."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Retries:
    """How often a request is sent again after an error that a retry can help. Delays in seconds."""

    attempts: int = 3
    first_delay: float = 0.5
    factor: float = 2.0
    max_delay: float = 8.0

    def delays(self) -> Iterator[float]:
        """The pauses between attempts."""
        delay = self.first_delay
        for _ in range(self.attempts - 1):
            yield min(delay, self.max_delay)
            delay *= self.factor


@dataclass(frozen=True, slots=True)
class SocketAccess:
    """Where a websocket for subscriptions is opened. `cookie` goes with the requests that subscribe and refresh."""

    address: str
    token: str = field(repr=False)
    cookie: str = field(default="", repr=False)


class Observer(Protocol):
    """Sees every request that goes out, and may hold it up."""

    def before(self, method: str) -> None:
        """A request is about to be sent; returning late paces it."""

    def after(self, method: str, status: int, seconds: float) -> None:
        """It was answered; status 0 when no reply came."""
