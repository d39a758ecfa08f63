"""Texts of tools on machines that are recognised, as data. PURE."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Known:
    """A text that is recognised. `{host}` in its sentences is the machine."""

    pattern: str
    what: str
    remedy: str
    field: str
    page: str
    retry: bool = False
