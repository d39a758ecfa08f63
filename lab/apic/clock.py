"""Time as the simulator reads it; injected, so that tests move it."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns an aware time in UTC."""


def system_clock() -> datetime:
    """The machine's time."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """As the APIC writes times: `2017-08-29T13:42:38.791+00:00` (captured)."""
    return moment.isoformat(timespec="milliseconds")
