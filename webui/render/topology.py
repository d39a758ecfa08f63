"""What the picture of a cluster shows: fabric, leaves, racks with their machines, the API address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from webui.spec import ClusterSpec
from webui.spec.model import Machine

ROLES = {"control_plane": "control plane", "workers": "worker"}


@dataclass(frozen=True)
class LeafBox:
    """An anchor leaf; `rack` is "" where none is given. `up` of `all`: its sessions, where they were asked."""

    title: str
    v4: str
    v6: str
    router_id: str
    pod: str
    rack: str
    up: int = 0
    all: int = 0


@dataclass(frozen=True)
class MachineBox:
    """A machine of a rack. role: control plane or worker; state: of its sessions, up, part, down or "" (unknown)."""

    name: str
    role: str
    v4: str
    v6: str
    state: str = ""


@dataclass(frozen=True)
class RackBox:
    """A rack: its machines peer with its leaves. `words` stands in it where there is no machine."""

    name: str
    title: str
    machines: tuple[MachineBox, ...] = ()
    words: str = ""


@dataclass(frozen=True)
class Topology:
    """The whole picture: leaves rack by rack. `api`: the API address with its port, "" where there is none."""

    fabric: str
    vrf: str
    subnet: str
    gateway: str
    leaves: tuple[LeafBox, ...]
    racks: tuple[RackBox, ...]
    api: str

    @property
    def machines(self) -> int:
        """How many machines are drawn."""
        return sum(len(rack.machines) for rack in self.racks)

    @property
    def words(self) -> str:
        """The picture in a sentence, for those who do not see it."""
        named = ", ".join(f"{rack.title} with {len(rack.machines)}" for rack in self.racks if rack.machines)
        parts = [f"{len(self.leaves)} anchor leaves of {self.fabric}", f"{self.machines} machines"]
        return f"{', '.join(parts)}{f': {named}' if named else ''}. {self._sessions}"

    @property
    def _sessions(self) -> str:
        count = sum(leaf.all for leaf in self.leaves)
        if not count:
            return "Machines peer by BGP with the leaves of their rack."
        down = [f"{leaf.title} ({leaf.all - leaf.up})" for leaf in self.leaves if leaf.up < leaf.all]
        told = f" Down: {', '.join(down)}." if down else ""
        return f"{sum(leaf.up for leaf in self.leaves)} of {count} pairs have their BGP sessions up.{told}"

    def plain(self) -> dict[str, Any]:
        """As JSON data, for the script that draws it."""
        return asdict(self)


Sessions = Mapping[str, Mapping[str, bool]]
"""Machine -> leaf's node id -> whether its sessions are up."""


def topology(spec: ClusterSpec, sessions: Sessions | None = None) -> Topology:
    """The picture of a completed spec; what is missing is left out of it. `sessions`: as they were seen last."""
    l3out, cluster = spec.l3out, spec.mode != "no-cluster"
    vip = spec.cluster.vip.v4 or spec.cluster.vip.v6
    number = l3out.bgp.fabric_as
    return Topology(
        fabric=f"fabric AS {number}" if number is not None else "the fabric",
        vrf="/".join(part for part in (l3out.vrf.tenant, l3out.vrf.name) if part),
        subnet=", ".join(str(one) for one in (l3out.node_subnet.v4, l3out.node_subnet.v6) if one),
        gateway=str(l3out.secondary.v4 or l3out.secondary.v6 or ""),
        leaves=_leaves(spec, sessions or {}),
        racks=_racks(spec, sessions or {}) if cluster else _own(spec),
        api=f"{vip}:{spec.cluster.port or ''}".rstrip(":") if cluster and vip else "",
    )


def _leaves(spec: ClusterSpec, sessions: Sessions) -> tuple[LeafBox, ...]:
    cluster = spec.mode != "no-cluster"
    order = list(dict.fromkeys(leaf.rack or "" for leaf in spec.l3out.anchors))
    return tuple(
        LeafBox(
            f"Leaf {leaf.node if leaf.node is not None else '?'}",
            _text(leaf.v4),
            _text(leaf.v6),
            _text(leaf.router_id),
            _text(leaf.pod),
            (leaf.rack or "") if cluster else "",
            *_count(sessions, str(leaf.node)),
        )
        for leaf in sorted(spec.l3out.anchors, key=lambda leaf: order.index(leaf.rack or ""))
    )


def _count(sessions: Sessions, leaf: str) -> tuple[int, int]:
    found = [states[leaf] for states in sessions.values() if leaf in states]
    return sum(found), len(found)


def _state(states: Mapping[str, bool]) -> str:
    if not states:
        return ""
    return "up" if all(states.values()) else "part" if any(states.values()) else "down"


def _racks(spec: ClusterSpec, sessions: Sessions) -> tuple[RackBox, ...]:
    """Racks in the leaves' order, then those that only machines name, then machines without one."""
    rows = [(role, machine) for role in ROLES for machine in getattr(spec.machines, role)]
    names = dict.fromkeys([leaf.rack or "" for leaf in spec.l3out.anchors] + [m.rack or "" for _, m in rows])
    boxes = (
        RackBox(
            name,
            f"Rack {name}" if name else "No rack",
            tuple(_machine(m, role, sessions) for role, m in rows if (m.rack or "") == name),
            "No machine yet",
        )
        for name in sorted(names, key=lambda name: not name)
    )
    return tuple(box for box in boxes if box.name or box.machines)


def _machine(machine: Machine, role: str, sessions: Sessions) -> MachineBox:
    name = machine.name or ""
    state = _state(sessions.get(name, {}))
    return MachineBox(name or "unnamed", ROLES[role], _text(machine.v4), _text(machine.v6), state)


def _own(spec: ClusterSpec) -> tuple[RackBox, ...]:
    """Mode no-cluster: the nodes are the reader's own."""
    return (RackBox("", "Your nodes", (), str(spec.l3out.node_subnet.v4 or "in the node subnet")),)


def _text(value: object) -> str:
    return "" if value is None else str(value)
