"""Machines from power-on to the end: start, stop, destroy, list, and the whole lab's end."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lab.machines import cgroups, disk, names, network, nspawn, processes, site
from lab.machines.errors import LabError
from lab.machines.files import locked, read_json, write_json
from lab.machines.machine import Machine, from_json

BOOT = 60.0
"""Seconds that a machine may take to answer on its ssh port."""

GRACE = 1.0
"""Seconds before which a machine without processes has not ended but not begun."""

SHUTDOWN = 8.0
"""Seconds that a machine may take to power off by itself."""


@dataclass(frozen=True)
class State:
    """A machine of the lab. `host_key`: its public ssh host key, as it stands in known_hosts after the address."""

    machine: Machine
    running: bool
    host_key: str


def start(home: Path, machine: Machine) -> None:
    """Boot a machine and wait until its sshd answers; one that runs stays as it is. Raises LabError."""
    folder = _folder(home, machine.name)
    with locked(_lock(home, machine.name)):
        base = site.base(home)
        if network.segment(home) is None:
            raise LabError("The lab's network is down: bring the lab up first.")
        if not _running(home, machine.name):
            folder.mkdir(parents=True, exist_ok=True)
            write_json(folder / "machine.json", machine.to_json())
            _boot(home, folder, base, machine)
        site.announce(home, machine)


def _boot(home: Path, folder: Path, base: Path, machine: Machine) -> None:
    lab = names.of(home)
    console = folder / "console.log"
    try:
        root = disk.prepare(folder, base, machine)
        namespace = network.plug(home, machine)
        console.unlink(missing_ok=True)
        line = nspawn.command(machine.name, root, namespace, disk.own(folder))
        environ = nspawn.environment(unified=cgroups.is_v2())
        processes.start(lab.cgroup, machine.name, line, console, environ)
        wait_for_ssh(machine.v4, lambda: bool(cgroups.processes(lab.cgroup, machine.name)))
    except BaseException as wrong:
        _halt(home, machine.name)
        if isinstance(wrong, LabError) and console.exists():
            raise LabError(
                f"The machine {machine.name} did not boot: {wrong} {_last_words(console)}".rstrip()
            ) from None
        raise


def stop(home: Path, name: str) -> None:
    """Power a machine off; its disk stays. One that is off stays off."""
    with locked(_lock(home, name)):
        for pid in cgroups.processes(names.of(home).cgroup, name):
            if _is_nspawn(pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)  # nspawn asks the machine's systemd to halt
        _until(lambda: not _running(home, name), SHUTDOWN)
        _halt(home, name)


def destroy(home: Path, name: str) -> None:
    """Take a machine down at once and remove its disk; one that is not there is no error."""
    with locked(_lock(home, name)):
        _halt(home, name)
        site.forget(home, name)
        disk.remove(_folder(home, name))
        shutil.rmtree(_folder(home, name), ignore_errors=True)


def list_machines(home: Path) -> list[State]:
    """The lab's machines by name; one that goes while they are listed is there or not, and no error."""
    found = []
    for note in sorted((home / "machines").glob("*/machine.json")):
        if value := read_json(note):
            machine = from_json(value)
            found.append(State(machine, _running(home, machine.name), disk.host_key(note.parent)))
    return found


def down(home: Path) -> None:
    """End everything that the lab's machines have running or made on this host, also what a killed manager left."""
    if os.geteuid() != 0:
        return  # without root nothing was ever made
    lab = names.of(home)
    (home / "network.json").unlink(missing_ok=True)  # no machine starts from now on
    cgroups.kill(lab.cgroup)
    for folder in (home / "machines").glob("*/"):
        destroy(home, folder.name)
    site.down(home)
    for member in cgroups.members(lab.cgroup):
        cgroups.kill(lab.cgroup, member)
    disk.unmount(home)
    network.down(home)
    cgroups.remove(lab.cgroup)
    for name in ("machines", "locks", "site"):
        shutil.rmtree(home / name, ignore_errors=True)
    for name in ("network.lock", "base.json"):
        (home / name).unlink(missing_ok=True)


def wait_for_ssh(address: str, alive: Callable[[], bool], patience: float = BOOT) -> None:
    """Wait for the greeting of an ssh server. Raises LabError when `alive` says no, or after `patience` seconds."""
    began = time.monotonic()
    while time.monotonic() < began + patience:
        if _greets(address):
            return
        if time.monotonic() > began + GRACE and not alive():
            raise LabError("It ended while it booted.")
        time.sleep(0.05)
    raise LabError(f"Nothing answers on port 22 of {address} after {patience:.0f} s.")


def _greets(address: str) -> bool:
    try:
        with socket.create_connection((address, 22), timeout=0.5) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


def _halt(home: Path, name: str) -> None:
    lab = names.of(home)
    cgroups.kill(lab.cgroup, name)
    network.unplug(home, name)
    disk.unmount(_folder(home, name))
    cgroups.remove(lab.cgroup, name)


def _running(home: Path, name: str) -> bool:
    return any(map(_is_nspawn, cgroups.processes(names.of(home).cgroup, name)))


def _is_nspawn(pid: int) -> bool:
    return processes.program(pid) == "systemd-nspawn"


def _until(true: Callable[[], bool], patience: float) -> None:
    until = time.monotonic() + patience
    while not true() and time.monotonic() < until:
        time.sleep(0.05)


def _last_words(console: Path) -> str:
    lines = [line.strip() for line in console.read_text(errors="replace").splitlines() if line.strip()]
    return f"Its console ends with: {' / '.join(lines[-3:])}" if lines else ""


def _folder(home: Path, name: str) -> Path:
    return home / "machines" / name


def _lock(home: Path, name: str) -> Path:
    return home / "locks" / f"{name}.lock"
