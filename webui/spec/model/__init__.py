"""The document's model: ClusterSpec and its sections. Every field is optional.

None or an empty list means not given.
"""

from __future__ import annotations

from typing import Annotated

from webui.spec.model.cluster import Cluster, Dns, Expert, Proxy, RegistryMirror
from webui.spec.model.fabric import Fabric
from webui.spec.model.l3out import Anchor, Bgp, ContractRef, ExternalEpg, L3Out, VrfRef
from webui.spec.model.machines import Machine, Machines
from webui.spec.model.network import ClusterNetwork
from webui.spec.model.types import Addresses, HostName, Mode, ModeName, Part, Subnets, Tls, Whole, field, part
from webui.spec.model.vcenter import Sizing, VCenter

VERSION = 1
"""The version of the document that this program writes."""


class ClusterSpec(Part):
    """All that the user wants, one document."""

    version: Annotated[int, Whole(1, VERSION)] | None = field(
        "Document version", "Version of this document's form.", VERSION, expert=True
    )
    name: HostName | None = field("Cluster name", "Name of the cluster. Other names are proposed from it.", "k8s-dc1")
    mode: Mode | None = field(
        "Mode",
        "full: machines are made in vCenter. bare-metal: the machines exist. no-cluster: the fabric alone, for a "
        "cluster that you run yourself.",
        "full",
    )
    fabric: Fabric = part(Fabric, "Fabric", "How the APIC is reached.")
    l3out: L3Out = part(L3Out, "L3Out", "The floating L3Out that anchors the cluster to the fabric.")
    vcenter: VCenter = part(VCenter, "vCenter", "Where machines are made.")
    machines: Machines = part(Machines, "Machines", "The nodes.")
    cluster: Cluster = part(Cluster, "Cluster", "Kubernetes and the system under it.")
    network: ClusterNetwork = part(ClusterNetwork, "Cluster network", "Subnets of pods and services.")


__all__ = [
    "VERSION",
    "Addresses",
    "Anchor",
    "Bgp",
    "Cluster",
    "ClusterNetwork",
    "ClusterSpec",
    "ContractRef",
    "Dns",
    "Expert",
    "ExternalEpg",
    "Fabric",
    "L3Out",
    "Machine",
    "Machines",
    "ModeName",
    "Part",
    "Proxy",
    "RegistryMirror",
    "Sizing",
    "Subnets",
    "Tls",
    "VCenter",
    "VrfRef",
]
