"""Changes to somebody else's manifests, as data: a patch names an object and what is different in it. PURE.

The rules are those of Kubernetes' strategic merge, as far as they are needed: mappings are merged key by key, lists of
named things (containers, environment variables, volumes) by their names, every other list is replaced. None takes a key
away, GONE a named thing.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

Document = dict[str, Any]
Patches = Mapping[tuple[str, str], Any]
"""(kind, name) of an object -> what is different in it."""

GONE = {"$patch": "delete"}
"""In the patch of a list of named things: `{"name": …} | GONE`."""

MANAGED = {"app.kubernetes.io/managed-by": "anchorage"}
"""Label of every object that is Anchorage's own."""


def patched(documents: Iterable[Mapping[str, Any]], patches: Patches) -> list[Document]:
    """The documents with the patches in them. Raises ValueError where an object is not there: then it is not the
    manifest that the patches were written for."""
    found = [copy.deepcopy(dict(document)) for document in documents if document]
    missing = set(patches) - {key(document) for document in found}
    if missing:
        kind, name = sorted(missing)[0]
        raise ValueError(f"The manifest has no {kind} {name}: it is not the one that was expected.")
    return [merged(document, patches.get(key(document), {})) for document in found]


def without(documents: Iterable[Mapping[str, Any]], unwanted: Callable[[str, str], bool]) -> list[Document]:
    """The documents but those whose kind and name are unwanted."""
    return [dict(document) for document in documents if document and not unwanted(*key(document))]


def key(document: Mapping[str, Any]) -> tuple[str, str]:
    """Kind and name of an object."""
    return str(document["kind"]), str(document["metadata"]["name"])


def merged(base: Any, patch: Any) -> Any:
    """One value with a patch in it; neither is changed."""
    if isinstance(base, Mapping) and isinstance(patch, Mapping):
        kept = {name: value for name, value in base.items() if name not in patch}
        new = {name: merged(base.get(name), value) for name, value in patch.items() if value is not None}
        order = [*base, *(name for name in patch if name not in base)]
        both = kept | new
        return {name: both[name] for name in order if name in both}
    if _named(base) and _named(patch):
        return _merged_by_name(base, patch)
    return copy.deepcopy(patch)


def _named(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, Mapping) and "name" in one for one in value)


def _merged_by_name(base: Sequence[Mapping[str, Any]], patch: Sequence[Mapping[str, Any]]) -> list[Any]:
    gone = {one["name"] for one in patch if GONE.items() <= one.items()}
    changes = {one["name"]: one for one in patch if one["name"] not in gone}
    kept = [one for one in base if one["name"] not in gone]
    there = {one["name"] for one in kept}
    found = [_item(one, changes[one["name"]]) if one["name"] in changes else dict(one) for one in kept]
    return found + [dict(one) for name, one in changes.items() if name not in there]


def _item(base: Mapping[str, Any], patch: Mapping[str, Any]) -> Any:
    """An environment variable has either a value or a place that it comes from."""
    if "value" in patch:
        base = {name: value for name, value in base.items() if name != "valueFrom"}
    return merged(base, patch)


def variables(values: Mapping[str, str]) -> list[dict[str, str]]:
    """Environment variables as a container lists them."""
    return [{"name": name, "value": value} for name, value in values.items()]
