"""Control groups of the lab's processes. They are how its processes are found again, so nothing starts outside them.

v1 (also hybrid): a subtree in every hierarchy. v2: one directory; where systemd is process 1, a delegated scope.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from lab.machines.errors import LabError

ROOT = Path("/sys/fs/cgroup")
SYSTEMD = Path("/run/systemd/system")
CONTROLLERS = ("cpu", "cpuset", "io", "memory", "pids")


def is_v2(root: Path = ROOT) -> bool:
    """Whether the host has the unified hierarchy alone."""
    return (root / "cgroup.controllers").exists()


def hierarchies(root: Path = ROOT) -> list[Path]:
    """Where subtrees are made: each v1 hierarchy (symbolic links like `cpu,cpuacct` aside), or the one of v2."""
    if is_v2(root):
        return [root]
    return sorted(path for path in root.iterdir() if path.is_dir() and not path.is_symlink())


def needs_scope() -> bool:
    """On v2 systemd owns the tree and takes controllers back from strangers: ask it for a delegated scope."""
    return is_v2() and SYSTEMD.is_dir()


def create(lab: str, member: str) -> list[Path]:
    """Make the group `lab/member` everywhere; the directories that a process must join. Raises LabError."""
    if needs_scope():
        return []
    try:
        return [_subtree(hierarchy, lab, member) for hierarchy in hierarchies()]
    except OSError as wrong:
        raise LabError(f"No control group could be made for {member}: {wrong.strerror} ({wrong.filename}).") from None


def _subtree(hierarchy: Path, lab: str, member: str) -> Path:
    for group in (hierarchy / lab, hierarchy / lab / member):
        group.mkdir(exist_ok=True)
        if (group / "cpuset.cpus").exists() and not is_v2():
            for name in ("cpuset.cpus", "cpuset.mems"):  # v1 takes no process before these are set
                (group / name).write_text((hierarchy / name).read_text())
    if is_v2():
        for parent in (hierarchy, hierarchy / lab):
            _hand_down(parent)
    return hierarchy / lab / member


def _hand_down(group: Path) -> None:
    for controller in set((group / "cgroup.controllers").read_text().split()) & set(CONTROLLERS):
        with contextlib.suppress(OSError):  # one that the host keeps for itself
            (group / "cgroup.subtree_control").write_text(f"+{controller}")


def scope(lab: str, member: str) -> str:
    """Name of the systemd scope that stands for `lab/member`."""
    return f"{lab}-{member}.scope"


def processes(lab: str, member: str = "") -> set[int]:
    """Processes of a member, or of the whole lab."""
    found: set[int] = set()
    for group in _groups(lab, member):
        for folder, _, files in os.walk(group):
            if "cgroup.procs" in files:
                with contextlib.suppress(OSError):
                    found |= {int(pid) for pid in (Path(folder) / "cgroup.procs").read_text().split()}
    return found - {0}  # 0: a process that this namespace cannot see


def _groups(lab: str, member: str) -> Iterator[Path]:
    for hierarchy in hierarchies():
        yield hierarchy / lab / member if member else hierarchy / lab
    if needs_scope():
        yield from ROOT.glob(f"*/{scope(lab, member or '*')}")


def members(lab: str) -> set[str]:
    """Names of the groups that exist below the lab's."""
    found = {path.name for hierarchy in hierarchies() for path in (hierarchy / lab).glob("*") if path.is_dir()}
    if needs_scope():
        found |= {path.name[len(lab) + 1 : -len(".scope")] for path in ROOT.glob(f"*/{scope(lab, '*')}")}
    return found - set(CONTROLLERS)


def kill(lab: str, member: str = "", patience: float = 10.0) -> None:
    """Kill every process of the group, until none is left. Raises LabError after `patience` seconds."""
    until = time.monotonic() + patience
    while left := processes(lab, member):
        _kill(left)
        if time.monotonic() > until:
            raise LabError(f"Processes of {member or lab} do not end: {', '.join(map(str, sorted(left)))}.")
        time.sleep(0.02)


def _kill(pids: set[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def remove(lab: str, member: str = "", patience: float = 20.0) -> None:
    """Remove the group; the kernel may hold one for a moment after its last process. Raises LabError.

    What a killed manager had just forked may enter the group after everything in it was killed: it ends here.
    """
    until = time.monotonic() + patience
    while left := [group for group in _groups(lab, member) if group.exists() and not _removed(group)]:
        _kill(processes(lab, member))
        if time.monotonic() > until:
            raise LabError(f"The control group {left[0]} cannot be removed.")
        time.sleep(0.05)


def _removed(group: Path) -> bool:
    for folder, _, _ in os.walk(group, topdown=False):
        with contextlib.suppress(OSError):
            Path(folder).rmdir()
    return not group.exists()
