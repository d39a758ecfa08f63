"""Distributed switches, port groups and standard networks: which VLANs they pass, and how large frames may be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from webui.lookups.vcenter.api import vim
from webui.lookups.vcenter.connecting import VCenter
from webui.lookups.vcenter.tree import Reach, Tree
from webui.lookups.vcenter.views import Row, Wanted, read
from webui.spec.vcenter_site import PortGroup, Switch

UPLINKS = "SYSTEM/DVS.UPLINKTAG"
"""vCenter's tag on the port group of a switch's own uplinks, which no machine may use."""
STANDARD: Wanted = {vim.HostSystem: ("config.network.portgroup", "config.network.vswitch")}
ALL_VLANS = 4095
"""On a standard port group: passes every VLAN tagged."""


@dataclass
class _Standard:
    """What hosts say of the standard network of one name."""

    vlans: set[int] = field(default_factory=set)
    mtus: set[int] = field(default_factory=set)


def switches(tree: Tree) -> tuple[Switch, ...]:
    """Distributed switches."""
    return tuple(Switch(*tree.place(row), _mtu(row)) for row in tree.kind(vim.DistributedVirtualSwitch))


def port_groups(vcenter: VCenter, tree: Tree, clusters: list[Row]) -> tuple[PortGroup, ...]:
    """Port groups that machines may use, and standard networks."""
    rows = [row for row in tree.kind(vim.Network) if not _uplinks(row)]
    distributed = [row for row in rows if isinstance(row.ref, vim.dvs.DistributedVirtualPortgroup)]
    others = [row for row in rows if not isinstance(row.ref, vim.dvs.DistributedVirtualPortgroup)]
    told = _standard(vcenter, tree) if others else {}
    reach = Reach(tree, clusters, "network")
    found = [_distributed(tree, row, reach) for row in distributed]
    found += [_other(tree, row, reach, told.get(row.name)) for row in others]
    return tuple(sorted(found, key=lambda group: (group.datacenter, group.switch is None, group.name)))


def _distributed(tree: Tree, row: Row, reach: Reach) -> PortGroup:
    config = row.get("config")
    owner = getattr(config, "distributedVirtualSwitch", None)
    switch = next(iter(tree.named([owner] if owner else [])), None)
    vlans, trunk = _vlans(getattr(getattr(config, "defaultPortConfig", None), "vlan", None))
    name = tree.place(switch)[1] if switch else ""
    mtu = _mtu(switch) if switch else None
    return PortGroup(*tree.place(row), name, vlans, trunk, mtu, *reach.of(row.ref))


def _other(tree: Tree, row: Row, reach: Reach, told: _Standard | None) -> PortGroup:
    vlans, trunk = _standard_vlans(told)
    mtu = min(told.mtus) if told and told.mtus else None
    return PortGroup(*tree.place(row), None, vlans, trunk, mtu, *reach.of(row.ref))


def _mtu(row: Row) -> int | None:
    return int(getattr(row.get("config"), "maxMtu", 0) or 0) or None


def _uplinks(row: Row) -> bool:
    marked = any(tag.key == UPLINKS for tag in row.get("tag") or ())
    return marked or bool(getattr(row.get("config"), "uplink", False))


def _vlans(vlan: Any) -> tuple[tuple[tuple[int, int], ...], bool]:
    spec = vim.dvs.VmwareDistributedVirtualSwitch
    if isinstance(vlan, spec.TrunkVlanSpec):
        return tuple(sorted((int(part.start), int(part.end)) for part in vlan.vlanId)), True
    if isinstance(vlan, spec.PvlanSpec):
        return ((int(vlan.pvlanId), int(vlan.pvlanId)),), False
    if isinstance(vlan, spec.VlanIdSpec):
        return ((int(vlan.vlanId), int(vlan.vlanId)),), False
    return (), False


def _standard_vlans(told: _Standard | None) -> tuple[tuple[tuple[int, int], ...], bool]:
    # Hosts that differ in the VLAN leave it unknown: the check then stays silent.
    if told is None or len(told.vlans) != 1:
        return (), False
    (vlan,) = told.vlans
    return (((0, ALL_VLANS - 1),), True) if vlan == ALL_VLANS else (((vlan, vlan),), False)


def _standard(vcenter: VCenter, tree: Tree) -> dict[str, _Standard]:
    hosts = [row.ref for row in tree.kind(vim.HostSystem)]
    found: dict[str, _Standard] = {}
    for host in read(vcenter, STANDARD, hosts):
        mtus = {switch.name: int(switch.mtu or 0) for switch in host.get("config.network.vswitch") or ()}
        for group in host.get("config.network.portgroup") or ():
            one = found.setdefault(group.spec.name, _Standard())
            one.vlans.add(int(group.spec.vlanId))
            one.mtus |= {mtu for mtu in (mtus.get(group.spec.vswitchName, 0),) if mtu}
    return found
