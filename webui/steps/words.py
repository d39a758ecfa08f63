"""Numbers and ranges in words. Pure."""

from __future__ import annotations

from collections.abc import Iterable


def ranges(vlans: Iterable[tuple[int, int]]) -> str:
    """`300-349, 400`, with dashes between first and last."""
    return ", ".join(str(a) if a == b else f"{a}\N{EN DASH}{b}" for a, b in vlans)


def many(n: int, word: str) -> str:
    """`1 tenant`, `3 tenants`."""
    return f"{n} {word}{'' if n == 1 else 's'}"
