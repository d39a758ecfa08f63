"""What a fabric decides, written into the draft when a plan is asked for. Pure.

A run completes its spec without asking the fabric, so that it does exactly what was reviewed. Values that were derived
from facts (the fabric's AS, a router id that a leaf has already, the next free subnet) must therefore stand in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from webui.spec import ClusterSpec, SiteFacts, complete, dump
from webui.steps.document import as_text

SECTIONS = ("l3out", "network")
"""Sections whose values can come from the fabric."""


def settled(spec: ClusterSpec, facts: SiteFacts | None, applied: ClusterSpec | None) -> dict[str, Any]:
    """By path, as texts: what completing with the fabric gives and completing without it does not."""
    full, bare = dump(complete(spec, facts, applied)), dump(complete(spec))
    known = dict(_leaves(bare))
    return {path: value for path, value in _leaves(full) if path.startswith(SECTIONS) and known.get(path) != value}


def _leaves(node: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Every value by its path; a list is one value, its entries as texts."""
    for key, value in node.items():
        path = f"{above}.{key}" if above else key
        if isinstance(value, Mapping):
            yield from _leaves(value, path)
        elif isinstance(value, list):
            yield path, [_row(item) for item in value]
        else:
            yield path, value if isinstance(value, bool) else as_text(value)


def _row(item: Any) -> Any:
    return {key: as_text(value) for key, value in item.items()} if isinstance(item, Mapping) else as_text(item)
