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


def end_orphan(pid: int, started: float, pause: float = 4.0) -> bool:
    """End a process group whose parent is gone; whether there was one.

    The kernel has signalled it already when its parent went, and a second signal makes Terraform drop what it is at: so
    it gets `pause` seconds first, and again after the signal, before it is killed.
    """
    if not is_ours(pid, started):
        return False
    for number in (signal.SIGINT, signal.SIGKILL):
        if _is_gone(pid, started, pause):
            return True
        signal_group(pid, number)
    return _is_gone(pid, started, pause)


def _is_gone(pid: int, started: float, within: float) -> bool:
    until = time.monotonic() + within
    while is_ours(pid, started):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True
