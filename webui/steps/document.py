"""The draft as plain data: values found and put by their path (`l3out.anchors.2.v4`). Pure."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

LONGEST = 2_000
"""Characters of one field; a pinned CA may have more."""

LONGEST_TEXT = 200_000
"""Characters of a PEM chain or of a whole YAML document."""


def at(document: Any, path: str) -> Any:
    """The value at a path, or None where there is none."""
    for key in path.split("."):
        if isinstance(document, Mapping):
            document = document.get(key)
        elif isinstance(document, list) and key.isdecimal() and len(key) < 5 and int(key) < len(document):
            document = document[int(key)]
        else:
            return None
    return document


def put(document: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of the document with these values in place; None takes a key away. Paths lead through mappings alone."""
    result = copy.deepcopy(dict(document))
    for path, value in values.items():
        *way, last = path.split(".")
        node = result
        for key in way:
            if not isinstance(node.get(key), dict):
                node[key] = {}
            node = node[key]
        if value is None:
            node.pop(last, None)
        else:
            node[last] = value
    return result


def pick(document: Mapping[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """The values at these paths, empty ones as None, so that "not given" and "emptied" compare equal."""
    return {path: blank_to_none(at(document, path)) for path in paths}


def blank_to_none(value: Any) -> Any:
    """None for what holds nothing: an empty text, list or mapping."""
    return None if value in ("", [], {}) else value


def clean(typed: str, longest: int = LONGEST) -> str:
    """What was typed, without surrounding blanks, control characters and what no encoding holds."""
    text = typed[:longest].encode("utf-8", "replace").decode("utf-8")
    return "".join(c for c in text if c in "\n\t" or c.isprintable() or c == " ").strip()


def as_text(value: Any) -> str:
    """How a value stands in a form: a number from a YAML file reads as its digits."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)
