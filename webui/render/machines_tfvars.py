"""ClusterSpec -> variables of terraform/machines. The spec is complete: what is derived is filled in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from webui.spec import ClusterSpec
from webui.spec.model import Machine, Sizing, VCenter
from webui.spec.model.types import Addresses, Subnets


@dataclass(frozen=True)
class MachineFacts:
    """What a spec does not say and the caller found out, on the vCenter (`existing_folder`, `template_gib`) or itself.

    `existing_folder` is the part of the folder's path that exists and was not made for this cluster, None where nobody
    asked: then all but the last level. `template_gib` is the size of the template's disk."""

    authorized_keys: Sequence[str] = ()
    existing_folder: str | None = None
    template_gib: int | None = None


def machines_tfvars(spec: ClusterSpec, address: str, facts: MachineFacts, *, wait_net: int = 5) -> dict[str, Any]:
    """The content of terraform.tfvars.json for terraform/machines; plain JSON data, without secrets.

    `address` is the vCenter's host or host:port, `wait_net` the minutes to wait for a new machine's address."""
    vcenter = spec.vcenter
    return {
        "vcenter": {"address": address, "insecure": vcenter.tls.unverified},
        "cluster": spec.name,
        "datacenter": vcenter.datacenter,
        "compute_cluster": vcenter.compute_cluster,
        "resource_pool": vcenter.resource_pool,
        "datastore": vcenter.datastore,
        "port_group": vcenter.port_group,
        "template": vcenter.template,
        "folder": _folder(vcenter.folder or str(spec.name), facts.existing_folder),
        "sizes": _sizes(vcenter, facts.template_gib),
        "machines": _machines(spec),
        "domain": spec.cluster.dns.domain,
        "node_subnet": _pair(spec.l3out.node_subnet),
        "gateway": _pair(spec.l3out.secondary),
        "dns_servers": list(spec.cluster.dns.servers),
        "user": spec.machines.user,
        "authorized_keys": list(facts.authorized_keys),
        "anti_affinity": {"control_plane": vcenter.anti_affinity is not False},
        "wait_net": wait_net,
    }


def _folder(path: str, existing: str | None) -> dict[str, Any]:
    """The folder's path, split into what is there and what is made."""
    parts = [part for part in path.split("/") if part]
    there = parts[:-1] if existing is None else [part for part in existing.split("/") if part]
    if parts[: len(there)] != there:
        raise ValueError(f"{existing} is not above {path}")
    return {"existing": "/".join(there), "made": parts[len(there) :]}


def _sizes(vcenter: VCenter, template_gib: int | None) -> dict[str, Any]:
    sizes = {"control_plane": vcenter.control_plane, "workers": vcenter.workers}
    return {role: _size(size, template_gib) for role, size in sizes.items()}


def _size(size: Sizing, template_gib: int | None) -> dict[str, Any]:
    """A linked clone shares its template's disk, so that it has its size."""
    linked = size.disk_gib is None or size.disk_gib == template_gib
    return {
        "cpus": size.cpus,
        "memory_mib": size.memory_gib * 1024 if size.memory_gib else None,
        "disk_gib": None if linked else size.disk_gib,
        "linked_clone": linked,
    }


def _machines(spec: ClusterSpec) -> dict[str, Any]:
    roles = {"control_plane": spec.machines.control_plane, "workers": spec.machines.workers}
    return {str(each.name): _machine(each, role) for role, machines in roles.items() for each in machines}


def _machine(machine: Machine, role: str) -> dict[str, Any]:
    pair = Addresses.model_construct(v4=machine.v4, v6=machine.v6)
    return {"role": role, **_pair(pair), **({"rack": machine.rack} if machine.rack else {})}


def _pair(pair: Addresses | Subnets) -> dict[str, str]:
    return {family: str(value) for family, value in (("v4", pair.v4), ("v6", pair.v6)) if value is not None}
