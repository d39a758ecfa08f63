"""Sources that the lab takes whole from the Go module proxy: fetched by Go itself, checked against the pinned sum.

They lie unpacked and read-only in Go's module cache; nothing of them is compiled here.
"""

from __future__ import annotations

import json
import os
import subprocess
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache as remembered
from pathlib import Path

from lab.gobuild import UNREACHABLE
from lab.machines.errors import LabError
from lab.providers import toolchain

Say = Callable[[str], None]

PINS = Path(__file__).with_suffix(".toml")
PATIENCE = 300.0
"""Seconds that a download may take."""


@dataclass(frozen=True)
class Source:
    """A module at one version. `sum` is its h1 sum as in go.sum, `release` what its maker calls that version."""

    module: str
    version: str
    sum: str
    release: str


@remembered
def pinned(name: str) -> Source:
    """The pin of a source, by its name in sources.toml."""
    return Source(**tomllib.loads(PINS.read_text())[name])


def calico(cache: Path, say: Say) -> Path:
    """Calico's source tree: `manifests/`, `confd/etc/calico/confd/templates/`, `libcalico-go/config/crd/`. Raises
    LabError."""
    return fetch(pinned("calico"), cache, say)


def fetch(source: Source, cache: Path, say: Say) -> Path:
    """The source's directory in Go's module cache; fetched on first use. Raises LabError."""
    go = toolchain.installed(toolchain.find(), cache, say)
    done = subprocess.run(
        [str(go), "mod", "download", "-json", f"{source.module}@{source.version}"],
        cwd="/",
        env={**os.environ, "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local", "GOWORK": "off"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    found = json.loads(done.stdout or "{}")
    if done.returncode or "Dir" not in found:
        raise LabError(_why(source, found.get("Error") or done.stderr))
    if found["Sum"] != source.sum:
        raise LabError(
            f"The source of {source.module} {source.version} is not the pinned one: its sum is {found['Sum']}, "
            f"expected {source.sum}. Use another GOPROXY, or empty Go's module cache."
        )
    return Path(found["Dir"])


def _why(source: Source, output: str) -> str:
    tail = " ".join(output.split())[-400:]
    if any(sign in output for sign in UNREACHABLE):
        return (
            f"The source of {source.module} cannot be fetched from here. "
            f"Set GOPROXY to a module proxy that this machine reaches. ({tail})"
        )
    return f"The source of {source.module} {source.version} could not be fetched. ({tail})"
