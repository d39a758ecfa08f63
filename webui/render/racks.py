"""Racks as labels of nodes: they say which leaves a node peers with. PURE."""

from __future__ import annotations

import hashlib
import re

from webui.spec import ClusterSpec

KEY = "rack_id"
_VALUE = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")


def label(rack: str) -> str:
    """A rack as the value of a node's label: itself where Kubernetes takes it, else a form of it with a checksum."""
    if _VALUE.fullmatch(rack):
        return rack
    plain = re.sub(r"[^A-Za-z0-9]+", "-", rack).strip("-")[:48].rstrip("-")
    return "-".join(part for part in (plain, hashlib.sha256(rack.encode()).hexdigest()[:8]) if part)


def selector(rack: str | None) -> str:
    """Which nodes peer with a leaf of this rack, in Calico's language; all of them where no rack is given."""
    return f"{KEY} == '{label(rack)}'" if rack else "all()"


def node_labels(spec: ClusterSpec) -> dict[str, str]:
    """Node -> its rack's label; "" for a machine without a rack."""
    machines = (*spec.machines.control_plane, *spec.machines.workers)
    return {str(one.name): label(one.rack) if one.rack else "" for one in machines}
