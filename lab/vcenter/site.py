"""Starts, finds and stops the simulated vCenter as a process of its own.

Everything lies in `HOME/vcenter` (0700): users and their passwords, log, who runs. Its certificate is the lab's, signed
by the same CA as the simulated APIC's. The inventory does not survive a restart: machines that were made are gone then.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lab import certificates, daemon, gobuild
from lab.apic.home import CA_PEM, SERVER_PEM

HOST = "127.0.0.1"
START_TIMEOUT = 15.0
INVENTORY = Path(__file__).with_name("inventory.json")
SIMULATOR = gobuild.Program(
    title="the lab's simulated vCenter",
    kind="vcenter",
    sources=Path(__file__).with_name("simulator"),
    binary="vcenter",
)
ADMIN = "administrator@vsphere.local"
READER = "reader@vsphere.local"
"""May look at everything and change nothing: for trying out what a missing privilege looks like."""
PROCESS, LOG, USERS, LOCK, FAULTS = "process.json", "log", "users.json", "lock", "faults.json"
FILES = "datastores"


class VCenterError(Exception):
    """The simulated vCenter cannot do what was asked; the message is for people."""


@dataclass(frozen=True, slots=True)
class VCenterSite:
    """A running simulated vCenter. `address` is host:port, `faults` the file of fault rules that it looks at."""

    address: str
    ca_pem: str
    user: str
    password: str = field(repr=False)
    reader: str
    reader_password: str = field(repr=False)
    pid: int
    faults: Path
    log: Path


def build(cache: Path, say: Callable[[str], None]) -> Path:
    """The simulator's binary, built on first use. Raises ProviderBuildError."""
    return gobuild.build(SIMULATOR, cache, say) / SIMULATOR.binary


def up(
    home: Path,
    cache: Path,
    *,
    port: int = 0,
    hook: str = "",
    inventory: Path = INVENTORY,
    environ: Mapping[str, str] = os.environ,
    say: Callable[[str], None] = lambda _: None,
) -> VCenterSite:
    """Start the simulated vCenter if it does not run, and wait until it answers.

    `hook` is a shell command that boots and stops a machine for each one that is powered on or off; its contract stands
    in simulator/internal/guests/hook.go. It runs with the simulator's environment, `environ`.
    Raises VCenterError, ProviderBuildError."""
    place = _place(home)
    with _locked(place):
        running = daemon.find(place / PROCESS)
        if running is None:
            _prepare(home, place)
            options = ["-inventory", str(inventory), "-hook", hook, "-listen", f"{HOST}:{_port(place, port)}"]
            running = _start(home, place, [str(build(cache, say)), *options], environ)
        return _site(home, place, running)


def status(home: Path) -> VCenterSite | None:
    """The simulated vCenter if its process runs, None otherwise."""
    place = home / "vcenter"
    running = daemon.find(place / PROCESS)
    return _site(home, place, running) if running else None


def down(home: Path) -> None:
    """Stop it; nothing to do is fine. Its inventory is forgotten; users and passwords stay."""
    place = home / "vcenter"
    if not place.exists():
        return
    with _locked(place):
        running = daemon.find(place / PROCESS)
        if running is not None:
            daemon.stop(running)
        shutil.rmtree(place / FILES, ignore_errors=True)


def _place(home: Path) -> Path:
    place = home / "vcenter"
    place.mkdir(parents=True, exist_ok=True)
    place.chmod(0o700)
    return place


@contextmanager
def _locked(place: Path) -> Iterator[None]:
    """One `up` or `down` at a time, also between processes."""
    with (place / LOCK).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _prepare(home: Path, place: Path) -> None:
    """The lab's certificate and the users, each made once."""
    apic = home / "apic"
    if not certificates.is_current(apic / CA_PEM, apic / SERVER_PEM):
        apic.mkdir(parents=True, exist_ok=True)
        apic.chmod(0o700)
        certificates.make(apic / CA_PEM, apic / SERVER_PEM)
    if not (place / USERS).exists():
        look = {"path": "/", "privileges": ["System.Anonymous", "System.View", "System.Read"], "propagate": True}
        users = [
            {"name": ADMIN, "password": secrets.token_urlsafe(18), "admin": True},
            {"name": READER, "password": secrets.token_urlsafe(18), "grants": [look]},
        ]
        certificates.write_private(place / USERS, json.dumps(users))


def _start(home: Path, place: Path, program: Sequence[str], environ: Mapping[str, str]) -> daemon.Daemon:
    server, ready, files = home / "apic" / SERVER_PEM, place / "ready", place / FILES
    ready.unlink(missing_ok=True)
    shutil.rmtree(files, ignore_errors=True)
    files.mkdir()
    command = [*program, "-ready", str(ready), "-users", str(place / USERS)]
    command += ["-cert", str(server), "-key", str(server), "-faults", str(place / FAULTS)]
    # The engine keeps the datastores' (empty) files in its temporary directory.
    process = daemon.launch(command, place / LOG, {**environ, "TMPDIR": str(files)})
    address = _wait(process, ready, place / LOG)
    return daemon.record(place / PROCESS, process.pid, address)


def _wait(process: subprocess.Popen[bytes], ready: Path, log: Path) -> str:
    """The address that the simulator serves, once it does."""
    until = time.monotonic() + START_TIMEOUT
    while not ready.exists():
        if process.poll() is not None:
            raise VCenterError(f"The simulated vCenter stopped while starting. Its last words: {_last_words(log)}")
        if time.monotonic() > until:
            process.kill()
            process.wait()
            raise VCenterError(f"The simulated vCenter did not answer within {START_TIMEOUT:.0f} s. See {log}.")
        time.sleep(0.02)
    return ready.read_text(encoding="utf-8").strip()


def _port(place: Path, wanted: int) -> int:
    """The wanted port, else the one of the last time, so that addresses in specs stay true; 0 where it is taken."""
    port = wanted or daemon.last_port(place / PROCESS)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return 0
    return port


def _last_words(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "none"


def _site(home: Path, place: Path, running: daemon.Daemon) -> VCenterSite:
    users = {user["name"]: user["password"] for user in json.loads((place / USERS).read_text(encoding="utf-8"))}
    return VCenterSite(
        address=running.address,
        ca_pem=(home / "apic" / CA_PEM).read_text(encoding="utf-8"),
        user=ADMIN,
        password=users[ADMIN],
        reader=READER,
        reader_password=users[READER],
        pid=running.pid,
        faults=place / FAULTS,
        log=place / LOG,
    )
