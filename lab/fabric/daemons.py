"""The routing daemons of the lab's speakers: FRR's zebra and bgpd, in the lab's control groups."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from lab.machines import cgroups, processes
from lab.machines.errors import LabError
from lab.machines.host import reasons as machine_reasons
from lab.machines.names import Names, digest
from lab.machines.network import leaf_namespace, run_folder

PROGRAMS = Path("/usr/lib/frr")
ZEBRA, BGPD = "zebra", "bgpd"
USER = "frr"
"""The daemons give up root for this user, whom Debian's package makes."""


def reasons() -> list[str]:
    """Why leaves cannot run here, each a sentence; empty when they can."""
    if why := machine_reasons():
        return why
    if not all((PROGRAMS / name).exists() for name in (ZEBRA, BGPD)):
        return ["The lab's leaves are left out: this machine lacks the package frr. Install it: apt install frr."]
    return []


def terminal(lab: Names, speaker: str, daemon: str) -> Path:
    """Where a daemon's terminal listens."""
    return _folder(lab, speaker) / f"{daemon}.vty"


def start(lab: Names, speaker: str, daemon: str, log: Path) -> None:
    """Start a daemon in the speaker's namespace, without any configuration. Raises LabError."""
    folder = _folder(lab, speaker)
    folder.mkdir(parents=True, exist_ok=True)
    folder.parent.chmod(0o711)
    shutil.chown(folder, USER, USER)
    folder.chmod(0o700)
    member = _member(speaker, daemon)
    cgroups.kill(lab.cgroup, member)
    for stale in (terminal(lab, speaker, daemon), *((folder / "zserv.api",) if daemon == ZEBRA else ())):
        stale.unlink(missing_ok=True)
    words = [
        "ip", "netns", "exec", leaf_namespace(lab, speaker), str(PROGRAMS / daemon), "-f", os.devnull, "-P", "0",
        "-i", str(folder / f"{daemon}.pid"), "-z", str(folder / "zserv.api"), "--vty_socket", str(folder),
        "--log", "stdout", "--log-level", "info",
    ]  # fmt: skip
    processes.start(lab.cgroup, member, words, log)


def pid(lab: Names, speaker: str, daemon: str) -> int | None:
    """The daemon's process, None when it does not run."""
    try:
        number = int((_folder(lab, speaker) / f"{daemon}.pid").read_text())
    except (OSError, ValueError):
        return None
    return number if processes.program(number) == daemon else None


def stop(lab: Names, speaker: str) -> None:
    """End a speaker's daemons at once; none running is no error. Raises LabError."""
    for daemon in (BGPD, ZEBRA):
        member = _member(speaker, daemon)
        if member in cgroups.members(lab.cgroup):
            cgroups.kill(lab.cgroup, member)
            cgroups.remove(lab.cgroup, member)
    shutil.rmtree(_folder(lab, speaker), ignore_errors=True)


def strangers(lab: Names, speakers: set[str]) -> None:
    """End the daemons of all speakers but these: what a killed simulator left."""
    known = {_member(speaker, daemon) for speaker in speakers for daemon in (BGPD, ZEBRA)}
    for member in cgroups.members(lab.cgroup):
        if member.startswith("leaf-") and member not in known and member.endswith((BGPD, ZEBRA)):
            cgroups.kill(lab.cgroup, member)
            cgroups.remove(lab.cgroup, member)


def _folder(lab: Names, speaker: str) -> Path:
    return run_folder(lab) / digest(speaker)


def _member(speaker: str, daemon: str) -> str:
    """The control group of a daemon; no machine may be called so."""
    return f"leaf-{digest(speaker)}-{daemon}"


__all__ = ["BGPD", "ZEBRA", "LabError", "pid", "reasons", "start", "stop", "strangers", "terminal"]
