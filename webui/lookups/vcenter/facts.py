"""VCenterFacts read from a vCenter: one walk over the inventory, then templates and standard networks more closely."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from webui.lookups.vcenter.api import vim
from webui.lookups.vcenter.connecting import VCenter
from webui.lookups.vcenter.networks import port_groups, switches
from webui.lookups.vcenter.tree import Reach, Tree, key
from webui.lookups.vcenter.views import Row, Wanted, read, read_all
from webui.spec.vcenter_site import ComputeCluster, Datastore, Folder, Host, Machine, Template, VCenterFacts

INVENTORY: Wanted = {
    vim.Datacenter: ("name", "parent"),
    vim.Folder: ("name", "parent", "childType"),
    vim.StoragePod: ("name", "parent"),
    vim.ComputeResource: ("name", "parent"),
    vim.ClusterComputeResource: ("name", "parent", "host", "resourcePool", "configurationEx"),
    vim.ResourcePool: ("name", "parent", "owner"),
    vim.HostSystem: (
        "name",
        "parent",
        "datastore",
        "network",
        "runtime.connectionState",
        "runtime.inMaintenanceMode",
        "summary.hardware.numCpuThreads",
        "summary.hardware.memorySize",
    ),
    vim.Datastore: ("name", "parent", "summary"),
    vim.Network: ("name", "parent"),
    vim.dvs.DistributedVirtualPortgroup: ("name", "parent", "tag", "config"),
    vim.DistributedVirtualSwitch: ("name", "parent", "config"),
    vim.VirtualMachine: ("name", "parent", "config.template"),
}
"""Each kind names all that is read of it: vCenter takes the entry that fits an object best."""

TEMPLATE: Wanted = {
    vim.VirtualMachine: (
        "config.guestFullName",
        "config.hardware",
        "guest.toolsVersionStatus2",
        "snapshot",
        "summary.storage",
    )
}
NO_TOOLS = "guestToolsNotInstalled"


def read_facts(vcenter: VCenter, clock: Callable[[], dt.datetime]) -> VCenterFacts:
    """What the checks and lists want to know, of all data centres. `clock` gives UTC. Raises VCenterError.

    Four to six round trips, and one more for each further 500 objects.
    """
    tree = Tree.of(read_all(vcenter, INVENTORY))
    clusters = tree.kind(vim.ClusterComputeResource)
    machines = tree.kind(vim.VirtualMachine)
    pools, stores = tree.kind(vim.ResourcePool), Reach(tree, clusters, "datastore")
    templates = [row for row in machines if row.get("config.template")]
    return VCenterFacts(
        read_at=clock(),
        version=vcenter.version,
        simulated=vcenter.simulated,
        datacenters=tuple(sorted(tree.datacenters.values())),
        clusters=tuple(_cluster(tree, row, pools) for row in clusters),
        datastores=tuple(_datastore(tree, row, stores) for row in tree.kind(vim.Datastore)),
        switches=switches(tree),
        port_groups=port_groups(vcenter, tree, clusters),
        folders=_folders(tree),
        templates=_templates(vcenter, tree, templates),
        machines=tuple(_machine(tree, row) for row in machines if not row.get("config.template")),
    )


def _cluster(tree: Tree, row: Row, all_pools: list[Row]) -> ComputeCluster:
    datacenter, name = tree.place(row)
    root = row.get("resourcePool")
    inside = [pool for pool in all_pools if root is not None and _owned(pool, row, root)]
    config = row.get("configurationEx")
    drs = bool(config and getattr(config, "drsConfig", None) and config.drsConfig.enabled)
    pools = tuple(sorted(tree.below(pool, root) for pool in inside))
    return ComputeCluster(datacenter, name, tuple(_host(host) for host in tree.named(row.get("host"))), pools, drs)


def _owned(pool: Row, cluster: Row, root: Any) -> bool:
    # A vApp is a resource pool too, but machines of ours cannot lie in one.
    if isinstance(pool.ref, vim.VirtualApp) or pool.get("owner") is None:
        return False
    return key(pool.get("owner")) == key(cluster.ref) and key(pool.ref) != key(root)


def _host(row: Row) -> Host:
    connected = str(row.get("runtime.connectionState", "")) == "connected"
    usable = connected and not row.get("runtime.inMaintenanceMode", False)
    cpus, memory = row.get("summary.hardware.numCpuThreads", 0), row.get("summary.hardware.memorySize", 0)
    return Host(row.name, int(cpus), int(memory), usable)


def _datastore(tree: Tree, row: Row, stores: Reach) -> Datastore:
    datacenter, name = tree.place(row)
    summary = row.get("summary")
    whole, partly = stores.of(row.ref)
    usable = bool(summary.accessible) and (summary.maintenanceMode or "normal") == "normal"
    return Datastore(datacenter, name, int(summary.capacity), int(summary.freeSpace), whole, partly, usable)


def _folders(tree: Tree) -> tuple[Folder, ...]:
    found = (tree.place(row) for row in tree.kind(vim.Folder) if "VirtualMachine" in _kinds(row))
    # The root of a data centre's machine folders has no path of its own.
    return tuple(sorted((Folder(*place) for place in found if place[1]), key=lambda f: (f.datacenter, f.name)))


def _kinds(row: Row) -> Iterable[str]:
    return (str(kind).rpartition(".")[2] for kind in row.get("childType") or ())


def _machine(tree: Tree, row: Row) -> Machine:
    datacenter, path = tree.place(row)
    return Machine(datacenter, path.rpartition("/")[0], row.name)


def _templates(vcenter: VCenter, tree: Tree, rows: list[Row]) -> tuple[Template, ...]:
    details = {key(row.ref): row for row in read(vcenter, TEMPLATE, [row.ref for row in rows])}
    found = (_template(*tree.place(row), details.get(key(row.ref), row)) for row in rows)
    return tuple(sorted(found, key=lambda t: (t.datacenter, t.name)))


def _template(datacenter: str, name: str, row: Row) -> Template:
    hardware, storage, seen = (
        row.get("config.hardware"),
        row.get("summary.storage"),
        row.get("guest.toolsVersionStatus2"),
    )
    template = Template(datacenter, name, row.get("config.guestFullName", ""))
    devices = list(hardware.device) if hardware else []
    disks = [device for device in devices if isinstance(device, vim.vm.device.VirtualDisk)]
    return replace(
        template,
        cpus=int(hardware.numCPU) if hardware else 0,
        memory=int(hardware.memoryMB) << 20 if hardware else 0,
        disks=tuple(int(disk.capacityInBytes or disk.capacityInKB * 1024) for disk in disks),
        used=int(storage.committed) if storage else 0,
        cards=sum(isinstance(device, vim.vm.device.VirtualEthernetCard) for device in devices),
        tools=None if seen is None else str(seen) != NO_TOOLS,
        snapshots=_count(row.get("snapshot")),
    )


def _count(snapshots: Any) -> int:
    pending = list(snapshots.rootSnapshotList) if snapshots else []
    count = 0
    while pending:
        one = pending.pop()
        count, pending = count + 1, pending + list(one.childSnapshotList or ())
    return count
