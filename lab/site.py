"""The built-in site: starts, finds and stops the simulated APIC as a process of its own. `lab.whole` has all parts.

Everything lies in a home directory (0700): certificate, password of admin, state, log and who runs. State is kept
across `down` and `up`; `reset` begins again with the preset fabric.
"""

import fcntl
import http.client
import json
import os
import secrets
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from lab import certificates
from lab.apic.home import ADMIN_PASSWORD, CA_PEM, LOCK, LOG, PROCESS, SERVER_PEM
from lab.vcenter import site as vcenter_site
from lab.vcenter.site import VCenterSite

HOST = "127.0.0.1"
START_TIMEOUT = 30.0
STOP_TIMEOUT = 5.0
LEFT_OUT = "left-out.txt"
"""In the lab's home: why it runs without machines."""

LAB_HEADER = "X-Anchorage-Lab"
ROOT = Path(__file__).resolve().parent.parent


class LabError(Exception):
    """The lab cannot do what was asked; the message is for people."""


@dataclass(frozen=True, slots=True)
class LabSite:
    """A running lab. `apic` is host:port; `password` is admin's; `page` shows the tree.

    `vcenter` is None where the lab has no machines; `left_out` says why, where `lab.whole` started it.
    """

    apic: str
    page: str
    ca_pem: str
    user: str
    password: str
    pid: int
    state: Path
    vcenter: VCenterSite | None = None
    left_out: str = ""

    def __repr__(self) -> str:
        return f"LabSite(apic={self.apic!r}, pid={self.pid})"


@dataclass(frozen=True, slots=True)
class _Process:
    """Who runs: a pid alone could have been given to another process since."""

    pid: int
    started: float
    port: int


def up(home: Path, cache: Path, *, port: int = 0) -> LabSite:
    """Start the lab if it does not run, and wait until it answers. `cache` is for what later parts build. LabError."""
    place = _place(home)
    with _locked(place):
        running = _running(place)
        if running is None:
            _prepare(place)
            running = _start(place, port or _last_port(place))
        _wait(place, running)
        return _site(place, running)


def status(home: Path) -> LabSite | None:
    """The lab if its process runs, None otherwise."""
    place = home / "apic"
    running = _running(place)
    return _site(place, running) if running else None


def down(home: Path) -> None:
    """Stop the lab; nothing to do is fine. State stays."""
    place = home / "apic"
    if not place.exists():
        return
    with _locked(place):
        running = _running(place)
        if running is not None:
            _stop(running)


def reset(home: Path) -> None:
    """Stop the lab and forget its state: the next `up` begins with the preset fabric. Certificate and password stay."""
    down(home)
    place = home / "apic"
    for name in ("state.db", "state.db-wal", "state.db-shm"):
        (place / name).unlink(missing_ok=True)


def _place(home: Path) -> Path:
    place = home / "apic"
    place.mkdir(parents=True, exist_ok=True)
    place.chmod(0o700)
    return place


@contextmanager
def _locked(place: Path) -> Iterator[None]:
    """One `up` or `down` at a time, also between processes."""
    with (place / LOCK).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _prepare(place: Path) -> None:
    if not certificates.is_current(place / CA_PEM, place / SERVER_PEM):
        certificates.make(place / CA_PEM, place / SERVER_PEM)
    if not (place / ADMIN_PASSWORD).exists():
        certificates.write_private(place / ADMIN_PASSWORD, secrets.token_urlsafe(18))


def _start(place: Path, port: int) -> _Process:
    wanted = port if port and _is_free(port) else 0
    port = wanted or _free_port()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-m", "lab.apic", "--home", str(place), "--port", str(port), "--lab", str(place.parent)]
    with _log(place) as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    # Whoever stops it later may be another program: reap it here, or it would stay as a zombie.
    threading.Thread(target=process.wait, name="reap-simulated-apic", daemon=True).start()
    running = _Process(process.pid, _started(process.pid), port)
    certificates.write_private(
        place / PROCESS, json.dumps({"pid": running.pid, "started": running.started, "port": port})
    )
    return running


@contextmanager
def _log(place: Path) -> Iterator[int]:
    handle = os.open(place / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        yield handle
    finally:
        os.close(handle)


def _running(place: Path) -> _Process | None:
    """The recorded process, if it is still the same one and alive."""
    try:
        record = json.loads((place / PROCESS).read_text(encoding="utf-8"))
        process = _Process(int(record["pid"]), float(record["started"]), int(record["port"]))
    except (OSError, ValueError, KeyError):
        return None
    return process if _is_alive(process) else None


def _is_alive(process: _Process) -> bool:
    try:
        found = psutil.Process(process.pid)
        return found.status() != psutil.STATUS_ZOMBIE and abs(found.create_time() - process.started) < 1.0
    except psutil.NoSuchProcess:
        return False


def _started(pid: int) -> float:
    try:
        return psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return 0.0


def _last_port(place: Path) -> int:
    """The port of the last time, so that addresses in specs and states stay true."""
    try:
        return int(json.loads((place / PROCESS).read_text(encoding="utf-8"))["port"])
    except (OSError, ValueError, KeyError):
        return 0


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(place: Path, process: _Process) -> None:
    context = ssl.create_default_context(cafile=place / CA_PEM)
    until = time.monotonic() + START_TIMEOUT
    while not _answers(process.port, context):
        if not _is_alive(process):
            raise LabError(f"The simulated APIC stopped while starting. Its last words: {_last_words(place)}")
        if time.monotonic() > until:
            _stop(process)
            raise LabError(f"The simulated APIC did not answer within {START_TIMEOUT:.0f} s. See {place / LOG}.")
        time.sleep(0.03)


def _answers(port: int, context: ssl.SSLContext) -> bool:
    connection = http.client.HTTPSConnection(HOST, port, timeout=2, context=context)
    try:
        connection.request("GET", "/lab/health")
        reply = connection.getresponse()
        return reply.status == 200 and reply.headers.get(LAB_HEADER) is not None
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _last_words(place: Path) -> str:
    lines = (place / LOG).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "none"


def _stop(process: _Process) -> None:
    """Ask it to stop; after STOP_TIMEOUT, end it. Only ever the process that was recorded."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if not _is_alive(process):
            return
        try:
            psutil.Process(process.pid).send_signal(number)
        except psutil.NoSuchProcess:
            return
        until = time.monotonic() + STOP_TIMEOUT
        while _is_alive(process) and time.monotonic() < until:
            time.sleep(0.02)


def _site(place: Path, process: _Process) -> LabSite:
    return LabSite(
        apic=f"{HOST}:{process.port}",
        page=f"https://{HOST}:{process.port}/lab/",
        ca_pem=(place / CA_PEM).read_text(encoding="utf-8"),
        user="admin",
        password=(place / ADMIN_PASSWORD).read_text(encoding="utf-8").strip(),
        pid=process.pid,
        state=place,
        vcenter=vcenter_site.status(place.parent),
        left_out=_left_out(place.parent),
    )


def _left_out(home: Path) -> str:
    try:
        return (home / LEFT_OUT).read_text(encoding="utf-8").strip()
    except OSError:
        return ""
