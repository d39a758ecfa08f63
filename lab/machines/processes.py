"""Starts long-running programs inside the lab's control groups, apart from whoever asked for them."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab.machines import cgroups, nspawn
from lab.machines.command import run

LAUNCH = Path(__file__).with_name("launch.py")
KEPT = ("PATH", "LANG", "TZ")


def program(pid: int) -> str:
    """Name of the program that a process runs; empty once it has ended."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def start(lab: str, member: str, words: Sequence[str], log: Path, environ: Mapping[str, str] = {}) -> None:
    """Start a program as a member of the lab; it outlives the caller and ends with the lab. Raises LabError."""
    groups = cgroups.create(lab, member)
    line = nspawn.in_scope(lab, member, list(words)) if cgroups.needs_scope() else list(words)
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    run(sys.executable, "-I", "-S", LAUNCH, log, *map(str, groups), "--", *line, environ={**kept, **environ})
