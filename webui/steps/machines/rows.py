"""New rows for machines: free names, racks in turn, and what is said of a table in a line. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from webui.spec import ClusterSpec, Proposal
from webui.spec.model import Sizing
from webui.steps.document import as_text, at
from webui.steps.machines.form import ROLES
from webui.steps.words import many

SHORT = {"control_plane": "cp", "workers": "w"}
WORDS = {"control_plane": "control-plane machine", "workers": "worker"}


@dataclass(frozen=True)
class Size:
    """What the machines of a role have, each and together."""

    role: str
    machines: int
    each: str
    total: str


def racks(spec: ClusterSpec) -> list[str]:
    """The racks of the anchor leaves, each once, in the leaves' order."""
    return list(dict.fromkeys(leaf.rack for leaf in spec.l3out.anchors if leaf.rack))


def added(document: Mapping[str, Any], spec: ClusterSpec, role: str, wanted: int) -> list[dict[str, str]]:
    """So many new rows of a role: names that no machine has, the rack with the fewest machines first."""
    taken = {as_text(at(row, "name")) for path in ROLES.values() for row in _rows(document, path)}
    start = f"{spec.name or 'k8s'}-{SHORT[role]}-"
    free = (name for n in count(1) if (name := f"{start}{n}") not in taken)
    known = racks(spec)
    used = Counter(as_text(at(row, "rack")) for row in _rows(document, ROLES[role]))
    made = []
    for name, _ in zip(free, range(wanted), strict=False):
        rack = min(known, key=lambda one: (used[one], known.index(one)), default="")
        used[rack] += 1
        made.append({"name": name, **({"rack": rack} if rack else {})})
    return made


def with_addresses(
    rows: Sequence[Mapping[str, str]], path: str, proposals: Mapping[str, Proposal]
) -> list[dict[str, str]]:
    """The rows with the proposed addresses where they have none."""
    return [
        {**{key: proposals[at].value for key in ("v4", "v6") if (at := f"{path}.{n}.{key}") in proposals}, **row}
        for n, row in enumerate(rows)
    ]


def note(document: Mapping[str, Any], role: str, sick: int) -> str:
    """`3 machines, 1 with a problem`."""
    rows = len(_rows(document, ROLES[role]))
    words = many(rows, WORDS[role]) if rows else f"No {WORDS[role]} yet"
    return words + (f", {sick} with a problem" if sick else "")


def by_rack(spec: ClusterSpec) -> list[tuple[str, int, int]]:
    """(rack, its leaves, its machines) for each rack that a leaf or a machine names."""
    machines = Counter(m.rack for m in (*spec.machines.control_plane, *spec.machines.workers) if m.rack)
    leaves = Counter(leaf.rack for leaf in spec.l3out.anchors if leaf.rack)
    return [(rack, leaves[rack], machines[rack]) for rack in dict.fromkeys((*leaves, *machines))]


def sizes(complete: ClusterSpec) -> list[Size]:
    """What each role's machines will have in vCenter. The spec must be complete."""
    pairs = (
        ("Control plane", complete.machines.control_plane, complete.vcenter.control_plane),
        ("Workers", complete.machines.workers, complete.vcenter.workers),
    )
    return [Size(title, len(rows), _words(one, 1), _words(one, len(rows))) for title, rows, one in pairs]


def _words(size: Sizing, times: int) -> str:
    values = ((size.cpus, "CPU"), (size.memory_gib, "GiB"), (size.disk_gib, "GiB disk"))
    return ", ".join(f"{value * times:,} {unit}" for value, unit in values if value is not None)


def _rows(document: Mapping[str, Any], path: str) -> list[Any]:
    rows = at(document, path)
    return rows if isinstance(rows, list) else []
