"""Fields of the vCenter page: where it is, the objects that machines are made with, and their sizes."""

from __future__ import annotations

from webui.steps.document import LONGEST_TEXT
from webui.steps.fabric.form import TRUST
from webui.steps.fields import Area, Choice, Flag, Look, Secret, Text, page_form

CONNECT = {
    "vcenter.address": Text(
        "vCenter address",
        Look("Name or address, :port if not 443.", placeholder="vcenter.example.net", topic="address"),
    ),
    "vcenter.user": Text(
        "User", Look("May clone the template.", placeholder="anchorage@vsphere.local", topic="privileges")
    ),
    "vcenter.password": Secret("Password", Look("Kept encrypted: machines come and go later too.", topic="privileges")),
    "vcenter.tls.verify": Choice("Certificate of the vCenter", TRUST, Look(topic="tls")),
    "vcenter.tls.ca": Area(
        "Pinned authority",
        Look(
            "PEM. Only certificates that it signed are accepted. Empty: the authorities of this host.",
            unit="optional",
            placeholder="-----BEGIN CERTIFICATE-----",
            topic="tls",
            longest=LONGEST_TEXT,
        ),
    ),
}
PLACE = {
    "vcenter.datacenter": Text("Data centre", Look(options="vcenter-datacenter", topic="place")),
    "vcenter.compute_cluster": Text(
        "Cluster", Look("Its hosts run the machines.", options="vcenter-compute_cluster", topic="place")
    ),
    "vcenter.resource_pool": Text(
        "Resource pool",
        Look("Empty for the cluster's own.", unit="optional", options="vcenter-resource_pool", topic="place"),
    ),
    "vcenter.datastore": Text(
        "Datastore", Look("Every host must reach it.", options="vcenter-datastore", topic="storage")
    ),
    "vcenter.switch": Text(
        "Distributed switch", Look("Its uplinks go to the anchor leaves.", options="vcenter-switch", topic="port-group")
    ),
    "vcenter.port_group": Text(
        "Port group", Look("Carries the L3Out's VLAN.", options="vcenter-port_group", topic="port-group")
    ),
    "vcenter.folder": Text(
        "Folder", Look("Made if it is missing.", unit="optional", options="vcenter-folder", topic="folder")
    ),
    "vcenter.template": Text(
        "Template", Look("Cloned for each machine.", options="vcenter-template", topic="template")
    ),
}
SIZES = {
    f"vcenter.{role}.{key}": Text(f"{title}", Look("", unit, topic="sizes", longest=100))
    for role in ("control_plane", "workers")
    for key, title, unit in (("cpus", "CPUs", ""), ("memory_gib", "Memory", "GiB"), ("disk_gib", "Disk", "GiB"))
}
RULES = {
    "vcenter.anti_affinity": Flag(
        "Keep control-plane machines on different hosts",
        Look("vSphere's anti-affinity rule: one failed host takes one of them at most.", topic="anti-affinity"),
    ),
}

VCenterForm = page_form("VCenterForm", {**CONNECT, **PLACE, **SIZES, **RULES})
