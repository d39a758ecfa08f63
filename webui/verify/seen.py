"""What was seen: the fabric as the APIC tells it, the cluster as its API and its nodes tell it, who reaches what.

Plain data; the collectors in `webui.lookups.verify` make it, `judge` reads it. What nobody could tell is None or "".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Family = Literal["v4", "v6"]
FAMILIES: tuple[Family, ...] = ("v4", "v6")
By = Literal["ebgp", "ibgp", "other"]


@dataclass(frozen=True)
class LeafState:
    """A leaf in the fabric's inventory. `state`: fabricSt, `active` when it works."""

    node: int
    name: str
    state: str


@dataclass(frozen=True)
class Interface:
    """The leaf's floating SVI as configured: its own address (without length), `""` where there is none."""

    leaf: int
    family: Family
    address: str
    mtu: str
    dn: str
    changed: str = ""
    """modTs."""


@dataclass(frozen=True)
class PeerConfig:
    """A bgpPeerP of an anchor leaf as it stands on the APIC. The password is never readable."""

    leaf: int
    family: Family
    range: str
    asn: int | None
    controls: frozenset[str]
    enabled: bool
    dn: str
    changed: str = ""
    """modTs: when somebody, whoever it was, wrote it last."""


@dataclass(frozen=True)
class Policies:
    """What the L3Out and its VRF refer to; None and empty where an object is missing."""

    keepalive: int | None = None
    hold: int | None = None
    max_prefixes: int | None = None
    max_ecmp: int | None = None
    imported: tuple[str, ...] = ()
    """Prefixes that leaves take from nodes (route control, import), longer ones included."""
    fabric_as: int | None = None


@dataclass(frozen=True)
class LeafSession:
    """A BGP session as a leaf has it (bgpPeerEntry). `state`: established, idle, active …; `since`: lastFlapTs."""

    leaf: int
    address: str
    state: str
    asn: int | None = None
    hold: int | None = None
    keepalive: int | None = None
    password: bool | None = None
    since: str = ""
    reason: str = ""
    accepted: int | None = None


@dataclass(frozen=True)
class Hop:
    """A next hop of a route, without its length."""

    address: str
    by: By


@dataclass(frozen=True)
class Route:
    """A BGP route in a leaf's table."""

    leaf: int
    prefix: str
    hops: tuple[Hop, ...]


@dataclass(frozen=True)
class Fault:
    """A fault that the APIC raises on what belongs to the cluster."""

    code: str
    severity: str
    text: str
    dn: str


@dataclass(frozen=True)
class Change:
    """A change in the APIC's audit log. `at`: ISO time."""

    at: str
    user: str
    dn: str
    text: str


@dataclass(frozen=True)
class Fabric:
    """Everything that the APIC told."""

    leaves: tuple[LeafState, ...] = ()
    interfaces: tuple[Interface, ...] = ()
    peers: tuple[PeerConfig, ...] = ()
    policies: Policies = Policies()
    sessions: tuple[LeafSession, ...] = ()
    routes: tuple[Route, ...] = ()
    faults: tuple[Fault, ...] = ()
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Node:
    """A node of the cluster. `why`: the API's reason while it is not ready."""

    name: str
    ready: bool
    why: str = ""
    addresses: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    pod_subnets: tuple[str, ...] = ()
    """Of the node itself (spec.podCIDRs): what kube-router announces."""


@dataclass(frozen=True)
class Block:
    """A block of pod addresses that belongs to a node."""

    prefix: str
    node: str


@dataclass(frozen=True)
class Service:
    """A service. `ready`: nodes with a ready endpoint."""

    name: str
    kind: str
    local: bool
    """externalTrafficPolicy Local."""
    cluster_ips: tuple[str, ...] = ()
    external_ips: tuple[str, ...] = ()
    balancer_ips: tuple[str, ...] = ()
    ready: frozenset[str] = frozenset()


@dataclass(frozen=True)
class BgpPeer:
    """A BGPPeer object of Calico. `rack`: of its selector `rack_id == '…'`, "" for another selector."""

    name: str
    address: str
    asn: int | None
    rack: str
    selector: str
    password: bool


@dataclass(frozen=True)
class Agent:
    """The routing agent (calico-node, kube-router) of a node."""

    node: str
    running: bool
    why: str = ""


@dataclass(frozen=True)
class NodeSession:
    """A BGP session as a node's BIRD has it. `error`: the last one, in BIRD's words."""

    node: str
    address: str
    state: str
    error: str = ""
    asn: int | None = None
    sent: int | None = None


@dataclass(frozen=True)
class Reach:
    """Whether `target` answers `source`. state: ok, mtu (small packets alone), refused, silent."""

    source: str
    target: str
    state: str


@dataclass(frozen=True)
class Cluster:
    """Everything that the cluster told. `silent`: machines that did not answer ssh."""

    nodes: tuple[Node, ...] = ()
    blocks: tuple[Block, ...] | None = None
    services: tuple[Service, ...] = ()
    peers: tuple[BgpPeer, ...] | None = None
    agents: tuple[Agent, ...] = ()
    sessions: tuple[NodeSession, ...] = ()
    routes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Node -> prefixes that its kernel has from the routing agent."""
    silent: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Workload:
    """The test workload: pods by node and the two services' addresses; `problem` says why a part of it is missing."""

    pods: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    service: tuple[str, ...] = ()
    balancer: tuple[str, ...] = ()
    kubernetes: str = ""
    problem: str = ""
    made: bool = True
    """False where it was left out, which `Seen.unasked` then tells, or where nothing names an image for its pods."""


@dataclass(frozen=True)
class Seen:
    """One look at everything. `at`: ISO time, UTC. A part that could not be asked is None, and `unasked` says why."""

    at: str
    fabric: Fabric | None = None
    cluster: Cluster | None = None
    workload: Workload | None = None
    reaches: tuple[Reach, ...] = ()
    outside: tuple[str, ...] = ()
    """Sources beside the nodes that could be asked (leaves, a client outside)."""
    unasked: Mapping[str, str] = field(default_factory=dict)
    applied_at: str = ""
    """When the spec was applied last: what was written later on the APIC was written by somebody else."""
