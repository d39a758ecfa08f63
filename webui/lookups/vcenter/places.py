"""From names, as a spec has them, to vCenter's objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from webui.lookups.vcenter.connecting import VCenter
from webui.lookups.vcenter.errors import NotFound, told
from webui.spec.model.vcenter import VCenter as Section


@dataclass(frozen=True)
class Place:
    """Where a machine or template lies, by the names that a spec has. `folder` "": the data centre's own."""

    datacenter: str
    compute_cluster: str
    datastore: str
    network: str
    folder: str = ""
    resource_pool: str | None = None

    @classmethod
    def of(cls, section: Section, folder: str = "") -> Place:
        """The section's place; raises NotFound where a field is empty."""
        where, cluster, store, network = (
            section.datacenter or "",
            section.compute_cluster or "",
            section.datastore or "",
            section.port_group or "",
        )
        if not (where and cluster and store and network):
            raise NotFound("Choose data centre, cluster, datastore and port group first.")
        return cls(where, cluster, store, network, folder.strip("/"), section.resource_pool)

    @property
    def pool_path(self) -> str:
        """Path of the resource pool below the data centre's host folder."""
        pool = f"{self.compute_cluster}/Resources"
        return f"{pool}/{self.resource_pool}" if self.resource_pool else pool


def find(vcenter: VCenter, datacenter: str, kind: str, name: str, what: str) -> Any:
    """The object of a name below a data centre's `vm`, `host`, `datastore` or `network` folder. Raises NotFound."""
    path = "/".join(part for part in (datacenter, kind, name) if part)
    found = look(vcenter, path)
    if found is None:
        raise NotFound(f"There is no {what} named {name} in data centre {datacenter}. Choose another one.")
    return found


def look(vcenter: VCenter, path: str) -> Any | None:
    """The object of an inventory path, such as `DC1/vm/templates`; None where there is none."""
    with told(vcenter.address):
        return vcenter.content.searchIndex.FindByInventoryPath(path)
