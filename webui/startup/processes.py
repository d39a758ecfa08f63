"""Processes that live exactly as long as the one that started them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def _die_with_parent() -> None:
    """Runs in the child: a parent that is killed takes it along (prctl(2), Linux)."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    """A long-running command, restarted when it falls if `restart` says so."""

    name: str
    command: Sequence[str]
    log: Path
    environ: Mapping[str, str]
    restart: bool = False
    process: subprocess.Popen[bytes] | None = None
    starts: list[float] = field(default_factory=list)

    def start(self) -> None:
        """Start it in a session of its own: Ctrl-C in the terminal reaches us alone, and we end it in order."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.starts.append(time.monotonic())
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=dict(self.environ),
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - no threads run yet when children start
            )

    @property
    def fallen(self) -> int | None:
        """Exit code when it has ended, else None."""
        return self.process.poll() if self.process else None

    def falls_often(self, times: int = 5, seconds: float = 60) -> bool:
        """Whether it was started that many times within so many seconds."""
        return len(self.starts) >= times and time.monotonic() - self.starts[-times] < seconds

    def stop(self, patience: float = 15) -> None:
        """SIGTERM to its whole group, SIGKILL to what is left."""
        if self.process is None or self.process.poll() is not None:
            return
        _signal_group(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            _signal_group(self.process.pid, signal.SIGKILL)
            self.process.wait()


def _signal_group(leader: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, number)
