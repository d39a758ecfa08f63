"""Whether a new plan is what remains of one that was approved. PURE.

After a partial apply the saved plan is stale; the rest is planned anew and may be applied without asking again only
when it does nothing that was not approved.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webui.runs.diff import Diff, objects_of

LESS = {
    "add": ("add", "change", "replace"),
    "change": ("change",),
    "replace": ("replace", "add", "change"),
    "destroy": ("destroy",),
}
"""What may remain of an approved operation. An object to be added may be half made by the first attempt."""


def remains_of(approved: Diff, fresh: Diff) -> bool:
    """Whether each object of `fresh` was approved, with an operation that remains of it and the same values."""
    known = {(one["class"], one["dn"]): one for one in objects_of(approved)}
    return all(_remains(known.get((one["class"], one["dn"])), one) for one in objects_of(fresh))


def _remains(approved: Mapping[str, Any] | None, fresh: Mapping[str, Any]) -> bool:
    if approved is None or fresh["op"] not in LESS[approved["op"]]:
        return False
    if fresh["op"] == "destroy":
        return True
    wanted = {item["name"]: item["after"] for item in approved["attributes"]}
    return all(item["name"] in wanted and item["after"] == wanted[item["name"]] for item in fresh["attributes"])
