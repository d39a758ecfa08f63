"""Recognises a stand-in, so that a real site can refuse it after `terraform init`."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator
from pathlib import Path

from lab.providers.identity import MARKER, VERSION


def is_stand_in(workdir_or_binary: Path) -> bool:
    """True when this provider binary, or any ACI provider that this working directory has installed or locked,
    is the lab's stand-in. A directory in which nothing is installed holds none: ask after `terraform init`."""
    if workdir_or_binary.is_file():
        return _is_stand_in_binary(workdir_or_binary)
    return _locks_stand_in(workdir_or_binary) or any(map(_is_stand_in_binary, _provider_binaries(workdir_or_binary)))


def _is_stand_in_binary(path: Path) -> bool:
    if VERSION in path.name or VERSION in path.parts:
        return True
    if path.stat().st_size == 0:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(MARKER) >= 0


def _provider_binaries(workdir: Path) -> Iterator[Path]:
    """Installed ACI providers. Terraform links the directories of a filesystem mirror, so links are followed."""
    data = Path(os.environ.get("TF_DATA_DIR") or ".terraform")
    for folder, _, names in os.walk(workdir / data / "providers", followlinks=True):
        for name in names:
            if name.startswith("terraform-provider-aci"):
                yield Path(folder) / name


def _locks_stand_in(workdir: Path) -> bool:
    lock = workdir / ".terraform.lock.hcl"
    return lock.is_file() and f'"{VERSION}"' in lock.read_text()
