"""Where this host takes Debian's packages from, as its own apt says."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from lab.machines.command import run
from lab.machines.errors import LabError

RELEASE = "bookworm"
"""The release that the machines run."""

MIRROR = "ANCHORAGE_DEBIAN_MIRROR"
"""Names a Debian mirror where the host is no Debian of that release, such as http://mirror.example.net/debian."""

_FORMAT = "$(REPO_URI) $(SUITE) $(RELEASE) $(COMPONENT)"


@dataclass(frozen=True)
class Source:
    """One suite of one archive."""

    uri: str
    suite: str

    @property
    def line(self) -> str:
        """As it stands in sources.list."""
        return f"deb {self.uri} {self.suite} main"


def sources() -> list[Source]:
    """The archives for the machines: of the setting, or those of this host. Raises LabError where there is none."""
    named = os.environ.get(MIRROR)
    found = (
        [Source(named.rstrip("/"), RELEASE)]
        if named
        else configured(run("apt-get", "indextargets", "--format", _FORMAT))
    )
    if not found:
        raise LabError(
            f"No Debian mirror with {RELEASE} is configured on this machine. Name one in {MIRROR}, such as "
            "http://mirror.example.net/debian."
        )
    return found


def configured(listing: str) -> list[Source]:
    """The sources in apt's list of index targets. PURE."""
    found: dict[Source, None] = {}
    for line in listing.splitlines():
        uri, *words = line.split()
        ours = [word for word in words[:2] if re.fullmatch(rf"{RELEASE}(-updates|-security)?", word)]
        if ours and "main" in words and "/debian" in uri:
            found[Source(uri.rstrip("/"), ours[0])] = None
    return list(found)


def architecture() -> str:
    """Debian's name of this host's architecture."""
    return run("dpkg", "--print-architecture").strip()
