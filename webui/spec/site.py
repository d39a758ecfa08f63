"""What was read from an APIC at a moment, as plain data for the checks and proposals."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from typing import Literal

from webui.spec.values import Address, Network

_VERSION = re.compile(r"(\d+)\.(\d+)\((\d+)([a-z]*)")
Where = Literal["bridge domain", "L3Out interface", "static route", "external EPG"]


@dataclass(frozen=True, order=True)
class Version:
    """An APIC's version: 6.1(2f) is (6, 1, 2, "f")."""

    major: int
    minor: int
    maintenance: int
    patch: str = ""

    @classmethod
    def read(cls, text: str) -> Version | None:
        """Read a version as the APIC writes it; None where it does not look like one."""
        found = _VERSION.search(text)
        return cls(int(found[1]), int(found[2]), int(found[3]), found[4]) if found else None

    def at_least(self, major: int, minor: int = 0, maintenance: int = 0) -> bool:
        """This release or a later one, whatever its patch letter."""
        return (self.major, self.minor, self.maintenance) >= (major, minor, maintenance)

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}({self.maintenance}{self.patch})"


@dataclass(frozen=True)
class AfPolicy:
    """A BGP address-family policy that a VRF is related to. `family`: ipv4-ucast | ipv6-ucast.

    `annotation` tells who owns the relation.
    """

    name: str
    family: str
    max_ecmp: int | None
    annotation: str = ""


@dataclass(frozen=True)
class Vrf:
    """A VRF; `bd_enforced` is fvCtx.bdEnforcedEnable."""

    tenant: str
    name: str
    bd_enforced: bool = False
    af_policies: tuple[AfPolicy, ...] = ()


@dataclass(frozen=True)
class Contract:
    """A contract and the tenant that holds it."""

    tenant: str
    name: str


@dataclass(frozen=True)
class Domain:
    """A physical domain with the VLANs of its pool, as (first, last) ranges."""

    name: str
    pool: str | None
    vlans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Leaf:
    """A leaf switch of the fabric."""

    pod: int
    node: int
    name: str
    model: str = ""
    state: str = "active"


@dataclass(frozen=True)
class ExistingL3Out:
    """An L3Out; `annotation` as the APIC has it (Terraform writes orchestrator:terraform)."""

    tenant: str
    name: str
    vrf: tuple[str, str] | None = None
    annotation: str = ""

    @property
    def dn(self) -> str:
        """Its distinguished name."""
        return f"uni/tn-{self.tenant}/out-{self.name}"


@dataclass(frozen=True)
class UsedSubnet:
    """A prefix that a VRF knows already, and the object that brought it."""

    vrf: tuple[str, str]
    prefix: Network
    where: Where
    dn: str


@dataclass(frozen=True)
class RouterId:
    """A leaf's router id in a VRF, and the L3Out that set it."""

    vrf: tuple[str, str]
    node: int
    address: Address
    l3out: str


@dataclass(frozen=True)
class UsedVlan:
    """A VLAN that an L3Out interface uses on a leaf already."""

    node: int
    vlan: int
    l3out: str


@dataclass(frozen=True)
class SiteFacts:
    """What an APIC said. VRFs in `subnets`, `router_ids` and `l3outs` are (tenant, name)."""

    read_at: dt.datetime
    version: Version | None = None
    clock_skew: float | None = None
    """Seconds by which the APIC's clock is ahead of ours; None where it could not be read."""
    fabric_as: int | None = None
    tenants: tuple[str, ...] = ()
    vrfs: tuple[Vrf, ...] = ()
    contracts: tuple[Contract, ...] = ()
    domains: tuple[Domain, ...] = ()
    leaves: tuple[Leaf, ...] = ()
    l3outs: tuple[ExistingL3Out, ...] = ()
    subnets: tuple[UsedSubnet, ...] = ()
    router_ids: tuple[RouterId, ...] = ()
    vlans: tuple[UsedVlan, ...] = ()

    def vrf(self, tenant: str | None, name: str | None) -> Vrf | None:
        """A VRF by its tenant and name."""
        return next((v for v in self.vrfs if (v.tenant, v.name) == (tenant, name)), None)

    def leaf(self, node: int | None) -> Leaf | None:
        """A leaf by its node id."""
        return next((leaf for leaf in self.leaves if leaf.node == node), None)

    def without(self, l3out_dn: str) -> SiteFacts:
        """The facts without what belongs to one L3Out: a cluster that was applied must not collide with itself."""
        return replace(
            self,
            vrfs=tuple(_unrelated(vrf, l3out_dn.rpartition("/out-")[2]) for vrf in self.vrfs),
            l3outs=tuple(o for o in self.l3outs if o.dn != l3out_dn),
            subnets=tuple(s for s in self.subnets if not _below(s.dn, l3out_dn)),
            router_ids=tuple(r for r in self.router_ids if r.l3out != l3out_dn),
            vlans=tuple(v for v in self.vlans if v.l3out != l3out_dn),
        )


def _unrelated(vrf: Vrf, policy: str) -> Vrf:
    """The VRF without the policy that Terraform made for the L3Out: it is named after it."""
    return replace(vrf, af_policies=tuple(found for found in vrf.af_policies if found.name != policy))


def _below(dn: str, parent: str) -> bool:
    return dn == parent or dn.startswith(f"{parent}/")
