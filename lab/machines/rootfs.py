"""The machines' root file system: built once by mmdebstrap into the cache, checked at each use, never written to.

`CACHE/machines/DIGEST/`: `root/`, and `manifest.json` with the packages' versions and a digest over every file's path,
mode, size and time of change."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lab.machines import debian, recipe
from lab.machines.command import run
from lab.machines.errors import LabError
from lab.machines.files import locked, read_json, write_json

Say = Callable[[str], None]


def build(cache: Path, say: Say) -> Path:
    """The directory `root/` of the current recipe; built on first use. Raises LabError."""
    sources = debian.sources()
    home = cache.resolve() / "machines" / recipe.digest(sources, debian.architecture())
    with locked(home.parent / "build.lock"):
        if not is_whole(home):
            say("Building the machines' root file system, once; about a minute.")
            _build_into(home, sources)
    return home / "root"


def is_whole(home: Path) -> bool:
    """Whether it was built to the end and nothing in it has changed since."""
    manifest = read_json(home / "manifest.json")
    return bool(manifest) and (home / "root").is_dir() and manifest["files"] == fingerprint(home / "root")


def manifest(root: Path) -> dict[str, Any]:
    """The manifest of a root file system that `build` returned."""
    found: dict[str, Any] = read_json(root.parent / "manifest.json")
    return found


def fingerprint(root: Path) -> str:
    """A digest over path, mode, size and time of change of everything below. Contents are not read: it takes 0.1 s."""
    found = hashlib.sha256()
    for line in sorted(_listing(str(root), len(str(root)))):
        found.update(line)
    return found.hexdigest()


def _listing(folder: str, cut: int) -> Iterator[bytes]:
    for entry in os.scandir(folder):
        about = entry.stat(follow_symlinks=False)
        size = 0 if stat.S_ISDIR(about.st_mode) else about.st_size
        yield f"{entry.path[cut:]} {about.st_mode:o} {size} {about.st_mtime_ns}\n".encode(errors="surrogateescape")
        if entry.is_dir(follow_symlinks=False):
            yield from _listing(entry.path, cut)


def _build_into(home: Path, sources: list[debian.Source]) -> None:
    unfinished = home.with_name(f".{home.name}.{os.getpid()}")
    for old in home.parent.glob(f".{home.name}.*"):
        shutil.rmtree(old)  # of a build that was killed; the lock is ours
    unfinished.mkdir(parents=True)
    try:
        _debootstrap(unfinished / "root", sources)
        recipe.install(unfinished / "root")
        write_json(unfinished / "manifest.json", _manifest(unfinished / "root"))
        shutil.rmtree(home, ignore_errors=True)
        unfinished.rename(home)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _debootstrap(root: Path, sources: list[debian.Source]) -> None:
    include = ",".join(recipe.PACKAGES)
    lines = [source.line for source in sources]
    try:
        run(
            "mmdebstrap", "--mode=root", "--variant=minbase", f"--include={include}", debian.RELEASE, root, *lines,
            timeout=900,
        )  # fmt: skip
    except LabError as wrong:
        raise LabError(
            f"The machines' root file system could not be built. {wrong} Is the Debian mirror reachable?"
        ) from None


def _manifest(root: Path) -> dict[str, Any]:
    admin = root / "var/lib/dpkg"
    listing = run("dpkg-query", f"--admindir={admin}", "-W", "-f", "${Package} ${Version}\n")
    return {"packages": dict(line.split() for line in listing.splitlines()), "files": fingerprint(root)}
