"""Why a run is asked to end early: one object a run, set from any thread or signal handler, read by the executors."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event as Flag

STOPPED = "stopped"
"""A user asked: the run ends as `stopped`."""

INTERRUPTED = "interrupted"
"""The process that carries the run ends: the run ends as `interrupted`."""


@dataclass
class Stop:
    """The first reason counts. `urgent`: asked a second time, do not wait for a clean end."""

    reason: str = ""
    flag: Flag = field(default_factory=Flag)
    urgent: bool = False

    def ask(self, reason: str = STOPPED) -> None:
        """Ask to end; asking again makes it urgent."""
        self.urgent = self.flag.is_set()
        self.reason = self.reason or reason
        self.flag.set()

    @property
    def asked(self) -> bool:
        """Whether the run should end."""
        return self.flag.is_set()


class Ended(Exception):
    """Raised where a stage finds that it was asked to end."""
