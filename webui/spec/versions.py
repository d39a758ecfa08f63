"""The tested-versions table, `versions.toml`, as plain data. Read once, when this module is loaded."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Tried = Literal["run", "rendered", "no"]
State = Literal["", "ended", "broken"]

_TABLE: Mapping[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Minor:
    """A Kubernetes minor; `release` is the one of it that was tried, `why` a sentence on what hinders."""

    minor: str
    tried: Tried
    release: str = ""
    state: State = ""
    why: str = ""


@dataclass(frozen=True)
class Release:
    """A release that is installed from its makers' manifests. `sums`: file name -> SHA-256, fetched from below `url`.

    `kubernetes`: minors that its makers test it with; empty is any. `lab`: the built-in lab has its images.
    `keepalive`: a BGPPeer has keepaliveTime. `allocates`: it gives LoadBalancer services their addresses.
    """

    version: str
    kubernetes: tuple[str, ...]
    tried: Tried
    state: State = ""
    lab: bool = False
    keepalive: bool = False
    allocates: bool = False
    url: str = ""
    sums: Mapping[str, str] = field(default_factory=dict)

    @property
    def tag(self) -> str:
        """As it stands in image names: v3.32.1."""
        return f"v{self.version}"


def _releases(name: str) -> tuple[Release, ...]:
    return tuple(Release(**{**row, "kubernetes": tuple(row["kubernetes"])}) for row in _TABLE[name])


KUBERNETES = tuple(Minor(**row) for row in _TABLE["kubernetes"])
CALICO = _releases("calico")
METALLB = _releases("metallb")[0]
KUBE_ROUTER = _releases("kube_router")[0]
APIC_NEWEST: str = _TABLE["apic"]["newest"]
APIC_SIMULATED: str = _TABLE["apic"]["simulated"]
SYSTEMS: Mapping[str, Tried] = _TABLE["systems"]
"""The systems that machines may run; Ansible's role `supported` gets them from the inventory."""

PROPOSED_KUBERNETES = next(one for one in KUBERNETES if one.tried == "run").release


def bare(version: str) -> str:
    """A version without the v before it."""
    return version.strip().removeprefix("v")


def minor_of(version: str) -> str:
    """`1.36` of 1.36.3, v1.36 or 1.36."""
    return ".".join(bare(version).split(".")[:2])


def kubernetes(version: str) -> Minor | None:
    """The row of a Kubernetes version; the oldest row stands for all below it. None: newer than the table, or a gap."""
    asked = minor_of(version)
    oldest = KUBERNETES[-1]
    if _order(asked) <= _order(oldest.minor):
        return oldest
    return next((one for one in KUBERNETES if one.minor == asked), None)


def calico(version: str | None) -> Release | None:
    """The row of a Calico version; None where the table has none, so that there is no manifest to install."""
    return next((one for one in CALICO if version and one.version == bare(version)), None)


def proposed_calico(kubernetes_version: str | None, lab: bool) -> Release:
    """The newest release whose makers test it with this Kubernetes; the newest of all where none is. The lab has its
    own."""
    if lab:
        return next(one for one in CALICO if one.lab)
    minor = minor_of(kubernetes_version or PROPOSED_KUBERNETES)
    return next((one for one in CALICO if minor in one.kubernetes), CALICO[0])


def system(guest: str) -> str | None:
    """The row of SYSTEMS that vCenter's name of a guest tells: "Debian GNU/Linux 13 (64-bit)" is Debian 13. Ubuntu's
    name there has no release."""
    found = re.search(r"(Debian|Ubuntu)[^(\d]*(\d+(?:\.\d+)?)", guest)
    name = f"{found[1]} {found[2]}" if found else ""
    return name if name in SYSTEMS else None


def _order(minor: str) -> tuple[int, ...]:
    return tuple(int(part) for part in minor.split(".") if part.isdigit())
