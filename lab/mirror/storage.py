"""A registry's storage, written as Debian's docker-registry keeps it, so that the registry itself has only to read.

Layout: the `filesystem` driver of distribution 2.8 (registry/storage/paths.go). A layer of several images lies there
once.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lab.machines.files import sha256
from lab.mirror import oci
from lab.mirror.oci import Blob, Image

ROOT = "docker/registry/v2"


@dataclass
class Storage:
    """The storage below `home`, while it is filled."""

    home: Path
    layers: dict[Path, Blob] = field(default_factory=dict)

    def add(self, image: Image) -> str:
        """Put an image in, under its own name and tag; its manifest's digest."""
        layers = [self._layer(tree) for tree in image.layers]
        about = self._put(oci.config(image, layers), oci.CONFIG)
        document = self._put(oci.manifest(image, about, layers), oci.MANIFEST)
        for one in (about, *layers):
            self._link(image, "_layers", one.digest)
        self._link(image, "_manifests/revisions", document.digest)
        self._link(image, f"_manifests/tags/{image.tag}/index", document.digest)
        _write(self._repository(image) / f"_manifests/tags/{image.tag}/current/link", document.digest.encode())
        return document.digest

    def _layer(self, tree: Path) -> Blob:
        if tree not in self.layers:
            unnamed = self.home / ".layer"
            self.home.mkdir(parents=True, exist_ok=True)
            found = oci.layer(tree, unnamed)
            place = self.data(found.digest)
            place.parent.mkdir(parents=True, exist_ok=True)
            unnamed.replace(place)
            self.layers[tree] = found
        return self.layers[tree]

    def _put(self, content: bytes, kind: str) -> Blob:
        found = oci.blob(content, kind)
        _write(self.data(found.digest), content)
        return found

    def data(self, digest: str) -> Path:
        """Where a blob lies."""
        algorithm, _, hexadecimal = digest.partition(":")
        return self.home / ROOT / "blobs" / algorithm / hexadecimal[:2] / hexadecimal / "data"

    def _repository(self, image: Image) -> Path:
        return self.home / ROOT / "repositories" / image.name

    def _link(self, image: Image, kind: str, digest: str) -> None:
        _write(self._repository(image) / kind / digest.replace(":", "/") / "link", digest.encode())


def fill(home: Path, images: list[Image]) -> Mapping[str, str]:
    """Put images into a fresh storage; reference -> digest of the manifest."""
    storage = Storage(home)
    return {image.ref: storage.add(image) for image in images}


@dataclass(frozen=True)
class Reader:
    """A storage that was filled, below `home`."""

    home: Path

    def is_whole(self, ref: str, digest: str) -> bool:
        """Whether the tag leads to this manifest, and all that it names is there with its sum."""
        name, _, tag = ref.rpartition(":")
        current = self.home / ROOT / "repositories" / name / f"_manifests/tags/{tag}/current/link"
        if not current.is_file() or current.read_text() != digest or not self._is_right(digest):
            return False
        document = json.loads(self._data(digest).read_text())
        return all(self._is_right(one["digest"]) for one in (document["config"], *document["layers"]))

    def _data(self, digest: str) -> Path:
        return Storage(self.home).data(digest)

    def _is_right(self, digest: str) -> bool:
        path = self._data(digest)
        return path.is_file() and sha256(path) == digest.partition(":")[2]


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(content)
    temporary.replace(path)
