"""Runs a command in a process group of its own, hands over its lines as they come, and ends it when asked.

Output goes to unnamed files and is read from there: a pipe would break when the worker dies, and Terraform dies of a
broken pipe with its state half written.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from webui.runs.processes import began, signal_group
from webui.runs.stop import Stop

LAUNCH = Path(__file__).with_name("launch.py")
POLL = 0.05
SECOND_SIGNAL, FORCE = 6.0, 8.5
"""Seconds after the first signal. Terraform ends by itself after the first one, when no call to the APIC hangs."""

TAIL = 8000
"""Bytes of the error output that are kept."""


@dataclass(frozen=True)
class Result:
    """How the command ended. `errors`: the end of its error output; `forced`: it had to be killed."""

    code: int
    errors: str
    forced: bool = False


def run(
    command: Sequence[str],
    cwd: Path,
    environ: Mapping[str, str],
    on_line: Callable[[str], None],
    *,
    stop: Stop,
    on_start: Callable[[int, float], None] = lambda pid, started: None,
) -> Result:
    """Run to the end. `on_line` gets each line of the output; `on_start` the process group and when it began."""
    with tempfile.TemporaryFile(dir=cwd) as out, tempfile.TemporaryFile(dir=cwd) as err:
        child = _start(command, cwd, environ, out, err)
        on_start(child.pid, began(child.pid) or 0.0)
        lines, ending = Lines(out), Ending(child.pid, stop)
        try:
            while child.poll() is None:
                _hand_over(lines, on_line)
                ending.step(time.monotonic())
                time.sleep(POLL)
        finally:
            _make_sure(child)
        _hand_over(lines, on_line)
        for line in lines.rest():
            on_line(line)
        return Result(child.returncode, _tail(err), ending.forced)


def _start(
    command: Sequence[str], cwd: Path, environ: Mapping[str, str], out: IO[bytes], err: IO[bytes]
) -> subprocess.Popen[bytes]:
    launched = [sys.executable, "-I", "-S", str(LAUNCH), str(int(signal.SIGINT)), str(os.getpid()), *command]
    return subprocess.Popen(
        launched, cwd=cwd, env=dict(environ), stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True
    )


def _make_sure(child: subprocess.Popen[bytes]) -> None:
    """Whatever happened on our side, the group does not outlive us."""
    if child.poll() is None:
        signal_group(child.pid, signal.SIGKILL)
        child.wait()


def _hand_over(lines: Lines, on_line: Callable[[str], None]) -> None:
    for line in lines.more():
        on_line(line)


def _tail(file: IO[bytes]) -> str:
    size = os.fstat(file.fileno()).st_size
    return os.pread(file.fileno(), TAIL, max(0, size - TAIL)).decode(errors="replace")


class Lines:
    """Reads the lines of a file that another process still writes; the shared file position is left alone."""

    CHUNK = 1 << 20

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._at, self._open = file.fileno(), 0, b""

    def more(self) -> Iterator[str]:
        """The lines that are complete by now."""
        while chunk := os.pread(self._file, self.CHUNK, self._at):
            self._at += len(chunk)
            *complete, self._open = (self._open + chunk).split(b"\n")
            yield from (line.decode(errors="replace") for line in complete)

    def rest(self) -> Iterator[str]:
        """What follows the last line break."""
        if self._open:
            yield self._open.decode(errors="replace")


class Ending:
    """Ends a process group in steps: a signal, a second one, force; all within 10 s."""

    def __init__(self, pid: int, stop: Stop) -> None:
        self._pid, self._stop = pid, stop
        self._asked_at: float | None = None
        self._signals = 0
        self.forced = False

    def step(self, now: float) -> None:
        """Do what is due at `now` (seconds, monotonic)."""
        if not self._stop.asked:
            return
        self._asked_at = now if self._asked_at is None else self._asked_at
        waited = now - self._asked_at
        due = 1 + (waited >= SECOND_SIGNAL or self._stop.urgent)
        if self._signals < due:
            self._signals += 1
            signal_group(self._pid, signal.SIGINT)
        if waited >= FORCE and not self.forced:
            self.forced = True
            signal_group(self._pid, signal.SIGKILL)
