"""Is all there that the stage needs? What is derived is not asked for; what something else is derived from, first."""

from __future__ import annotations

from collections.abc import Iterator

from webui.spec.checks.registry import Subject, check
from webui.spec.inventory import machine_rows
from webui.spec.model import ClusterSpec
from webui.spec.parsing import example, get, label
from webui.spec.problem import Problem, blocking

FABRIC = (
    ("name", ""),
    ("l3out.tenant", ""),
    ("l3out.vrf.tenant", "l3out.tenant"),
    ("l3out.vrf.name", ""),
    ("l3out.domain", ""),
    ("l3out.name", "name"),
    ("l3out.node_profile", "l3out.name"),
    ("l3out.interface_profile", "l3out.name"),
    ("l3out.vlan", ""),
    ("l3out.mtu", ""),
    ("l3out.node_subnet.v4", ""),
    ("l3out.floating.v4", "l3out.node_subnet.v4"),
    ("l3out.secondary.v4", "l3out.node_subnet.v4"),
    ("l3out.contract.tenant", "l3out.tenant"),
    ("l3out.contract.name", ""),
    ("l3out.external_epg.name", "l3out.name"),
    ("l3out.bgp.fabric_as", ""),
    ("l3out.bgp.cluster_as", "l3out.bgp.fabric_as"),
    ("l3out.anchors", ""),
    ("network.pods.v4", "l3out.node_subnet.v4"),
    ("network.services.v4", "l3out.node_subnet.v4"),
    ("network.external_services.v4", "l3out.node_subnet.v4"),
)
"""(field, the field it is derived from: as long as that one is missing, it alone is asked for)."""

FABRIC_V6 = (
    ("l3out.floating.v6", ""),
    ("l3out.secondary.v6", ""),
    ("network.pods.v6", ""),
    ("network.services.v6", ""),
    ("network.external_services.v6", ""),
)
APIC = ("fabric.apics", "fabric.user")
VCENTER_SITE = ("vcenter.address", "vcenter.user", "vcenter.password")
VCENTER = ("datacenter", "compute_cluster", "datastore", "switch", "port_group", "template")
MACHINES = ("machines.user", "machines.control_plane")
CLUSTER = ("cluster.vip.v4", "cluster.kubernetes_version")
ANCHOR = ("pod", "node", "router_id", "v4")
MACHINE = ("name", "v4", "rack")


@check
def fabric(subject: Subject) -> Iterator[Problem]:
    """What Terraform needs for the fabric."""
    spec = subject.spec
    if spec.fabric.site != "lab":
        yield from _missing(spec, APIC)
    for path, source in FABRIC:
        if not source or _given(spec, source):
            yield from _missing(spec, (path,))
    if spec.l3out.node_subnet.v6 is not None:
        yield from _missing(spec, tuple(path for path, _ in FABRIC_V6))


@check
def anchors(subject: Subject) -> Iterator[Problem]:
    """Every row of a leaf is whole."""
    spec = subject.spec
    fields = ANCHOR + (("rack",) if subject.cluster else ()) + (("v6",) if spec.l3out.node_subnet.v6 else ())
    for n in range(len(spec.l3out.anchors)):
        wanted = [field for field in fields if _asked(spec, n, field)]
        yield from _missing(spec, tuple(f"l3out.anchors.{n}.{field}" for field in wanted))


@check
def later_stages(subject: Subject) -> Iterator[Problem]:
    """What machines and cluster need, as far as their stages are asked for."""
    spec = subject.spec
    if subject.goes_to("machines"):
        yield from _missing(spec, () if spec.fabric.site == "lab" else VCENTER_SITE)
        yield from _missing(spec, tuple(f"vcenter.{field}" for field in VCENTER))
        yield from _missing(spec, ("cluster.dns.domain",))
    if subject.goes_to("machines") or subject.goes_to("hosts"):
        yield from _missing(spec, MACHINES)
        for path, _, _ in machine_rows(spec):
            yield from _missing(spec, tuple(f"{path}.{field}" for field in MACHINE))
    if subject.stage == "all" and subject.cluster:
        yield from _missing(spec, CLUSTER)


@check
def sign_in(subject: Subject) -> Iterator[Problem]:
    """Ansible needs a key or a password for machines that are given; for those that are made, a key is made too."""
    machines = subject.spec.machines
    if not subject.goes_to("hosts") or subject.spec.mode != "bare-metal":
        return
    if machines.ssh_key is None and machines.password is None:
        yield blocking(
            "machines.ssh_key",
            "There is neither an SSH key nor a password for the machines.",
            "Give the private key of the machines' user, or its password.",
        )


def _asked(spec: ClusterSpec, row: int, field: str) -> bool:
    """A leaf's address is derived from the node subnet, its router id from its address: ask for those first."""
    if field == "v4":
        return spec.l3out.node_subnet.v4 is not None
    return field != "router_id" or spec.l3out.anchors[row].v4 is not None


def _given(spec: ClusterSpec, path: str) -> bool:
    return get(spec, path) not in (None, ())


def _missing(spec: ClusterSpec, paths: tuple[str, ...]) -> Iterator[Problem]:
    for path in paths:
        if not _given(spec, path):
            missing = "none is given" if get(spec, path) == () else "it is missing"
            yield blocking(path, f"{label(path)}: {missing}.", _remedy(path))


def _remedy(path: str) -> str:
    if path == "l3out.bgp.fabric_as":
        return "Sign in to the APIC, where it is read from, or give it."
    if path == "l3out.anchors":
        return "Add the leaves that the machines are connected to, two for each rack."
    shown = example(path)
    return f"Give it, for example {shown}." if shown else "Give it."
