"""What was read from a vCenter at a moment, as plain data for the checks and lists.

Names are those that terraform/machines takes: paths below the data centre's folder of that kind ("ds1",
"racks/ds1"), with vCenter's own escapes (%2f for a slash in a name) left as they are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar
from urllib.parse import unquote

GIB = 1 << 30
NEW_LEVELS = 3
"""Levels of folders that terraform/machines can make."""


@dataclass(frozen=True)
class Host:
    """An ESXi host of a cluster. `cpus`: logical processors; `usable`: connected and not in maintenance mode."""

    name: str
    cpus: int
    memory: int
    """Bytes."""
    usable: bool = True


@dataclass(frozen=True)
class ComputeCluster:
    """A vSphere cluster; `pools` are paths of resource pools below the cluster's own."""

    datacenter: str
    name: str
    hosts: tuple[Host, ...] = ()
    pools: tuple[str, ...] = ()
    drs: bool = False

    @property
    def usable(self) -> tuple[Host, ...]:
        """Hosts that can start a machine now."""
        return tuple(host for host in self.hosts if host.usable)


@dataclass(frozen=True)
class Datastore:
    """A datastore; `capacity` and `free` in bytes. `clusters`: all hosts of these reach it; `partly`: only some."""

    datacenter: str
    name: str
    capacity: int
    free: int
    clusters: tuple[str, ...] = ()
    partly: tuple[str, ...] = ()
    usable: bool = True


@dataclass(frozen=True)
class Switch:
    """A distributed switch. `mtu`: bytes; None where vCenter does not tell."""

    datacenter: str
    name: str
    mtu: int | None = None


@dataclass(frozen=True)
class PortGroup:
    """A port group or standard network. `vlans`: ranges that it passes, tagged ones where `trunk`; () is unknown.

    VLAN 0 is untagged. `switch` is None for a standard network. `clusters`, `partly`: as of Datastore.
    """

    datacenter: str
    name: str
    switch: str | None = None
    vlans: tuple[tuple[int, int], ...] = ()
    trunk: bool = False
    mtu: int | None = None
    clusters: tuple[str, ...] = ()
    partly: tuple[str, ...] = ()

    @property
    def vlan(self) -> int | None:
        """The one VLAN of an access port group."""
        return self.vlans[0][0] if len(self.vlans) == 1 and not self.trunk else None


@dataclass(frozen=True)
class Folder:
    """A folder for machines: its path below the data centre's machine folder."""

    datacenter: str
    name: str


@dataclass(frozen=True)
class Template:
    """A machine template. `name` is its path below the data centre's machine folder."""

    datacenter: str
    name: str
    guest: str = ""
    cpus: int = 0
    memory: int = 0
    """Bytes."""
    disks: tuple[int, ...] = ()
    """Bytes of each disk."""
    used: int = 0
    """Bytes that its disks take in the datastore."""
    cards: int = 1
    tools: bool | None = None
    """Whether VMware Tools were seen in it; None where vCenter does not know."""
    snapshots: int = 0

    @property
    def short(self) -> str:
        """Its name without the folder."""
        return self.name.rpartition("/")[2]

    def linked(self, disk_gib: int | None) -> bool:
        """Machines with a disk of this size (None: the template's) are linked clones: they share the template's disk.

        The vSphere provider then wants exactly one snapshot of the template.
        """
        return disk_gib is None or (len(self.disks) == 1 and self.disks[0] == disk_gib * GIB)


@dataclass(frozen=True)
class Machine:
    """A virtual machine that exists: its name, and its folder's path below the data centre's ("" is that itself)."""

    datacenter: str
    folder: str
    name: str


class _Named(Protocol):
    @property
    def datacenter(self) -> str: ...
    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=_Named)


@dataclass(frozen=True)
class VCenterFacts:
    """What a vCenter said. `own`: names of machines that an applied cluster has already; they need no more room."""

    read_at: dt.datetime
    version: str = ""
    simulated: bool = False
    datacenters: tuple[str, ...] = ()
    clusters: tuple[ComputeCluster, ...] = ()
    datastores: tuple[Datastore, ...] = ()
    switches: tuple[Switch, ...] = ()
    port_groups: tuple[PortGroup, ...] = ()
    folders: tuple[Folder, ...] = ()
    templates: tuple[Template, ...] = ()
    machines: tuple[Machine, ...] = ()
    own: frozenset[str] = frozenset()

    def cluster(self, datacenter: str | None, name: str | None) -> ComputeCluster | None:
        """A compute cluster by its data centre and name."""
        return _one(self.clusters, datacenter, name)

    def datastore(self, datacenter: str | None, name: str | None) -> Datastore | None:
        """A datastore by its data centre and name."""
        return _one(self.datastores, datacenter, name)

    def switch(self, datacenter: str | None, name: str | None) -> Switch | None:
        """A distributed switch by its data centre and name."""
        return _one(self.switches, datacenter, name)

    def port_groups_named(self, datacenter: str | None, name: str | None) -> tuple[PortGroup, ...]:
        """Port groups of this name: several switches may each have one."""
        return tuple(group for group in self.port_groups if (group.datacenter, group.name) == (datacenter, name))

    def templates_named(self, datacenter: str | None, name: str | None) -> tuple[Template, ...]:
        """Templates by path; by bare name where no path fits."""
        inside = [template for template in self.templates if template.datacenter == datacenter]
        exact = tuple(template for template in inside if template.name == (name or "").strip("/"))
        return exact or tuple(template for template in inside if template.short == name)

    def folder_parts(self, datacenter: str | None, path: str) -> tuple[str, tuple[str, ...]]:
        """(the part of a folder's path that exists, the levels below it that are to be made)."""
        there = {folder.name for folder in self.folders if folder.datacenter == datacenter}
        levels = [level for level in path.split("/") if level]
        known = max((n for n in range(len(levels) + 1) if n == 0 or "/".join(levels[:n]) in there), default=0)
        return "/".join(levels[:known]), tuple(levels[known:])

    def without(self, datacenter: str, folder: str, machines: Iterable[str], made: Sequence[str] = ()) -> VCenterFacts:
        """The facts without what an applied cluster has there: it must not collide with itself.

        `folder`: path of its machines' folder; `machines`: their names, as the state has them; `made`: the last levels
        of the path that were made for the cluster (terraform/machines' folder.made), so that they count as missing.
        """
        own = frozenset(machines)
        levels = [level for level in folder.split("/") if level]
        kept = len(levels) - len(made)
        ours = {"/".join(levels[: n + 1]) for n in range(kept, len(levels))}
        return replace(
            self,
            own=self.own | own,
            machines=tuple(m for m in self.machines if not _is(m, datacenter, "/".join(levels), own)),
            folders=tuple(f for f in self.folders if f.datacenter != datacenter or f.name not in ours),
        )


def shown(name: str) -> str:
    """A name as the vSphere client shows it."""
    return unquote(name) if "%" in name else name


def _is(machine: Machine, datacenter: str, folder: str, names: frozenset[str]) -> bool:
    return (machine.datacenter, machine.folder) == (datacenter, folder) and machine.name in names


def _one(items: tuple[N, ...], datacenter: str | None, name: str | None) -> N | None:
    return next((item for item in items if (item.datacenter, item.name) == (datacenter, name)), None)
