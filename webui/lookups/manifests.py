"""Manifests of other makers, Calico's and MetalLB's: fetched once, checked against pinned sums, kept in the cache.

Anchorage brings none of them along. They are looked for in the cache (where a person may lay them, too), for the
built-in lab in its pinned sources, else at their makers or in the site's own mirror of them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import yaml

from lab.machines.errors import LabError
from lab.mirror import sources
from webui.render import calico, metallb
from webui.spec import ClusterSpec, versions
from webui.spec.versions import Release

Say = Callable[[str], None]
Documents = list[dict[str, Any]]
PATIENCE = 30.0
"""Seconds to wait for a server's answer."""
FOLDERS = {"calico": "manifests", "metallb": "config/manifests"}
"""Where a pinned source of the lab keeps its manifests."""


class NoManifest(Exception):
    """A manifest cannot be had: `what`, `cause` and `remedy` are sentences, `retry` whether another try may help."""

    def __init__(self, what: str, cause: str, remedy: str, retry: bool) -> None:
        super().__init__(f"{what} {cause} {remedy}")
        self.what, self.cause, self.remedy, self.retry = what, cause, remedy, retry


def lay_out(spec: ClusterSpec, cache: Path, folder: Path, say: Say) -> dict[str, str]:
    """Write what the roles of network.yml apply into a folder; returns the variables that name the files.

    The spec is complete. Raises NoManifest."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = {}
    for name, objects in objects_of(spec, cache, say).items():
        path = folder / f"{name}.json"
        path.write_text(json.dumps(objects))
        found[f"{name}_manifest_file"] = str(path)
    return found


def objects_of(spec: ClusterSpec, cache: Path, say: Say) -> dict[str, Documents]:
    """The makers' manifests with our changes, by the role that applies them. Raises NoManifest."""
    found, lab = {}, spec.fabric.site == "lab"
    release = versions.calico(spec.cluster.calico_version)
    if release is None and spec.mode == "no-cluster":  # which one is to be had there is the user's to say
        release = versions.proposed_calico(None, lab)
    mirror = spec.cluster.manifest_mirror
    if spec.cluster.cni in (None, "calico") and release is not None:
        documents = read("calico", release, calico.manifest_name(spec), cache, say, lab=lab, mirror=mirror)
        found["calico"] = calico.manifest(spec, documents)
    if metallb.wanted(spec):
        documents = read("metallb", versions.METALLB, metallb.MANIFEST, cache, say, lab=lab, mirror=mirror)
        found["load_balancer"] = metallb.manifest(documents)
    return found


def read(
    name: str, release: Release, file: str, cache: Path, say: Say, *, lab: bool = False, mirror: str | None = None
) -> Documents:
    """A manifest as its documents. `name`: calico | metallb; `lab` takes it from the lab's pinned source, where that
    is this release; `mirror` stands for the makers' server. Raises NoManifest."""
    kept = cache / "manifests" / name / release.tag / file
    if not (kept.exists() and _sum(kept.read_bytes()) == release.sums[file]):
        content = _from_source(name, release, file, cache, say) if lab else None
        _keep(kept, _checked(content or _fetched(release, file, kept, mirror, say), release, file, kept))
    return [document for document in yaml.load_all(kept.read_bytes(), Loader=_Loader) if document]


_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Ten thousand lines of definitions take seconds with the one that is written in Python."""


def _from_source(name: str, release: Release, file: str, cache: Path, say: Say) -> bytes | None:
    """From the lab's source, if it is of this release."""
    source = sources.pinned(name)
    if versions.bare(source.release) != release.version:
        return None
    try:
        return (sources.fetch(source, cache, say) / FOLDERS[name] / file).read_bytes()
    except LabError as error:
        raise NoManifest(f"The manifest {file} cannot be read.", str(error), "Then try again.", True) from error


def _fetched(release: Release, file: str, kept: Path, mirror: str | None, say: Say) -> bytes:
    url = f"{_base(release.url, mirror)}/{file}"
    say(f"Fetching {url}.")
    try:
        answer = httpx.get(url, timeout=PATIENCE, follow_redirects=True)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        what = f"The manifest {file} of {release.tag} cannot be fetched."
        remedy = f"Name a mirror of it (cluster.manifest_mirror), or lay the file into {kept.parent}."
        raise NoManifest(what, f"{url}: {error}", remedy, True) from error
    return answer.content


def _base(url: str, mirror: str | None) -> str:
    """Where the manifests lie: below the mirror, at the path that they have at their makers."""
    path = url.split("/", 3)[3]
    return f"{mirror.rstrip('/')}/{path}" if mirror else url


def _checked(content: bytes, release: Release, file: str, kept: Path) -> bytes:
    if _sum(content) == release.sums[file]:
        return content
    what = f"The manifest {file} is not the one of {release.tag} that Anchorage knows."
    cause = f"Its SHA-256 is {_sum(content)}, expected {release.sums[file]}."
    raise NoManifest(what, cause, f"Take the mirror away, or lay the right file into {kept.parent}.", False)


def _keep(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{hashlib.sha256(content).hexdigest()[:8]}")
    draft.write_bytes(content)
    draft.replace(path)


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
