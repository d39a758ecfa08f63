"""Who a process is: a number alone does not tell, since numbers are used again."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def began(pid: int) -> float | None:
    """When the process began, in seconds since the machine started; None when it is gone (or a zombie)."""
    try:
        # The name in parentheses may hold anything, so count from the last one.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in ("Z", "X") else int(fields[19]) / TICKS


def is_ours(pid: int | None, started: float | None) -> bool:
    """Whether the process with this number is still the one that was recorded."""
    return pid is not None and started is not None and began(pid) == started


def signal_group(pid: int, number: signal.Signals) -> None:
    """Signal a process group; one that is gone is no error."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, number)


def end_group(pid: int, started: float, patience: float = 8.0) -> None:
    """End a process group that is not our child: gracefully first, by force after `patience` seconds."""
    until = time.monotonic() + patience
    for number in (signal.SIGINT, signal.SIGINT):
        if not is_ours(pid, started):
            return
        signal_group(pid, number)
        pause = time.monotonic() + patience / 2
        while is_ours(pid, started) and time.monotonic() < min(until, pause):
            time.sleep(0.05)
    if is_ours(pid, started):
        signal_group(pid, signal.SIGKILL)
