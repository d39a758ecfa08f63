"""One object of the fabric that several resources write is one object of a diff. PURE.

A password stands apart from its bgpPeerP: it is not read back, and a changed one is sent again by making that resource
anew, which leaves the object itself where it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Object = dict[str, Any]


def merged(objects: Iterable[Object]) -> list[Object]:
    """The objects, each class and DN once, in the order in which they came."""
    found: dict[tuple[str, str], Object] = {}
    for one in objects:
        key = (one["class"], one["dn"])
        found[key] = _both(found[key], one) if key in found else one
    return list(found.values())


def _both(first: Object, second: Object) -> Object:
    """The one that says more is the object; the other adds its attributes."""
    main, more = (first, second) if _weight(first) >= _weight(second) else (second, first)
    op = main["op"] if main["op"] == more["op"] else _op(main, more)
    names = {item["name"] for item in main["attributes"]}
    added = [item for item in more["attributes"] if item["name"] not in names]
    both = main["attributes"] + added if op != "keep" else []
    note = main["note"] if op == main["op"] else ""
    return {**main, "op": op, "attributes": sorted(both, key=lambda item: str(item["name"])), "note": note}


def _weight(one: Object) -> int:
    """How many attributes the resource owns: the object's own resource has more than a supplement."""
    return int(one["weight"])


def _op(main: Object, more: Object) -> str:
    """What happens to the object: what its own resource does; when that stays, a change by the other."""
    return "change" if main["op"] == "keep" and more["attributes"] else str(main["op"])
