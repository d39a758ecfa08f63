"""Images: what one is made of, and its blobs in the OCI format. The same directories give the same digests."""

from __future__ import annotations

import hashlib
import json
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from lab import gobuild

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
"""Not compressed: in the lab, where a copy costs less than unpacking it on five machines at once."""
MADE = "2026-01-01T00:00:00Z"
"""When every image says it was made: a clock would give each build another digest."""
BLOCK = 1 << 20


@dataclass(frozen=True)
class Image:
    """An image: `ref` is UPSTREAMHOST/NAME:TAG, each directory of `layers` is one layer, `says` what it stands for when
    it is not the real one, `user` (UID[:GID]) who runs it; empty is root."""

    ref: str
    layers: tuple[Path, ...]
    entrypoint: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    says: str = ""
    user: str = ""

    @property
    def name(self) -> str:
        """`registry.k8s.io/coredns/coredns`."""
        return self.ref.rpartition(":")[0]

    @property
    def tag(self) -> str:
        """`v1.14.2`."""
        return self.ref.rpartition(":")[2]


@dataclass(frozen=True)
class Blob:
    """A blob that was written: its digest (`sha256:…`) and size in bytes."""

    digest: str
    size: int
    kind: str

    def described(self) -> dict[str, Any]:
        """The descriptor of it in a manifest."""
        return {"mediaType": self.kind, "digest": self.digest, "size": self.size}


def layer(tree: Path, target: Path) -> Blob:
    """Write a directory as a layer's tar to `target`: sorted, owned by root, without times."""
    with target.open("wb") as raw:
        measured = _Measured(raw)
        with tarfile.open(fileobj=measured, mode="w|", format=tarfile.PAX_FORMAT, bufsize=BLOCK) as archive:  # type: ignore[call-overload]
            for path in _below(tree):
                _add(archive, tree, path)
    return Blob(f"sha256:{measured.sum.hexdigest()}", measured.size, LAYER)


def config(image: Image, layers: list[Blob]) -> bytes:
    """The image's configuration."""
    about: dict[str, Any] = {
        "architecture": gobuild.target().partition("_")[2],
        "os": "linux",
        "created": MADE,
        "config": {"Entrypoint": list(image.entrypoint), "Env": [f"{name}={value}" for name, value in _env(image)]},
        "rootfs": {"type": "layers", "diff_ids": [one.digest for one in layers]},
        "history": [{"created": MADE, "created_by": "anchorage"} for _ in layers],
    }
    if image.user:
        about["config"]["User"] = image.user
    if image.says:
        about["config"]["Labels"] = {"anchorage.says": image.says}
    return _json(about)


def manifest(image: Image, about: Blob, layers: list[Blob]) -> bytes:
    """The image's manifest: its configuration `about` and its layers."""
    document: dict[str, Any] = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": about.described(),
        "layers": [one.described() for one in layers],
    }
    if image.says:
        document["annotations"] = {"anchorage.says": image.says}
    return _json(document)


def blob(content: bytes, kind: str) -> Blob:
    """The description of bytes that are a blob."""
    return Blob(f"sha256:{hashlib.sha256(content).hexdigest()}", len(content), kind)


def _env(image: Image) -> list[tuple[str, str]]:
    return sorted({"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", **image.env}.items())


def _json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":"), sort_keys=True).encode()


def _below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        yield path
        if path.is_dir() and not path.is_symlink():
            yield from _below(path)


def _add(archive: tarfile.TarFile, tree: Path, path: Path) -> None:
    about = path.lstat()
    entry = tarfile.TarInfo(str(path.relative_to(tree)))
    entry.mode = about.st_mode & 0o7777
    if path.is_symlink():
        entry.type, entry.linkname, entry.mode = tarfile.SYMTYPE, str(path.readlink()), 0o777
        archive.addfile(entry)
    elif path.is_dir():
        entry.type = tarfile.DIRTYPE
        archive.addfile(entry)
    else:
        entry.size = about.st_size
        with path.open("rb") as content:
            archive.addfile(entry, content)


class _Measured:
    """A file that keeps the sum and the size of what is written to it."""

    def __init__(self, target: BinaryIO) -> None:
        self.target = target
        self.sum = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        self.sum.update(data)
        self.size += len(data)
        return self.target.write(data)
