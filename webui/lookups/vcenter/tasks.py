"""Waiting for vCenter's tasks. pyVmomi's own waiting wants task names that the simulated vCenter does not give."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from webui.lookups.vcenter.connecting import VCenter
from webui.lookups.vcenter.errors import TimedOut, of_fault
from webui.lookups.vcenter.views import read_one

POLL = 0.1
SLOWEST = 2.0
"""Seconds between two looks: at first and in the end."""


def wait(
    vcenter: VCenter,
    task: Any,
    *,
    timeout: float = 600,
    sleep: Callable[[float], None] = time.sleep,
    now: Callable[[], float] = time.monotonic,
) -> Any:
    """The task's result. Raises VCenterError when it fails or does not end in time (seconds)."""
    until, pause = now() + timeout, POLL
    while True:
        info = read_one(vcenter, task, "info").get("info")
        state = str(info.state) if info else "running"
        if state == "success":
            return info.result
        if state == "error":
            raise of_fault(info.error)
        if now() > until:
            raise TimedOut(f"vCenter did not end its task within {timeout:.0f} s. Look at the task in the client.")
        sleep(pause)
        pause = min(pause * 1.5, SLOWEST)
