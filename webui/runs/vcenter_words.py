"""vCenter's objects in words. PURE."""

from __future__ import annotations

import re
from typing import Any

KINDS = {
    "vsphere_virtual_machine": "Machine",
    "vsphere_folder": "Folder",
    "vsphere_tag_category": "Tag category",
    "vsphere_tag": "Tag",
    "vsphere_compute_cluster_vm_anti_affinity_rule": "Anti-affinity rule",
}

ROLES = {"control_plane": "control plane", "workers": "workers"}


def short(kind: str, key: Any, address: str) -> str:
    """As in a log: `machine k8s-w-1`, `anti-affinity rule of control plane`; another type by its address."""
    if kind not in KINDS:
        return address
    word = KINDS[kind].lower()
    if isinstance(key, str):
        return f"{word} {key.replace('_', '-') if kind == 'vsphere_tag' else key}"
    role = role_of(address)
    return f"{word} of {role}" if role else word


def role_of(address: str) -> str:
    """The role whose module a resource belongs to, in words; "" for those of no role."""
    found = re.search(r'module\.node_vms\["(\w+)"\]', address)
    return ROLES.get(found[1], found[1]) if found else ""
