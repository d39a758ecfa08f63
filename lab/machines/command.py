"""Runs a short command of the system; a failure becomes a LabError with the command's own words."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab.machines.errors import LabError

TAIL = 600
"""Characters of a command's error output that a sentence quotes at most."""


def run(
    *words: str | Path,
    stdin: str | None = None,
    environ: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout: float = 60,
) -> str:
    """The command's output. Raises LabError when it fails, is missing or does not end within `timeout` seconds."""
    line = [str(word) for word in words]
    try:
        done = subprocess.run(
            line, input=stdin, env=environ, cwd=cwd, timeout=timeout, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise LabError(f"The command {line[0]} is missing on this machine.") from None
    except subprocess.TimeoutExpired:
        raise LabError(f"The command {_short(line)} did not end within {timeout:.0f} s.") from None
    if done.returncode:
        raise LabError(f"The command {_short(line)} failed: {done.stderr.strip()[-TAIL:] or done.returncode}")
    return done.stdout


def succeeds(*words: str | Path) -> bool:
    """Whether the command ends well; its output is dropped. For questions and for removing what may be gone."""
    quiet = subprocess.DEVNULL
    return not subprocess.run([str(word) for word in words], stdout=quiet, stderr=quiet, check=False).returncode


def _short(line: Sequence[str]) -> str:
    return " ".join(line[:4]) + (" …" if len(line) > 4 else "")
