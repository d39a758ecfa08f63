"""The draft as plain data: values found and put by their path (`l3out.anchors.2.v4`). Pure."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

LONGEST = 2_000
"""Characters of one field; a pinned CA may have more."""

LONGEST_TEXT = 200_000
"""Characters of a PEM chain or of a whole YAML document."""


DEEPEST = 12
"""Levels of a document; the spec has five."""

MOST_VALUES = 50_000
"""Values in a document, aliases counted as often as they are used."""


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


class TooBig(Exception):
    """A document is nested too deeply, or into itself, or holds too much."""


def plain(value: Any) -> Any:
    """A document from a file as plain JSON data: texts cleaned. Raises TooBig, for one in a circle too."""
    left = [MOST_VALUES]

    def copied(node: Any, depth: int) -> Any:
        left[0] -= 1
        if depth > DEEPEST or left[0] < 0:
            raise TooBig
        if isinstance(node, Mapping):
            return {clean(str(key)): copied(child, depth + 1) for key, child in node.items()}
        if isinstance(node, list):
            return [copied(child, depth + 1) for child in node]
        return clean(node, LONGEST_TEXT) if isinstance(node, str) else node

    return copied(value, 0)


def as_text(value: Any) -> str:
    """How a value stands in a form: a number from a YAML file reads as its digits."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)
