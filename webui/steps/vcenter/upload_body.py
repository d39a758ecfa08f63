"""The body of an upload as it arrives. A browser that stops sending has cancelled: that is no broken file."""

from __future__ import annotations

from webui.lookups.vcenter.upload.importing import Cancelled
from webui.lookups.vcenter.upload.ova import Source


class Body:
    """A source of exactly `size` bytes."""

    def __init__(self, stream: Source, size: int) -> None:
        self._stream = stream
        self._left = size

    def read(self, size: int) -> bytes:
        """At most so many bytes; nothing at the end. Raises Cancelled where the end comes too early."""
        data = self._stream.read(size)
        self._left -= len(data)
        if not data and size and self._left > 0:
            raise Cancelled
        return data
