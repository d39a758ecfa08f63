"""Whole numbers and AS numbers."""

from __future__ import annotations

import re
from typing import Any

from webui.spec.values.text import Reader, Wrong, shown

ASN_MAX = 2**32 - 1
_DIGITS = re.compile(r"[0-9]{1,20}")
_ASDOT = re.compile(r"([0-9]{1,5})\.([0-9]{1,5})")


def whole(low: int, high: int) -> Reader:
    """A reader of whole numbers from `low` to `high`, both included."""

    def read(value: Any) -> int:
        number = value if isinstance(value, int) and not isinstance(value, bool) else None
        if number is None and isinstance(value, str) and _DIGITS.fullmatch(value.strip()):
            number = int(value)
        if number is None:
            raise Wrong(f"{shown(value)} is not a whole number", f"Write a number from {low} to {high}.")
        if not low <= number <= high:
            raise Wrong(f"{shown(number)} is outside {low} to {high}", f"Write a number from {low} to {high}.")
        return number

    return read


def asn(value: Any) -> int:
    """An AS number: plain (65003) or in dot notation ("1.10" is 65546, RFC 5396)."""
    if isinstance(value, float):
        raise Wrong(f"{shown(value)} was read as a decimal number", "Put an AS in dot notation in quotes.")
    dotted = _ASDOT.fullmatch(value.strip()) if isinstance(value, str) else None
    if dotted:
        high, low = (int(part) for part in dotted.groups())
        if max(high, low) > 65535:
            raise Wrong(f"{shown(value)} is no AS number", "Both halves of the dot notation go from 0 to 65535.")
        return high * 65536 + low
    return int(whole(0, ASN_MAX)(value.strip().upper().removeprefix("AS") if isinstance(value, str) else value))
