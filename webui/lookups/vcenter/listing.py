"""Lists for the wizard's vCenter page, each depending on what was chosen before. As live as the facts are."""

from __future__ import annotations

from collections.abc import Sequence

from webui.lookups.listing import Choice
from webui.spec.vcenter_site import GIB, Datastore, Folder, PortGroup, Template, VCenterFacts, shown


def datacenters(facts: VCenterFacts) -> list[Choice]:
    """Data centres."""
    return [Choice(name, shown(name), _clusters_in(facts, name)) for name in facts.datacenters]


def clusters(facts: VCenterFacts, datacenter: str | None) -> list[Choice]:
    """Compute clusters of a data centre, with how many hosts can start machines."""
    found = [one for one in facts.clusters if one.datacenter == datacenter]
    return [Choice(one.name, shown(one.name), _hosts(len(one.usable), len(one.hosts), one.drs)) for one in found]


def resource_pools(facts: VCenterFacts, datacenter: str | None, cluster: str | None) -> list[Choice]:
    """Resource pools of a cluster below its own."""
    found = facts.cluster(datacenter, cluster)
    return [Choice(pool, shown(pool)) for pool in (found.pools if found else ())]


def datastores(facts: VCenterFacts, datacenter: str | None, cluster: str | None = None) -> list[Choice]:
    """Datastores that hosts of the cluster reach (of the data centre, without one), the roomiest first."""
    found = [one for one in facts.datastores if one.datacenter == datacenter and _reached(one, cluster)]
    ordered = sorted(found, key=lambda one: (not one.usable, cluster in one.partly, -one.free))
    return [Choice(one.name, shown(one.name), _datastore_note(one, cluster)) for one in ordered]


def switches(facts: VCenterFacts, datacenter: str | None) -> list[Choice]:
    """Distributed switches."""
    found = [one for one in facts.switches if one.datacenter == datacenter]
    return [Choice(one.name, shown(one.name), f"MTU {one.mtu}" if one.mtu else "") for one in found]


def port_groups(
    facts: VCenterFacts,
    datacenter: str | None,
    switch: str | None = None,
    cluster: str | None = None,
    vlan: int | None = None,
) -> list[Choice]:
    """Port groups of a switch (all, standard networks too, without one), those that pass the VLAN first."""
    found = [one for one in facts.port_groups if one.datacenter == datacenter and _reached(one, cluster)]
    chosen = [one for one in found if switch is None or one.switch == switch]
    ordered = sorted(chosen, key=lambda one: (not _passes(one, vlan), one.switch is None, one.name))
    return [Choice(one.name, shown(one.name), _group_note(one, cluster)) for one in ordered]


def folders(facts: VCenterFacts, datacenter: str | None) -> list[Choice]:
    """Folders for machines, by path."""
    found: list[Folder] = [one for one in facts.folders if one.datacenter == datacenter]
    return [Choice(one.name, shown(one.name), _count(facts, one)) for one in found]


def templates(facts: VCenterFacts, datacenter: str | None) -> list[Choice]:
    """Templates by path; those without VMware Tools last."""
    found = [one for one in facts.templates if one.datacenter == datacenter]
    ordered = sorted(found, key=lambda one: (one.tools is False, one.name))
    return [Choice(one.name, shown(one.name), _template_note(one)) for one in ordered]


def size(amount: int) -> str:
    """Bytes in words: 6.0 TiB, 20 GiB."""
    if amount >= 1024 * GIB:
        return f"{amount / GIB / 1024:.1f} TiB"
    return f"{amount / GIB:.0f} GiB" if amount >= 10 * GIB else f"{amount / GIB:.1f} GiB"


def _clusters_in(facts: VCenterFacts, datacenter: str) -> str:
    return _plural(sum(one.datacenter == datacenter for one in facts.clusters), "cluster")


def _hosts(usable: int, all_: int, drs: bool) -> str:
    words = _plural(all_, "host") if usable == all_ else f"{usable} of {_plural(all_, 'host')} usable"
    return words if drs else f"{words}, DRS off"


def _reached(one: Datastore | PortGroup, cluster: str | None) -> bool:
    return cluster is None or cluster in one.clusters or cluster in one.partly


def _datastore_note(one: Datastore, cluster: str | None) -> str:
    words = [f"{size(one.free)} free of {size(one.capacity)}"]
    words += ["not every host of the cluster reaches it"] if cluster in one.partly else []
    words += [] if one.usable else ["not accessible or in maintenance"]
    return ", ".join(words)


def _passes(one: PortGroup, vlan: int | None) -> bool:
    return vlan is None or any(first <= vlan <= last for first, last in one.vlans)


def _group_note(one: PortGroup, cluster: str | None) -> str:
    words = [vlan_words(one)] if one.vlans else []
    words += [f"MTU {one.mtu}"] if one.mtu else []
    words += ["standard network"] if one.switch is None else []
    words += ["not every host of the cluster has it"] if cluster in one.partly else []
    return ", ".join(words)


def vlan_words(one: PortGroup) -> str:
    """VLANs of a port group in words."""
    if one.trunk:
        ranges: Sequence[str] = [str(a) if a == b else f"{a} to {b}" for a, b in one.vlans]
        return f"trunk of VLAN {', '.join(ranges)}"
    return f"VLAN {one.vlan}" if one.vlan else "untagged"


def _count(facts: VCenterFacts, folder: Folder) -> str:
    inside = sum((one.datacenter, one.folder) == (folder.datacenter, folder.name) for one in facts.machines)
    return _plural(inside, "machine") if inside else ""


def _template_note(one: Template) -> str:
    words = [one.guest] if one.guest else []
    words += [_plural(one.cpus, "CPU"), f"{size(one.memory)} memory", f"disk of {size(sum(one.disks))}"]
    words += ["no VMware Tools"] if one.tools is False else []
    words += ["no snapshot: full clones"] if one.snapshots == 0 else []
    return ", ".join(words)


def _plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
