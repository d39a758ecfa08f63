"""On a connected machine: Kubernetes' packages from their makers' own repository, instead of building them.

The user names the repository and the key that signs it; apt verifies it. Versions are those of the release."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lab.machines.command import run
from lab.machines.errors import LabError
from lab.machines.files import locked
from lab.mirror import apt, debs
from lab.mirror.versions import Release

Say = Callable[[str], None]

NAMES = ("kubeadm", "kubectl", "kubelet", "kubernetes-cni")
FROM_HERE = ("helm", "kustomize")
"""Packages that no such repository has: built here all the same."""


@dataclass(frozen=True)
class Repository:
    """A flat Debian repository: its URL, and the file with the key (ASCII armour or binary) that signs it."""

    url: str
    key: Path


def fetch(repository: Repository, release: Release, base: Path, cache: Path, say: Say) -> Path:
    """The directory with the packages of that repository; fetched on first use. Raises LabError."""
    if not repository.key.is_file():
        raise LabError(f"{repository.key} is not there: name the file with the key that signs {repository.url}.")
    others = debs.build(cache, say, release)
    text = f"{repository.url}\0{repository.key.read_bytes().hex()}\0{release.deb}\0{others.name}"
    home = cache.resolve() / "mirror" / f"upstream-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    with locked(home.parent / "upstream.lock"):
        if not home.is_dir():
            say(f"Fetching Kubernetes' packages from {repository.url}.")
            _fetch_into(home, repository, release, base)
            for path in others.glob("*.deb"):
                if path.name.startswith(FROM_HERE):
                    shutil.copyfile(path, home / path.name)
    return home


def _fetch_into(home: Path, repository: Repository, release: Release, base: Path) -> None:
    unfinished = home.with_name(f".{home.name}.{os.getpid()}")
    work = unfinished / "work"
    try:
        (work / "lists/partial").mkdir(parents=True)
        (work / "archives/partial").mkdir(parents=True)
        key = work / f"key.{'asc' if repository.key.read_bytes().startswith(b'-----') else 'gpg'}"
        shutil.copyfile(repository.key, key)
        (work / "sources.list").write_text(f"deb [signed-by={key}] {repository.url.rstrip('/')}/ /\n")
        (work / "status").write_text("")
        options = apt.apt_options(base, work, work / "status")
        run("apt-get", *options, "--quiet", "--error-on=any", "update", timeout=300)
        wanted = [name if name == "kubernetes-cni" else f"{name}={release.deb}" for name in NAMES]
        run("apt-get", *options, "--quiet", "download", *wanted, cwd=unfinished, timeout=900)
        shutil.rmtree(work)
        unfinished.rename(home)
    except LabError as wrong:
        raise LabError(
            f"Kubernetes' packages could not be taken from {repository.url}. {wrong} Check the URL, the key and that "
            f"it has the version {release.deb}."
        ) from None
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
