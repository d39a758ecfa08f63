"""Two people, or two tabs, at one draft: whose value stands. Pure.

A form remembers, as a short mark for each field, what it was given. A field that its user left alone never overwrites
what somebody else saved meanwhile; a field that both changed, to different values, is a conflict.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from webui.steps.document import at, blank_to_none, pick, put


class Conflict(Exception):
    """Fields that were changed elsewhere meanwhile, with the values that stand there now."""

    def __init__(self, theirs: dict[str, Any]) -> None:
        super().__init__("The draft was changed elsewhere meanwhile.")
        self.theirs = theirs


def mark(value: Any) -> str:
    """A short digest of a value; empty and not given have the same."""
    text = json.dumps(blank_to_none(value), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def marks(document: Mapping[str, Any], paths: Iterable[str]) -> dict[str, str]:
    """What a form remembers of the document it was made from."""
    return {path: mark(at(document, path)) for path in paths}


def read_marks(text: str) -> dict[str, str] | None:
    """Marks as a form sent them back; None for what is none of ours."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    return {path: value for path, value in found.items() if isinstance(value, str)}


def merge(document: Mapping[str, Any], typed: Mapping[str, Any], seen: Mapping[str, str] | None) -> dict[str, Any]:
    """The document with what was typed. `seen` None overwrites without looking. Raises Conflict."""
    now = pick(document, typed)
    wanted = {path: blank_to_none(value) for path, value in typed.items()}
    changed = {path: value for path, value in wanted.items() if value != now[path]}
    if seen is not None:
        changed = {path: value for path, value in changed.items() if mark(value) != seen.get(path)}
        theirs = {path: now[path] for path in changed if path in seen and mark(now[path]) != seen[path]}
        if theirs:
            raise Conflict(theirs)
    return put(document, changed)
