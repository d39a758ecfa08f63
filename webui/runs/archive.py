"""Manifests for a cluster that the user runs: from the spec to one archive."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Mapping

from webui.lookups import manifests
from webui.render.archive import archive
from webui.settings import Settings
from webui.spec import ClusterSpec


def files(spec: ClusterSpec, settings: Settings, say: Callable[[str], None]) -> dict[str, str]:
    """Name -> text, in the order in which they are applied. Calico's own manifest is among them where it can be had.

    The spec is complete. One of the files holds the BGP password, if there is one."""
    try:
        documents = manifests.objects_of(spec, settings.cache, say)
    except manifests.NoManifest as error:
        say(f"Without Calico's own manifest: {error.what} {error.cause}")
        documents = {}
    return archive(spec, documents)


def packed(folder: str, found: Mapping[str, str]) -> bytes:
    """The files as a gzipped tar, in one folder, readable by their owner alone."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, text in found.items():
            data = text.encode()
            entry = tarfile.TarInfo(f"{folder}/{name}")
            entry.size, entry.mode = len(data), 0o600
            tar.addfile(entry, io.BytesIO(data))
    return out.getvalue()
