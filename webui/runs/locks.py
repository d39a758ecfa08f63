"""One executor a cluster on this machine: a file lock, which the kernel frees when its process ends, in any way."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from webui.settings import Settings


@contextmanager
def held(settings: Settings, cluster_id: str) -> Iterator[bool]:
    """Try to take the cluster's lock: True when it is ours for the block, False when another process has it."""
    folder = settings.home / "locks"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(folder / cluster_id, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield _taken(handle)
    finally:
        os.close(handle)


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
