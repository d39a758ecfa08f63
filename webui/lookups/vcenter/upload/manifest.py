"""The manifest of an OVA: digests of its files, checked while they stream by. Pure."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

from webui.lookups.vcenter.upload.refusal import OvaRefused

MAX_BYTES = 1 << 20
ALGORITHMS = {"SHA1": "sha1", "SHA256": "sha256", "SHA512": "sha512"}
"""As DSP0243 names them, and as hashlib does."""
_LINE = re.compile(r"(SHA1|SHA256|SHA512)\s*\((.+)\)\s*=\s*([0-9A-Fa-f]+)")


@dataclass(frozen=True)
class Manifest:
    """Per file: (hashlib's algorithm, digest in small hex digits)."""

    digests: dict[str, tuple[str, str]]

    @classmethod
    def read(cls, content: bytes) -> Manifest:
        """Read a manifest; raises OvaRefused where a line is none."""
        digests = {}
        for line in content.decode("utf-8", "replace").splitlines():
            if not line.strip():
                continue
            found = _LINE.fullmatch(line.strip())
            if not found or len(found[3]) != 2 * hashlib.new(ALGORITHMS[found[1]], usedforsecurity=False).digest_size:
                raise OvaRefused("The OVA's manifest is damaged. Download or export the OVA again.")
            digests[found[2].strip()] = (ALGORITHMS[found[1]], found[3].lower())
        return cls(digests)


@dataclass
class Digests:
    """Digests of files as they pass. Where the manifest comes last, every algorithm that it may use is computed."""

    manifest: Manifest | None = None
    done: dict[str, dict[str, str]] = field(default_factory=dict)

    def begin(self, file: str) -> Running:
        """Start a file."""
        if self.manifest is None:
            return Running(file, tuple(ALGORITHMS.values()))
        wanted = self.manifest.digests.get(file)
        return Running(file, (wanted[0],) if wanted else ())

    def end(self, running: Running) -> None:
        """A file is whole: compare it, if its digest is known. Raises OvaRefused."""
        self.done[running.file] = running.digests()
        if self.manifest:
            self._compare(self.manifest, running.file)

    def known(self, manifest: Manifest) -> None:
        """The manifest came: compare what has passed. Raises OvaRefused."""
        self.manifest = manifest
        for file in self.done:
            self._compare(manifest, file)

    def _compare(self, manifest: Manifest, file: str) -> None:
        algorithm, wanted = manifest.digests.get(file, ("", ""))
        if wanted and self.done[file].get(algorithm) != wanted:
            raise OvaRefused(
                f"The checksum of {file} differs from the OVA's manifest: the file is damaged or was changed. Download "
                "or export the OVA again."
            )


class Running:
    """Digests of one file."""

    def __init__(self, file: str, algorithms: tuple[str, ...]) -> None:
        self.file = file
        self._hashes = {name: hashlib.new(name, usedforsecurity=False) for name in algorithms}

    def update(self, data: bytes) -> None:
        """More of the file."""
        for one in self._hashes.values():
            one.update(data)

    def digests(self) -> dict[str, str]:
        """By algorithm."""
        return {name: one.hexdigest() for name, one in self._hashes.items()}
