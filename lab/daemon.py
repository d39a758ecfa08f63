"""A process of the lab that outlives its starter: started detached, recorded, found again and ended, and never another.

The record (pid, start time, address) tells the process from one that was given its pid later."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from lab.certificates import write_private

STOP_TIMEOUT = 5.0


@dataclass(frozen=True, slots=True)
class Daemon:
    """A running process and where it listens (host:port)."""

    pid: int
    started: float
    address: str


def launch(command: Sequence[str], log: Path, environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, with its output in a 0600 log file."""
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        return subprocess.Popen(
            command, env=dict(environ), stdin=subprocess.DEVNULL, stdout=handle, stderr=handle, start_new_session=True
        )
    finally:
        os.close(handle)


def record(path: Path, pid: int, address: str) -> Daemon:
    """Write down who runs."""
    daemon = Daemon(pid, psutil.Process(pid).create_time(), address)
    write_private(path, json.dumps(asdict(daemon)))
    return daemon


def find(path: Path) -> Daemon | None:
    """The recorded process, if it is still the same one and alive."""
    try:
        daemon = Daemon(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return daemon if is_alive(daemon) else None


def last_port(path: Path) -> int:
    """The port of the last time, or 0."""
    try:
        return int(json.loads(path.read_text(encoding="utf-8"))["address"].rpartition(":")[2])
    except (OSError, ValueError, KeyError):
        return 0


def is_alive(daemon: Daemon) -> bool:
    """Whether this very process still runs."""
    try:
        found = psutil.Process(daemon.pid)
        return found.status() != psutil.STATUS_ZOMBIE and abs(found.create_time() - daemon.started) < 1.0
    except psutil.NoSuchProcess:
        return False


def stop(daemon: Daemon) -> None:
    """Ask the process to end; after STOP_TIMEOUT, end it."""
    if not is_alive(daemon):
        return
    try:
        process = psutil.Process(daemon.pid)
        process.send_signal(signal.SIGTERM)
        _ended(process)
    except psutil.NoSuchProcess:
        return


def _ended(process: psutil.Process) -> None:
    try:
        process.wait(STOP_TIMEOUT)
    except psutil.TimeoutExpired:
        process.kill()
        process.wait(STOP_TIMEOUT)
