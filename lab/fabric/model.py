"""What a leaf shall be, read from the tree: plain values. PURE."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_interface, ip_network

from lab.machines.names import digest

V4, V6 = 4, 6


@dataclass(frozen=True, slots=True)
class Prefix:
    """Prefixes within `network` whose length is at least `ge` and at most `le`; both None: the network alone."""

    network: str
    ge: int | None = None
    le: int | None = None

    @property
    def version(self) -> int:
        """4 or 6."""
        return ip_network(self.network).version


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of route control. `sets`: what it changes on a route, in FRR's words."""

    permit: bool
    prefixes: tuple[Prefix, ...]
    sets: tuple[str, ...] = ()

    def of(self, version: int) -> tuple[Prefix, ...]:
        """The prefixes of one family."""
        return tuple(prefix for prefix in self.prefixes if prefix.version == version)


Rules = tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """bgpPeerPfxPol: how many prefixes a peer may send, and what happens beyond."""

    most: int
    action: str
    threshold: int
    restart_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class LocalAs:
    """bgpLocalAsnP: the AS that a peer is shown instead of the fabric's."""

    asn: int
    propagate: str


@dataclass(frozen=True, slots=True)
class DefaultRoute:
    """l3extDefaultRouteLeakP: `always` without having one; `only` it and nothing else."""

    always: bool
    only: bool


@dataclass(frozen=True, slots=True)
class Timers:
    """bgpCtxPol, in seconds. `most_as` 0: paths may be of any length."""

    keepalive: int = 60
    hold: int = 180
    stale: int = 300
    helper: bool = True
    most_as: int = 0


@dataclass(frozen=True, slots=True)
class Peer:
    """A bgpPeerP with what applies to it. `accepts` None: everything is taken."""

    dn: str
    addr: str
    remote_as: int
    password: str = field(default="", repr=False)
    enabled: bool = True
    flags: frozenset[str] = frozenset()
    private_as: frozenset[str] = frozenset()
    allow_self_as: int = 3
    ttl: int = 1
    weight: int = 0
    local_as: LocalAs | None = None
    timers: Timers = Timers()
    limit: Limit | None = None
    accepts: Rules | None = None
    sends: Rules = ()
    default_route: DefaultRoute | None = None

    @property
    def is_range(self) -> bool:
        """Whether a whole subnet may peer: dynamic neighbours."""
        return ip_network(self.addr, strict=False).num_addresses > 1

    @property
    def version(self) -> int:
        """4 or 6."""
        return ip_network(self.addr, strict=False).version

    @property
    def key(self) -> str:
        """What the daemon's objects of this peer are called."""
        return digest(self.dn)


@dataclass(frozen=True, slots=True)
class Port:
    """A leaf's interface. `wire`: a port that a router of the outside hangs on; else a VLAN of the segment."""

    encap: str
    mtu: int
    addresses: tuple[str, ...]
    shared: tuple[str, ...] = ()
    wire: str = ""

    @property
    def name(self) -> str:
        """The interface's name in the leaf's namespace."""
        return f"e-{digest(self.wire + self.encap)}" if self.wire else self.encap.replace("-", "")

    @property
    def subnets(self) -> tuple[str, ...]:
        """The subnets that hang on it directly."""
        return tuple(dict.fromkeys(str(ip_interface(address).network) for address in self.addresses))


@dataclass(frozen=True, slots=True)
class Ecmp:
    """bgpCtxAfPol: how many equal paths are used."""

    external: int = 16
    internal: int = 16


@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf in one VRF. `tep`: its address in the fabric; `reflector`: the spine's that leaves share routes by.

    `keeps_next_hop`: other leaves see the node as next hop, not this leaf; `all_paths`: and all of a prefix's nodes.
    """

    pod: int
    node: int
    name: str
    vrf: str
    router_id: str
    fabric_as: int
    tep: str
    reflector: str = ""
    ports: tuple[Port, ...] = ()
    loopbacks: tuple[str, ...] = ()
    peers: tuple[Peer, ...] = ()
    ecmp: Mapping[int, Ecmp] = field(default_factory=lambda: {V4: Ecmp(), V6: Ecmp()})
    relaxes_as_path: bool = False
    keeps_next_hop: bool = False
    all_paths: bool = False

    @property
    def key(self) -> str:
        """Eight digits that stand for node and VRF."""
        return digest(f"{self.node} {self.vrf}")

    @property
    def dn(self) -> str:
        """The switch in the tree."""
        return f"topology/pod-{self.pod}/node-{self.node}"

    @property
    def versions(self) -> tuple[int, ...]:
        """Families that its interfaces have."""
        found = {ip_interface(address).version for port in self.ports for address in port.addresses}
        return tuple(sorted(found))
