"""A plan in one sentence. PURE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def of_plan(
    summary: Mapping[str, int],
    groups: Sequence[Mapping[str, Any]],
    drift: Sequence[Mapping[str, Any]],
    *,
    destroy: bool,
) -> str:
    """What applying the plan would do, most important first."""
    if not any(summary[op] for op in ("add", "change", "destroy")):
        return "Nothing is left to remove." if destroy else "Changes nothing."
    said = _whole(summary, groups) or _leaves(groups) or [_counts(summary)]
    rest = _besides(summary, groups) if not _whole(summary, groups) else ""
    mended = " Puts back what was changed by hand." if drift and not destroy else ""
    return "; ".join(part for part in (*said, rest) if part) + "." + mended


def of_drift(one: Mapping[str, Any]) -> str:
    """One object that was changed by hand, in words."""
    if one["op"] == "destroy":
        return f"Removed by hand outside Anchorage: {one['title']}."
    values = ", ".join(f"{item['name']} is {item['after']}, was {item['before']}" for item in one["attributes"])
    return f"Changed by hand outside Anchorage: {one['title']}: {values}."


def _whole(summary: Mapping[str, int], groups: Sequence[Mapping[str, Any]]) -> list[str]:
    """The L3Out itself comes or goes."""
    op = next((one["op"] for group in groups for one in group["objects"] if one["class"] == "l3extOut"), "")
    if op == "add":
        others = "changes nothing that exists" if not summary["change"] + summary["destroy"] else _counts(summary)
        return [f"Adds an L3Out with {_count(_numbers(groups, 'is added'), 'anchor leaf', 'anchor leaves')}", others]
    if op == "destroy":
        leaves = _count(_numbers(groups, "is removed"), "anchor leaf", "anchor leaves")
        return [f"Removes the L3Out with {leaves}", "all its BGP sessions close"]
    return []


def _leaves(groups: Sequence[Mapping[str, Any]]) -> list[str]:
    added, removed, changed = (_numbers(groups, verb) for verb in ("is added", "is removed", "changes"))
    said = []
    if added:
        said.append(f"Adds {_named(added)}")
    if removed:
        close = "its BGP sessions close" if len(removed) == 1 else "their BGP sessions close"
        said += [f"Removes {_named(removed)}", close]
    if changed:
        said.append(f"Changes {_named(changed)}")
    return said[:1] + [_lower(part) for part in said[1:]]


def _besides(summary: Mapping[str, int], groups: Sequence[Mapping[str, Any]]) -> str:
    """What happens apart from leaves; "" when leaves are all, or when counts were said already."""
    others = [group["title"] for group in groups if not group["title"].startswith("Leaf ")]
    leaves = [group for group in groups if group["title"].startswith("Leaf ")]
    if not leaves:
        return ""
    if others:
        return f"changes {_listed([_lower_title(title) for title in others])}"
    return "" if any(group["title"].endswith("changes") for group in leaves) else "changes nothing else"


def _counts(summary: Mapping[str, int]) -> str:
    verbs = (("add", "adds"), ("change", "changes"), ("destroy", "removes"))
    said = [f"{verb} {_objects(summary[op])}" for op, verb in verbs if summary[op]]
    text = _listed(said)
    return text[:1].upper() + text[1:]


def _objects(count: int) -> str:
    return f"{count} object" if count == 1 else f"{count} objects"


def _numbers(groups: Sequence[Mapping[str, Any]], verb: str) -> list[str]:
    titles = (group["title"] for group in groups)
    return [title.split()[1] for title in titles if title.startswith("Leaf ") and title.endswith(f" {verb}")]


def _named(numbers: Sequence[str]) -> str:
    return f"{'leaf' if len(numbers) == 1 else 'leaves'} {_listed(numbers)}"


def _count(numbers: Sequence[str], one: str, many: str) -> str:
    return f"{len(numbers)} {one if len(numbers) == 1 else many}"


def _listed(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _lower_title(title: str) -> str:
    """Headings keep their abbreviations: `BGP policies`, `route control`."""
    return title if title[:2].isupper() or title.startswith("L3") else _lower(title)
