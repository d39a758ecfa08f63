"""Writes a mirror into a directory that an air-gapped site serves itself: packages by any web server, images by any
registry. What stands for something else in the lab is not in it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lab.machines import host, rootfs
from lab.machines.errors import LabError
from lab.machines.files import read_json, sha256
from lab.mirror import apt, artefacts, images, l3out_sync_image, registry, storage, upstream
from lab.mirror.artefacts import Artefact
from lab.mirror.versions import DEFAULT, Release

Say = Callable[[str], None]

LISTED, READABLE = "artefacts.json", "ARTEFACTS.txt"
README = """\
# A mirror for Anchorage: Kubernetes {kubernetes}

- `apt/`: a Debian repository, signed by `apt/{key}`. Serve it with any web server; its URL is the spec's
  `cluster.apt_mirror`, and the text of that key `cluster.apt_mirror_key`.
- `registry/`: the storage of a container registry (distribution 2.8 or newer, file system driver). Start one above it
  with `docker-registry serve registry.yml` in this directory, or copy the images into your own.
  For each registry that images are named by, the spec's `cluster.registries` has a line such as
  `{{upstream: registry.k8s.io, mirror: "http://HOST:5000/registry.k8s.io"}}`.
- `{listed}`, `{readable}`: every artefact with version, source and SHA-256. `anchorage mirror list DIR` compares them.

Not in it, because they cannot be built from the package registries: Calico's images and those of the add-ons that
`anchorage mirror list` does not name. Copy them from their makers' registries under the same names.
"""
CONFIG = """\
version: 0.1
storage:
  filesystem: {rootdirectory: ./registry}
  maintenance: {readonly: {enabled: true}}
http: {addr: ":5000"}
"""


def build(
    target: Path,
    cache: Path,
    say: Say,
    release: Release = DEFAULT,
    packages: upstream.Repository | None = None,
) -> list[Artefact]:
    """Write the mirror of a release into `target`, which is empty or an older mirror; the list of what it holds.
    `packages` names a repository from which Kubernetes' own packages are taken. Raises LabError and
    ProviderBuildError."""
    _refuse(target)
    base = rootfs.build(cache, say)
    own = upstream.fetch(packages, release, base, cache, say) if packages else None
    repository = apt.build(cache, base, say, release, own)
    wanted = [
        *images.kubernetes(cache, base, say, release),
        *images.add_ons(cache, base, say),
        *l3out_sync_image.images(cache, base, say),
    ]
    store = registry.build(cache, wanted, say)
    say(f"Writing {target}.")
    _copy(repository / "www", target / "apt")
    _copy(store / "layer" / registry.PLACE, target / "registry")
    sources = artefacts.sources_of_packages(release)
    if packages:
        sources |= dict.fromkeys(upstream.NAMES, f"{packages.url}, signed by its maker")
    found = [
        *artefacts.packages((read_json(repository / "manifest.json") or {})["packages"], sources),
        *artefacts.images(registry.contents(store), artefacts.sources_of_images(release)),
    ]
    _write(target, release, found)
    return found


def listed(target: Path) -> list[Artefact]:
    """What a mirror says that it holds. Raises LabError when it is none."""
    try:
        document: dict[str, Any] = json.loads((target / LISTED).read_text(encoding="utf-8"))
        return [Artefact(**one) for one in document["artefacts"]]
    except (OSError, ValueError, KeyError, TypeError):
        raise LabError(f"{target} holds no mirror: it has no {LISTED}. Make one: anchorage mirror build DIR") from None


def differing(target: Path, found: list[Artefact]) -> list[Artefact]:
    """Those that are missing or have another sum than listed."""
    return [one for one in found if not _is_as_listed(target, one)]


def _is_as_listed(target: Path, one: Artefact) -> bool:
    if one.kind == "package":
        path = target / one.place
        return path.is_file() and sha256(path) == one.sum
    store = storage.Reader(target / "registry")
    return store.is_whole(one.place, f"sha256:{one.sum}")


def _refuse(target: Path) -> None:
    if os.geteuid() != 0:
        raise LabError("A mirror is built by root: mmdebstrap unpacks Debian for it. Start the command with sudo.")
    why = host.reasons()
    if why:
        raise LabError(why[0].replace("The lab's machines are left out", "The mirror cannot be built"))
    if target.exists() and (not target.is_dir() or (any(target.iterdir()) and not (target / LISTED).exists())):
        raise LabError(f"{target} is there and is no mirror. Name an empty or a new directory.")


def _copy(source: Path, target: Path) -> None:
    """A copy that replaces what was there."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)


def _write(target: Path, release: Release, found: list[Artefact]) -> None:
    document = {"kubernetes": release.kubernetes, "artefacts": [one.to_json() for one in found]}
    texts = {
        READABLE: artefacts.readable(found),
        "README.md": README.format(kubernetes=release.kubernetes, key=apt.KEY, listed=LISTED, readable=READABLE),
        "registry.yml": CONFIG,
        LISTED: json.dumps(document, indent=1) + "\n",
    }
    for name, text in texts.items():
        (target / name).write_text(text, encoding="utf-8")
