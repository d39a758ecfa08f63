"""Builds a Go program of the lab once into the cache, verifies it by checksum ever after.

A build lies in `CACHE/KIND-DIGEST/`: the binary and `build.json` with its checksum. DIGEST covers the sources, the Go
toolchain and what else the caller names. A build is whole or not there: it is made beside its place and renamed."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.providers import toolchain
from lab.providers.toolchain import ProviderBuildError

UNREACHABLE = ("dial tcp", "no such host", "i/o timeout", "proxyconnect", "module lookup disabled")
"""Signs in the output of Go that modules could not be fetched."""
MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}

Say = Callable[[str], None]


@dataclass(frozen=True)
class Program:
    """A Go program. `kind` is its place in the cache, `binary` its path within the build, `salt` what else the build
    depends on."""

    title: str
    kind: str
    sources: Path
    binary: str
    ldflags: str = "-s -w"
    salt: str = ""


def target() -> str:
    """`linux_amd64`, as Go and Terraform write it."""
    return f"{platform.system().lower()}_{MACHINES.get(platform.machine(), platform.machine())}"


def build(program: Program, cache: Path, say: Say, finish: Callable[[Path, Path], None] | None = None) -> Path:
    """The directory of the build, made on first use. `finish(made, home)` adds files before it is put in place.
    `say` gets a sentence when something takes time. Raises ProviderBuildError."""
    go = toolchain.find()
    home = cache.resolve() / f"{program.kind}-{_digest(program, go.version)}"
    if _is_whole(home, program):
        return home
    with _locked(home.parent):
        if not _is_whole(home, program):
            binary = toolchain.installed(go, cache, say)
            say(f"Building {program.title}, once; up to a minute.")
            _build_into(home, program, binary, finish)
    return home


def _digest(program: Program, go_version: str) -> str:
    digest = hashlib.sha256(f"{go_version} {program.binary} {program.ldflags} {target()} {program.salt}".encode())
    for source in sorted(program.sources.rglob("*")):
        if source.suffix in {".go", ".mod", ".sum"} and not source.name.endswith("_test.go"):
            digest.update(f"{source.relative_to(program.sources)}\0".encode() + source.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _is_whole(home: Path, program: Program) -> bool:
    """The build is there and its binary is what was built."""
    try:
        manifest = json.loads((home / "build.json").read_text())
        with (home / program.binary).open("rb") as content:
            return bool(manifest.get("sha256") == hashlib.file_digest(content, "sha256").hexdigest())
    except (OSError, ValueError):
        return False


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One builder a folder at a time; the lock goes with the process."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build_into(home: Path, program: Program, go: Path, finish: Callable[[Path, Path], None] | None) -> None:
    with tempfile.TemporaryDirectory(dir=home.parent, prefix=f".{home.name}-") as scratch:
        made = Path(scratch) / "build"
        binary = made / program.binary
        binary.parent.mkdir(parents=True)
        _compile(program, go, binary)
        if finish:
            finish(made, home)
        (made / "build.json").write_text(json.dumps({"sha256": hashlib.sha256(binary.read_bytes()).hexdigest()}) + "\n")
        shutil.rmtree(home, ignore_errors=True)
        made.rename(home)


def _compile(program: Program, go: Path, binary: Path) -> None:
    settings = {"CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    done = subprocess.run(
        [str(go), "build", "-trimpath", "-buildvcs=false", "-ldflags", program.ldflags, "-o", str(binary), "."],
        cwd=program.sources,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise ProviderBuildError(_why(program, done.stderr))


def _why(program: Program, output: str) -> str:
    tail = " ".join(output.split())[-400:]
    title = program.title[0].upper() + program.title[1:]
    if any(sign in output for sign in UNREACHABLE):
        return (
            f"{title} could not be built: its Go modules cannot be fetched from here. "
            f"Set GOPROXY to a module proxy that this machine reaches, or copy a cache that holds the build. ({tail})"
        )
    return f"{title} could not be built. ({tail})"
