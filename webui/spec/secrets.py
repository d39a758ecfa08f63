"""Secrets in documents: taken out, put back, and read from where `${env:NAME}` and `${file:/path}` point."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from webui.spec.model import ClusterSpec, Part
from webui.spec.parsing import empty, join, shapes, walk

MASK = "(secret)"
_REFERENCE = re.compile(r"\s*\$\{(env|file):([^}]+)\}\s*")


@cache
def patterns() -> tuple[str, ...]:
    """Paths of every secret field; the entries of a list stand under `*`."""
    return tuple(path for path, shape, _ in walk() if shape.secret)


def split(document: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The document without its secrets, and the secrets by path."""
    rest = copy.deepcopy(dict(document))
    found = {path: str(holder.pop(key)) for path, holder, key in list(_places(rest)) if not empty(holder[key])}
    return rest, found


def merge(document: Mapping[str, Any], secrets: Mapping[str, str]) -> dict[str, Any]:
    """The document with the secrets put back; one whose place is gone (a removed row) is left out."""
    whole = copy.deepcopy(dict(document))
    for path, value in secrets.items():
        *way, key = path.split(".")
        holder = _descend(whole, way)
        if holder is not None:
            holder[key] = value
    return whole


def masked(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document for a page: "(secret)" stands for each secret."""
    shown, found = split(document)
    return merge(shown, dict.fromkeys(found, MASK))


def resolve(document: Mapping[str, Any], environ: Mapping[str, str], read: Callable[[str], str]) -> dict[str, Any]:
    """The document with references replaced by what they point to.

    `read` returns a file's text. A reference that leads nowhere stays as it is; `check` tells of it.
    """
    whole = copy.deepcopy(dict(document))
    for _, holder, key in list(_places(whole)):
        holder[key] = _resolved(holder[key], environ, read)
    return whole


def values_of(spec: ClusterSpec) -> Iterator[tuple[str, str]]:
    """(path, value) of every secret that a spec holds."""
    yield from _secrets(spec, "")


def is_reference(value: str) -> bool:
    """The text stands for a secret kept elsewhere."""
    return _REFERENCE.fullmatch(value) is not None


def reference(path: str) -> str:
    """What an export writes in place of a secret: `${env:ANCHORAGE_L3OUT_BGP_PASSWORD}`."""
    return "${env:ANCHORAGE_" + re.sub(r"[^A-Z0-9]", "_", path.upper()) + "}"


def _secrets(here: Part, path: str) -> Iterator[tuple[str, str]]:
    for name, shape in shapes(type(here)).items():
        value, place = getattr(here, name), join(path, name)
        if shape.secret and value is not None:
            yield place, value.get_secret_value()
        for n, item in enumerate(value if shape.kind == "parts" else ()):
            yield from _secrets(item, join(place, n))
        if shape.kind == "part":
            yield from _secrets(value, place)


def _resolved(value: Any, environ: Mapping[str, str], read: Callable[[str], str]) -> Any:
    match = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
    if not match:
        return value
    kind, name = match.groups()
    if kind == "env":
        return environ.get(name.strip(), value)
    try:
        return read(name.strip()).rstrip("\r\n")
    except (OSError, UnicodeDecodeError, ValueError):
        return value


def _places(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Where the document holds secrets: (path, the dictionary, its key)."""
    for pattern in patterns():
        *way, key = pattern.split(".")
        for path, holder in _holders(document, way, ""):
            if key in holder:
                yield f"{path}.{key}", holder, key


def _holders(here: Any, way: list[str], path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if not way:
        if isinstance(here, dict):
            yield path, here
    elif way[0] == "*":
        for n, item in enumerate(here if isinstance(here, list) else []):
            yield from _holders(item, way[1:], f"{path}.{n}")
    elif isinstance(here, dict) and way[0] in here:
        yield from _holders(here[way[0]], way[1:], f"{path}.{way[0]}".lstrip("."))


def _descend(here: Any, way: list[str]) -> dict[str, Any] | None:
    """The dictionary at a path; missing sections are made, missing rows are not."""
    for step, following in zip(way, [*way[1:], ""], strict=True):
        if isinstance(here, list):
            here = here[int(step)] if step.isdigit() and int(step) < len(here) else None
        elif isinstance(here, dict) and not step.isdigit():
            if empty(here.get(step)) and not following.isdigit():
                here[step] = {}
            here = here.get(step)
        else:
            return None
    return here if isinstance(here, dict) else None
