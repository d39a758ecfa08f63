"""The pace towards the APIC: a token bucket before each request, and what is counted after it."""

import threading
import time
from collections.abc import Callable


class TokenBucket:
    """`rate` requests a second, `burst` at once. Thread-safe; those who wait are served in turn."""

    def __init__(
        self,
        rate: float,
        burst: int,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rate, self._burst, self._now, self._sleep = rate, burst, now, sleep
        self._lock = threading.Lock()
        self._tokens, self._at = float(burst), now()

    def take(self) -> float:
        """Wait for one token; returns the seconds waited."""
        with self._lock:
            now = self._now()
            self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
            self._at = now
            self._tokens -= 1
            wait = max(0.0, -self._tokens / self._rate)
        if wait:
            self._sleep(wait)
        return wait


class Pacer:
    """A session's observer: paces by a bucket, counts by `counted(method, status, seconds)`."""

    def __init__(self, bucket: TokenBucket, counted: Callable[[str, int, float], None]) -> None:
        self._bucket, self._counted = bucket, counted

    def before(self, method: str) -> None:
        """Hold the request up until there is a token."""
        self._bucket.take()

    def after(self, method: str, status: int, seconds: float) -> None:
        """Count it."""
        self._counted(method, status, seconds)
