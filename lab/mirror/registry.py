"""The image registry of the lab's mirror: Debian's docker-registry above a storage that was filled when it was built.

`CACHE/mirror/registry-DIGEST/`: `layer/srv/registry/` (the storage; the site servers' file system has it as a layer)
and `manifest.json` with each image's digest and what it stands for.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lab.machines.files import locked, read_json, write_json
from lab.machines.rootfs import fingerprint
from lab.mirror import storage
from lab.mirror.oci import Image

Say = Callable[[str], None]

PORT = 5000
PLACE = "srv/registry"
"""Where the server finds its storage."""
FORM = 1
"""Raised when the way of writing changes without its data."""

CONFIG = """\
version: 0.1
log: {{level: warn, accesslog: {{disabled: true}}}}
storage:
  filesystem: {{rootdirectory: /{place}}}
  cache: {{blobdescriptor: inmemory}}
  maintenance: {{readonly: {{enabled: true}}, uploadpurging: {{enabled: false}}}}
http: {{addr: "{address}", secret: of-no-use-where-nothing-is-written}}
"""


def build(cache: Path, images: list[Image], say: Say) -> Path:
    """The registry's directory with these images; written on first use. Raises LabError."""
    home = cache.resolve() / "mirror" / f"registry-{_digest(images)}"
    with locked(home.parent / "registry.lock"):
        if not is_whole(home):
            say(f"Writing the mirror's {len(images)} images, once; less than a minute.")
            _build_into(home, images)
    return home


def is_whole(home: Path) -> bool:
    """Whether it was written to the end and nothing in it has changed since."""
    manifest = read_json(home / "manifest.json")
    return bool(manifest) and (home / "layer").is_dir() and manifest["files"] == fingerprint(home / "layer")


def contents(home: Path) -> dict[str, dict[str, Any]]:
    """The images: reference -> `digest`, `says`."""
    found: dict[str, dict[str, Any]] = (read_json(home / "manifest.json") or {}).get("images", {})
    return found


def configuration(address: str) -> str:
    """The server's configuration, for a listening address host:port."""
    return CONFIG.format(place=PLACE, address=address)


def _digest(images: list[Image]) -> str:
    text = [
        str(FORM),
        *(repr((one.ref, one.layers, one.entrypoint, sorted(one.env.items()), one.says, one.user)) for one in images),
    ]
    return hashlib.sha256("\0".join(text).encode()).hexdigest()[:16]


def _build_into(home: Path, images: list[Image]) -> None:
    unfinished = home.with_name(f".{home.name}.{os.getpid()}")
    for old in home.parent.glob(f".{home.name}.*"):
        shutil.rmtree(old)  # of a build that was killed; the lock is ours
    try:
        digests = storage.fill(unfinished / "layer" / PLACE, images)
        listed = {one.ref: {"digest": digests[one.ref], "says": one.says} for one in images}
        about = {"images": listed, "files": fingerprint(unfinished / "layer")}
        write_json(unfinished / "manifest.json", about)
        shutil.rmtree(home, ignore_errors=True)
        unfinished.rename(home)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
