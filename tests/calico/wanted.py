"""Specs for the tests of Calico: the lab's example with fields set by path."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from webui.examples import example
from webui.spec import ClusterSpec, complete, parse, versions

CACHE = Path("~/.cache/anchorage").expanduser()
PASSWORD = "{{ s3cret }}"  # what Ansible would take for a template


def document(**fields: Any) -> dict[str, Any]:
    """The example's document, changed."""
    found = copy.deepcopy(example("lab"))
    for path, value in fields.items():
        here = found
        *way, last = path.split("__")
        for step in way:
            here = here[int(step)] if isinstance(here, list) else here.setdefault(step, {})
        here[last] = value
    return found


def spec(**fields: Any) -> ClusterSpec:
    """The completed spec of it; what cannot be read fails the test."""
    parsed = parse(document(**fields))
    assert parsed.problems == []
    return complete(parsed.spec)


def dual(**fields: Any) -> ClusterSpec:
    """The same with dual stack."""
    return spec(l3out__node_subnet__v6="2001:db8:2::/64", **fields)


def of(documents: list[dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    """The objects of a kind by name."""
    return {one["metadata"]["name"]: one for one in documents if one["kind"] == kind}


def lab_release() -> versions.Release:
    """The Calico that the lab has."""
    return versions.proposed_calico(None, lab=True)
