"""Echoes from this machine itself."""

from __future__ import annotations

from lab.fabric.inside_probe import ping


def answers(address: str) -> bool:
    """Whether an address answers the installer."""
    return bool(ping(address, 1, "")["ok"])
