"""A plan as text: what an engineer reads before saying yes. PURE."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

MARKS = {"add": "+", "change": "~", "destroy": "-", "replace": "±"}
STYLES = {"add": "green", "change": "yellow", "destroy": "red", "replace": "yellow"}

Line = tuple[str, str]
"""Text and its colour ("" for none)."""


def lines(diff: Mapping[str, Any]) -> Iterator[Line]:
    """The diff, group by group, ending with its one sentence."""
    for one in diff.get("drift", []):
        yield one["note"], "yellow"
    if diff.get("drift"):
        yield "", ""
    for group in diff["groups"]:
        yield group["title"], ""
        for one in group["objects"]:
            yield from _object(one)
        yield "", ""
    steps = [(stage, part["steps"]) for stage, part in diff.get("parts", {}).items() if part.get("steps")]
    for stage, told in steps:
        yield stage.capitalize(), ""
        for one in told:
            yield f"  {one['text']}", "yellow"
            if one.get("note"):
                yield f"      {one['note']}", ""
    if steps:
        yield "", ""
    yield _counts(diff["summary"]), ""
    yield diff["sentence"], ""


def _object(one: Mapping[str, Any]) -> Iterator[Line]:
    style = STYLES[one["op"]]
    yield f"  {MARKS[one['op']]} {one['title']}  ({one['class']})", style
    if one.get("note"):
        yield f"      {one['note']}", ""
    if one["op"] == "destroy":
        return
    width = max((len(item["name"]) for item in one["attributes"]), default=0)
    for item in one["attributes"]:
        yield f"      {item['name'].ljust(width)}  {_value(one['op'], item)}", ""


def _value(op: str, item: Mapping[str, Any]) -> str:
    after = _shown(item["after"])
    text = after if op == "add" or item["before"] == item["after"] else f"{_shown(item['before'])} -> {after}"
    return f"{text}   {item['note']}".rstrip()


def _shown(value: str | None) -> str:
    return "(none)" if value is None or value == "" else value


def _counts(summary: Mapping[str, int]) -> str:
    return (
        f"{summary['add']} to add, {summary['change']} to change, {summary['destroy']} to remove; "
        f"{summary['keep']} stay as they are."
    )
