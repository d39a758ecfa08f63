"""Section `vcenter`: where machines are made (mode full)."""

from __future__ import annotations

from typing import Annotated

from webui.spec.model.types import Endpoint, Flag, Part, Secret, Text, Tls, Whole, field, part


class Sizing(Part):
    """Size of the machines of one role."""

    cpus: Annotated[int, Whole(1, 256)] | None = field(
        "CPUs", "Virtual CPUs of each machine. The control plane needs at least 2.", 4
    )
    memory_gib: Annotated[int, Whole(1, 6144)] | None = field(
        "Memory", "Memory of each machine. The control plane needs at least 2 GiB.", 8, unit="GiB"
    )
    disk_gib: Annotated[int, Whole(8, 63488)] | None = field(
        "Disk", "Size of the first disk; not smaller than the template's.", 60, unit="GiB"
    )


class VCenter(Part):
    """The vCenter and its objects, all of which exist but the folder and the machines."""

    address: Endpoint | None = field(
        "vCenter address", "Name or address of the vCenter, with a port if it is not 443.", "vcenter.example.net"
    )
    user: Text | None = field(
        "User", "A user who may clone the template and make machines in the places below.", "anchorage@vsphere.local"
    )
    password: Secret | None = field(
        "Password", "Kept encrypted, because machines are added and removed later too.", secret=True
    )
    tls: Tls = part(Tls, "TLS", "How vCenter's certificate is verified.")
    datacenter: Text | None = field("Data centre", "The data centre in vCenter.", "DC1")
    compute_cluster: Text | None = field("Cluster", "The vSphere cluster whose hosts run the machines.", "cluster-k8s")
    resource_pool: Text | None = field(
        "Resource pool", "A resource pool in that cluster. Leave it empty for the cluster's own.", "k8s", expert=True
    )
    datastore: Text | None = field("Datastore", "Where the machines' disks lie. Every host must reach it.", "ds-k8s")
    switch: Text | None = field(
        "Distributed switch", "The distributed switch whose uplinks go to the anchor leaves.", "dvs-k8s"
    )
    port_group: Text | None = field("Port group", "The port group that carries the L3Out's VLAN.", "k8s-vlan-310")
    folder: Text | None = field(
        "Folder", "The folder that will hold the machines. It is made if it is missing.", "kubernetes/k8s-dc1"
    )
    template: Text | None = field(
        "Template", "The machine template that is cloned: Linux with cloud-init.", "debian-12-cloud"
    )
    control_plane: Sizing = part(Sizing, "Control-plane machines", "Size of each control-plane machine.")
    workers: Sizing = part(Sizing, "Worker machines", "Size of each worker machine.")
    anti_affinity: Flag | None = field(
        "Keep control-plane machines apart", "vSphere runs the control-plane machines on different hosts.", True
    )
