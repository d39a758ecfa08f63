"""What runs of the lab's leaves, as a document beside the lab: for `lab.fabric.status` elsewhere, and pages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab.fabric.plan import LEAF, Plan
from lab.fabric.seen import Sight
from lab.machines.files import read_json, write_json

FOLDER = "fabric"
"""In the lab's home: notes and logs of leaves."""

FILE = ".status.json"


def document(plan: Plan, sights: Mapping[str, Sight], holders: Mapping[str, str], trouble: str) -> dict[str, Any]:
    """Plain values. `gateways`: address -> speaker, "" for the lab itself. PURE."""
    return {
        "simulated": True,
        "leaves": [_leaf(speaker, sights.get(speaker.name)) for speaker in plan.speakers if speaker.kind == LEAF],
        "others": [{"name": one.name, "kind": one.kind} for one in plan.speakers if one.kind != LEAF],
        "gateways": dict(sorted(holders.items())),
        "trouble": trouble,
    }


def _leaf(speaker: Any, sight: Sight | None) -> dict[str, Any]:
    leaf = speaker.leaf
    return {
        "name": speaker.name,
        "node": leaf.node,
        "pod": leaf.pod,
        "switch": leaf.name,
        "vrf": leaf.vrf,
        "addresses": [address for port in leaf.ports for address in port.addresses],
        "border": any(port.wire for port in leaf.ports),
        "alive": bool(sight and sight.answers),
        "sessions": dict(sorted(sight.sessions.items())) if sight else {},
    }


def write(home: Path, found: dict[str, Any]) -> None:
    """Note it when it differs."""
    place = home / FOLDER / FILE
    if read_json(place) != found:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_json(place, found)


def read(home: Path) -> dict[str, Any] | None:
    """What was noted last; None where leaves were never up."""
    found: dict[str, Any] | None = read_json(home / FOLDER / FILE)
    return found
