"""What the operator decides for the whole controller."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from l3out_sync.core.annotation import Which
from l3out_sync.core.naming import EpgKey, L3OutKey

MARKER = "orchestrator:anchorage-l3out-sync:{}"
"""Annotation of what a cluster owns. `orchestrator:` is the APIC's own convention for it."""


@dataclass(frozen=True, slots=True)
class Ceilings:
    """The fabric's policy scale is finite. Subnets per external EPG and in all; warned from `warn` of either on."""

    per_epg: int = 1000
    in_all: int = 4000
    warn: float = 0.8


@dataclass(frozen=True, slots=True)
class Policy:
    """`home`: the cluster's own L3Out; `cluster`: the cluster's id, which owned objects carry."""

    cluster: str
    home: L3OutKey
    default_epg: str = ""
    """Name of the external EPG whose contracts created ones get; "" for none."""

    pods: Which = "all"
    """Which pods count where no annotation says."""

    scope: str = "import-security"
    """Flags of owned subnets, in the APIC's order."""

    ceilings: Ceilings = field(default_factory=Ceilings)
    aggregate: bool = False
    """Full blocks of addresses become one subnet."""

    shortest: Mapping[int, int] = field(default_factory=lambda: {4: 26, 6: 122})
    """By IP version, the shortest prefix that aggregation makes: the blocks that Calico gives to nodes."""

    tenants: tuple[str, ...] = ()
    """Further tenants that annotations may name; the cluster's own always may be."""

    join: bool = True
    """Whether subnets of ours may stand in external EPGs that others made."""

    @property
    def marker(self) -> str:
        """The annotation of what this cluster owns."""
        return MARKER.format(self.cluster)

    def allows(self, key: EpgKey) -> bool:
        """Whether annotations may name this tenant."""
        return key.tenant == self.home.tenant or key.tenant in self.tenants
