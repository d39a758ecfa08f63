"""Builds Go programs of the lab once into the cache, verifies them by checksum ever after.

A build lies in `CACHE/KIND-DIGEST/`: the binaries and `build.json` with their checksum. DIGEST covers the sources, the
Go toolchain and what else the caller names. A build is whole or not there: it is made beside its place and renamed."""

from __future__ import annotations

import fcntl
import hashlib
import json
import platform
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab import gocompile
from lab.providers import toolchain
from lab.providers.toolchain import ProviderBuildError

UNREACHABLE = ("dial tcp", "no such host", "i/o timeout", "proxyconnect", "module lookup disabled")
"""Signs in the output of Go that modules could not be fetched."""
NO_SPACE = "no space left on device"
SPACE = "about 12 GB"
"""What a cold build of everything leaves on the disk."""
MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}

Say = Callable[[str], None]


@dataclass(frozen=True)
class Program:
    """A Go program, or several of one module. `kind` is its place in the cache, `binary` its path within the build (of
    several programs: their directory), `salt` what else the build depends on."""

    title: str
    kind: str
    sources: Path
    """The directory of go.mod. Its `go` line is the oldest Go that will do."""
    binary: str
    ldflags: str = "-s -w"
    salt: str = ""
    packages: tuple[str, ...] = (".",)
    """What is built: import paths, also of other modules that go.mod names. Each gives a binary of its own name."""
    minutes: int = 1
    """What it takes at most where nothing is there yet, on two cores."""


def target() -> str:
    """`linux_amd64`, as Go and Terraform write it."""
    return f"{platform.system().lower()}_{MACHINES.get(platform.machine(), platform.machine())}"


def build(program: Program, cache: Path, say: Say, finish: Callable[[Path, Path], None] | None = None) -> Path:
    """The directory of the build, made on first use. `finish(made, home)` adds files before it is put in place.
    `say` gets a sentence when something takes time. Raises ProviderBuildError."""
    go = toolchain.find(oldest=_oldest(program))
    home = cache.resolve() / f"{program.kind}-{_digest(program, go.version)}"
    if _is_whole(home, program):
        return home
    with _locked(home.parent, program, say):
        if not _is_whole(home, program):
            binary = toolchain.installed(go, cache, say)
            say(f"Building {program.title}, once; up to {_minutes(program.minutes)}.")
            _build_into(home, program, binary, say, finish)
    return home


def _oldest(program: Program) -> tuple[int, int]:
    line = re.search(r"^go (\d+)\.(\d+)", (program.sources / "go.mod").read_text(), re.MULTILINE)
    return (int(line[1]), int(line[2])) if line else toolchain.OLDEST


def _minutes(number: int) -> str:
    return "a minute" if number == 1 else f"{number} minutes"


def _digest(program: Program, go_version: str) -> str:
    salt = program.salt if program.packages == (".",) else f"{program.salt} {' '.join(program.packages)}"
    digest = hashlib.sha256(f"{go_version} {program.binary} {program.ldflags} {target()} {salt}".encode())
    for source in sorted(program.sources.rglob("*")):
        if source.suffix in {".go", ".mod", ".sum"} and not source.name.endswith("_test.go"):
            digest.update(f"{source.relative_to(program.sources)}\0".encode() + source.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _is_whole(home: Path, program: Program) -> bool:
    """The build is there and its binaries are what was built."""
    try:
        manifest = json.loads((home / "build.json").read_text())
        return bool(manifest.get("sha256") == _sum(home / program.binary))
    except (OSError, ValueError):
        return False


def _sum(binary: Path) -> str:
    """SHA-256 of a file; of a directory, of the list of its files' sums."""
    if binary.is_dir():
        lines = [f"{_sum(path)}  {path.name}\n" for path in sorted(binary.iterdir())]
        return hashlib.sha256("".join(lines).encode()).hexdigest()
    with binary.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


@contextmanager
def _locked(folder: Path, program: Program, say: Say) -> Iterator[None]:
    """One builder a folder at a time; the lock goes with the process."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if program.minutes > 1:
                say(f"Waiting for another process that builds a part of the lab; then {program.title}.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build_into(home: Path, program: Program, go: Path, say: Say, finish: Callable[[Path, Path], None] | None) -> None:
    with tempfile.TemporaryDirectory(dir=home.parent, prefix=f".{home.name}-") as scratch:
        made = Path(scratch) / "build"
        binary = made / program.binary
        (binary if len(program.packages) > 1 else binary.parent).mkdir(parents=True)
        _compile(program, go, binary, say)
        if finish:
            finish(made, home)
        (made / "build.json").write_text(json.dumps({"sha256": _sum(binary)}) + "\n")
        shutil.rmtree(home, ignore_errors=True)
        made.rename(home)


def _compile(program: Program, go: Path, binary: Path, say: Say) -> None:
    flags = ("-trimpath", "-buildvcs=false", "-ldflags", program.ldflags)
    order = gocompile.Order(program.title, program.sources, program.packages, flags, binary)
    done = gocompile.compile(go, order, say)
    if done.returncode != 0:
        raise ProviderBuildError(_why(program, done.output))


def _why(program: Program, output: str) -> str:
    tail = " ".join(output.split())[-400:]
    title = program.title[0].upper() + program.title[1:]
    if NO_SPACE in output:
        return f"{title} could not be built: the disk is full. Go's caches and the lab's cache want {SPACE}. ({tail})"
    if any(sign in output for sign in UNREACHABLE):
        return (
            f"{title} could not be built: its Go modules cannot be fetched from here. "
            f"Set GOPROXY to a module proxy that this machine reaches, or copy a cache that holds the build. ({tail})"
        )
    return f"{title} could not be built. ({tail})"
