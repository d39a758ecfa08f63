"""Against the vCenter: the network carries what the fabric expects, and hosts and datastore have room."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from webui.spec.checks.registry import Subject, check
from webui.spec.checks.vcenter import ROLES, group_of, seen, template_of
from webui.spec.inventory import machine_rows
from webui.spec.problem import Problem, blocking, warning
from webui.spec.vcenter_site import GIB, Machine


@check
def vlan_agrees(subject: Subject) -> Iterator[Problem]:
    """The port group passes the L3Out's VLAN, and does not add it a second time."""
    group, vlan = group_of(subject), subject.spec.l3out.vlan
    if group is None or vlan is None or not group.vlans:
        return
    path = "vcenter.port_group"
    if group.trunk:
        sentence = f"Port group {group.name} is a trunk: machines would have to tag VLAN {vlan} themselves."
        yield blocking(path, sentence, f"Choose a port group of VLAN {vlan}.")
    elif group.vlan != vlan:
        has = f"VLAN {group.vlan}" if group.vlan else "no VLAN"
        sentence = (
            f"Port group {group.name} has {has}, but the L3Out has VLAN {vlan}: leaves and machines would not meet."
        )
        remedy = f"Choose a port group of VLAN {vlan}, or give the L3Out the port group's VLAN."
        yield blocking(path, sentence, remedy)


@check
def mtu_is_carried(subject: Subject) -> Iterator[Problem]:
    """The switch passes frames as large as the machines send."""
    facts, section, mtu = seen(subject), subject.spec.vcenter, subject.spec.l3out.mtu
    group = group_of(subject)
    if facts is None or mtu is None:
        return
    switch = facts.switch(section.datacenter, section.switch)
    carried = group.mtu if group else switch.mtu if switch else None
    if carried is not None and carried < mtu:
        name = (group.switch or group.name) if group else section.switch
        field = "port_group" if group and group.switch is None else "switch"
        sentence = f"Switch {name} carries {carried} bytes, less than the MTU of {mtu}: large packets would vanish."
        yield blocking(f"vcenter.{field}", sentence, f"Set the switch's MTU to {mtu} or more, or lower the L3Out's.")


@check
def names_are_free(subject: Subject) -> Iterator[Problem]:
    """No machine of somebody else has the name of one that is to be made."""
    facts, section = seen(subject), subject.spec.vcenter
    if facts is None:
        return
    folder = "/".join(level for level in (section.folder or str(subject.spec.name or "")).split("/") if level)
    for path, role, n in machine_rows(subject.spec):
        name = getattr(subject.spec.machines, role)[n].name
        taken = [one for one in facts.machines if one.datacenter == section.datacenter and one.name == name]
        if name is None or name in facts.own or not taken:
            continue
        yield _taken(f"{path}.name", taken, folder)


@check
def enough_hosts(subject: Subject) -> Iterator[Problem]:
    """Machines that are to be kept apart need a host each."""
    facts, section = seen(subject), subject.spec.vcenter
    cluster = facts.cluster(section.datacenter, section.compute_cluster) if facts else None
    wanted = len(subject.spec.machines.control_plane)
    if cluster is None or section.anti_affinity is False or wanted < 2:
        return
    if len(cluster.usable) < wanted:
        sentence = (
            f"Cluster {cluster.name} has {len(cluster.usable)} usable hosts for {wanted} control-plane machines: some "
            "would share a host and fail with it."
        )
        yield warning("vcenter.anti_affinity", sentence, "Add hosts, or choose a cluster with more of them.")
    elif not cluster.drs:
        sentence = f"DRS is off in cluster {cluster.name}: nothing keeps the control-plane machines apart."
        yield warning("vcenter.anti_affinity", sentence, "Switch DRS on, or place the machines by hand.")


@check
def hosts_are_large_enough(subject: Subject) -> Iterator[Problem]:
    """A machine fits into a host."""
    facts, section = seen(subject), subject.spec.vcenter
    cluster = facts.cluster(section.datacenter, section.compute_cluster) if facts else None
    if cluster is None:
        return
    if not cluster.usable:
        sentence = f"No host of cluster {cluster.name} is usable: all are disconnected or in maintenance."
        yield blocking("vcenter.compute_cluster", sentence, "Bring hosts back in vCenter, or choose another cluster.")
        return
    cpus, memory = max(host.cpus for host in cluster.usable), max(host.memory for host in cluster.usable)
    for role in ROLES:
        size = getattr(section, role)
        if not getattr(subject.spec.machines, role):
            continue
        if size.cpus and cpus and size.cpus > cpus:
            sentence = f"{size.cpus} CPUs are more than any host of cluster {cluster.name} has: {cpus}."
            yield blocking(f"vcenter.{role}.cpus", sentence, f"Give {cpus} or fewer.")
        if size.memory_gib and memory and size.memory_gib * GIB > memory:
            sentence = (
                f"{size.memory_gib} GiB of memory are more than any host of cluster {cluster.name} has: "
                f"{memory / GIB:.0f} GiB."
            )
            yield blocking(f"vcenter.{role}.memory_gib", sentence, f"Give {memory // GIB} GiB or less.")


@dataclass(frozen=True)
class _Need:
    """Bytes that new machines take in the datastore: when they start, and when their disks are full."""

    machines: int = 0
    now: int = 0
    full: int = 0


@check
def datastore_has_room(subject: Subject) -> Iterator[Problem]:
    """New machines fit: their swap files and copies now, their disks in the end."""
    facts, section = seen(subject), subject.spec.vcenter
    store = facts.datastore(section.datacenter, section.datastore) if facts else None
    need = _need(subject)
    if store is None or not need.machines:
        return
    many = "1 new machine needs" if need.machines == 1 else f"{need.machines} new machines need"
    free = f"Datastore {store.name} has {store.free / GIB:.1f} GiB free"
    remedy = "Choose a roomier datastore, free some room, or make the machines smaller."
    if store.free < need.now:
        sentence = f"{free}; {many} {need.now / GIB:.1f} GiB to start (memory is backed by a swap file as large)."
        yield blocking("vcenter.datastore", sentence, remedy)
    elif store.free < need.full:
        sentence = f"{free}; {many} {need.full / GIB:.1f} GiB once their disks are full."
        yield warning("vcenter.datastore", sentence, remedy)


def _need(subject: Subject) -> _Need:
    template, own = template_of(subject), seen(subject)
    need = _Need()
    for role in ROLES:
        size = getattr(subject.spec.vcenter, role)
        new = sum(one.name not in (own.own if own else ()) for one in getattr(subject.spec.machines, role))
        memory = (size.memory_gib or 0) * GIB
        copied = template.used if template and not template.linked(size.disk_gib) else 0
        disk = (size.disk_gib or 0) * GIB or sum(template.disks if template else ())
        need = _Need(need.machines + new, need.now + new * (memory + copied), need.full + new * (memory + disk))
    return need


def _taken(path: str, taken: list[Machine], folder: str) -> Problem:
    name = taken[0].name
    if any(one.folder == folder for one in taken):
        sentence = f"Folder {folder} has a machine {name} already, which is not this cluster's."
        return blocking(path, sentence, "Choose another name or another folder: what exists is never taken over.")
    sentence = f"A machine named {name} exists in folder {taken[0].folder or 'of the data centre'} already."
    return warning(path, sentence, "Choose another name if both would answer to it in DNS.")
