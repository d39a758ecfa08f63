"""What an image of the mirror is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Image:
    """An image: `ref` is UPSTREAMHOST/NAME:TAG, each directory of `layers` is one layer, `says` what it stands for when
    it is not the real one."""

    ref: str
    layers: tuple[Path, ...]
    entrypoint: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    says: str = ""
    user: str = ""
    """The user by number, for an image that must not run as root."""
