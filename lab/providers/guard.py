"""Recognises a stand-in, so that a real site can refuse it after `terraform init`."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator
from pathlib import Path

from lab.providers.identity import STAND_INS


def is_stand_in(workdir_or_binary: Path) -> bool:
    """True when this provider binary, or any provider that this working directory has installed or locked, is one of
    the lab's stand-ins. A directory in which nothing is installed holds none: ask after `terraform init`."""
    if workdir_or_binary.is_file():
        return _is_stand_in_binary(workdir_or_binary)
    return _locks_stand_in(workdir_or_binary) or any(map(_is_stand_in_binary, _provider_binaries(workdir_or_binary)))


def _is_stand_in_binary(path: Path) -> bool:
    if any(stand_in.version in path.name or stand_in.version in path.parts for stand_in in STAND_INS):
        return True
    if path.stat().st_size == 0:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return any(content.find(stand_in.marker) >= 0 for stand_in in STAND_INS)


def _provider_binaries(workdir: Path) -> Iterator[Path]:
    """Installed providers. Terraform links the directories of a filesystem mirror, so links are followed."""
    data = Path(os.environ.get("TF_DATA_DIR") or ".terraform")
    names = tuple(f"terraform-provider-{stand_in.name}" for stand_in in STAND_INS)
    for folder, _, files in os.walk(workdir / data / "providers", followlinks=True):
        for name in files:
            if name.startswith(names):
                yield Path(folder) / name


def _locks_stand_in(workdir: Path) -> bool:
    lock = workdir / ".terraform.lock.hcl"
    return lock.is_file() and any(f'"{stand_in.version}"' in lock.read_text() for stand_in in STAND_INS)
