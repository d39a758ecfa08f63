"""An OVA as it streams by: a tar archive with the descriptor first, then disks, with a manifest before or behind them.

Nothing is kept: a file's bytes must be taken when it comes. The archive is read by the standard library; this module
bounds what it may read for headers, because a header can claim to be of any size.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from webui.lookups.vcenter.upload import descriptor, manifest
from webui.lookups.vcenter.upload.descriptor import Descriptor
from webui.lookups.vcenter.upload.manifest import Digests, Manifest
from webui.lookups.vcenter.upload.refusal import OvaRefused

CHUNK = 1 << 20
"""Bytes handed on at a time."""
BUFFER = 1 << 18
"""Bytes asked of the source at a time."""
MAX_HEADERS = (1 << 20) + 2 * BUFFER
"""Bytes between two files, padding and what is read ahead included."""
SPARSE_MAGIC = b"KDMV"
"""First bytes of a stream-optimized VMDK."""
_NO_OVA = "This is not an OVA. Choose a file that ends in .ova, exported from vCenter or downloaded as a cloud image."


class Source(Protocol):
    """What an OVA is read from: an upload or a file, opened for bytes."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; b"" at the end."""
        ...


class SourceBroken(Exception):
    """Reading the OVA failed: the browser went away, or the disk cannot be read."""


class _Counted:
    """Counts what was read, and refuses to read on beyond a limit while headers are read."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.done = 0
        self.limit: int | None = None

    def read(self, size: int) -> bytes:
        if self.limit is not None and self.done + size > self.limit:
            raise OvaRefused(_NO_OVA)
        try:
            data = self._source.read(size)
        except OSError as error:
            raise SourceBroken("Reading the OVA broke off. Start the upload again.") from error
        self.done += len(data)
        return data


@dataclass
class OvaFile:
    """A file of the archive. Its chunks can be taken once; they raise OvaRefused where it is not what it seems."""

    name: str
    size: int
    _chunks: Iterator[bytes]

    def chunks(self) -> Iterator[bytes]:
        """The file's bytes."""
        return self._chunks


class Ova:
    """An OVA whose descriptor was read; `files` gives what follows. Raises OvaRefused, SourceBroken."""

    def __init__(self, source: Source) -> None:
        self._counted = _Counted(source)
        self._digests = Digests()
        with _reading():
            self._tar = self._open()
            first = self._next()
            if first is None or not first.name.lower().endswith(".ovf"):
                found = f" It begins with {first.name!r}." if first else ""
                raise OvaRefused(f"{_NO_OVA} The descriptor (.ovf) must be its first file.{found}")
            self.descriptor = Descriptor.read(self._small(first, descriptor.MAX_BYTES))

    @property
    def done(self) -> int:
        """Bytes of the archive that were read."""
        return self._counted.done

    def files(self) -> Iterator[OvaFile]:
        """The disks and other files that the descriptor names, in the archive's order.

        At the end it raises OvaRefused if one is missing or does not agree with the manifest.
        """
        missing = dict.fromkeys(self.descriptor.files)
        with _reading():
            while (member := self._next()) is not None:
                if member.name.lower().endswith(".mf"):
                    self._digests.known(Manifest.read(self._small(member, manifest.MAX_BYTES)))
                    continue
                chunks = self._chunks(member)
                if member.name in missing:
                    del missing[member.name]
                    yield OvaFile(member.name, member.size, chunks)
                for _ in chunks:  # what nobody took: read on to the next file
                    pass
        if missing:
            raise OvaRefused(f"The OVA lacks {', '.join(missing)}. Download or export it again.")

    def _open(self) -> Any:
        self._counted.limit = MAX_HEADERS
        source: Any = self._counted  # a stream is only read, which the type of files does not say
        return tarfile.open(fileobj=source, mode="r|", bufsize=BUFFER, errorlevel=2)

    def _next(self) -> tarfile.TarInfo | None:
        self._counted.limit = self._counted.done + MAX_HEADERS
        member: tarfile.TarInfo | None = self._tar.next()
        self._counted.limit = None
        self._tar.members = []  # it would keep them all
        if member is not None and (not member.isreg() or member.issparse()):
            raise OvaRefused(f"{_NO_OVA} It holds {member.name!r}, which is no ordinary file.")
        return member

    def _small(self, member: tarfile.TarInfo, limit: int) -> bytes:
        if member.size > limit:
            raise OvaRefused(f"{_NO_OVA} Its {member.name} is too large to be one.")
        return b"".join(self._chunks(member))

    def _chunks(self, member: tarfile.TarInfo) -> Iterator[bytes]:
        running, left = self._digests.begin(member.name), member.size
        with _reading():
            stream = self._tar.extractfile(member)
            while left and stream:
                data = stream.read(min(CHUNK, left))
                if not data:
                    raise OvaRefused("The OVA ends too early. Download or export it again.")
                if left == member.size:
                    _check_disk(member.name, data)
                running.update(data)
                left -= len(data)
                yield data
        self._digests.end(running)


def _check_disk(name: str, start: bytes) -> None:
    if name.lower().endswith(".vmdk") and not start.startswith(SPARSE_MAGIC[: len(start)]):
        raise OvaRefused(f"{name} is not a stream-optimized VMDK, the one kind that an OVA may hold. Export it again.")


class _reading:  # noqa: N801 (reads as a statement)
    """What the tar reader raises, told as a sentence."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, tarfile.ReadError) and "unexpected end" in str(error):
            raise OvaRefused("The OVA ends too early. Download or export it again.") from error
        if isinstance(error, (tarfile.TarError, EOFError, OverflowError, ValueError)):
            raise OvaRefused(_NO_OVA) from error
