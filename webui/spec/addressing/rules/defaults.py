"""Values that do not depend on addresses: the design's settings, and what follows from the site's version."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from webui.spec import versions
from webui.spec.addressing.context import Context, Derived

Table = tuple[tuple[str, Any, str], ...]

GENERAL: Table = (
    ("version", 1, "the current form of the document"),
    ("mode", "full", "the whole way, from the fabric to the cluster"),
    ("fabric.site", "apic", "a real fabric"),
    ("fabric.tls.verify", True, "passwords are sent only to a server that proves who it is"),
)
L3OUT: Table = (
    ("l3out.mtu", 9000, "the usual jumbo frame: pods get it too"),
    ("l3out.external_epg.scopes", "import-security", "the cluster stays in its own VRF"),
    ("l3out.default_route", False, "the nodes' gateway is the secondary address"),
    ("l3out.bgp.keepalive", 1, "notices a silent node within 3 s"),
    ("l3out.bgp.hold", 3, "three keepalives"),
    ("l3out.bgp.stale", 6, "the routes of a dead node go after 6 s"),
    ("l3out.bgp.max_restart", 5, "the routes of a node whose BGP died go after 5 s"),
    ("l3out.bgp.max_prefixes", 500, "far more than a node announces, far less than would harm a leaf"),
)
VCENTER: Table = (
    ("vcenter.tls.verify", True, "passwords are sent only to a server that proves who it is"),
    ("vcenter.anti_affinity", True, "one failed host takes one control-plane machine at most"),
    ("vcenter.control_plane.cpus", 4, "enough for a few hundred pods"),
    ("vcenter.control_plane.memory_gib", 8, "enough for a few hundred pods"),
    ("vcenter.control_plane.disk_gib", 60, "system, images and etcd"),
    ("vcenter.workers.cpus", 8, "a usual size; the workload decides"),
    ("vcenter.workers.memory_gib", 16, "a usual size; the workload decides"),
    ("vcenter.workers.disk_gib", 100, "system, images and logs"),
)
CLUSTER: Table = (
    ("cluster.port", 8443, "6443 belongs to the machines' own API servers"),
    ("cluster.keepalived_router_id", 51, "the usual first number"),
    ("cluster.time_zone", "UTC", "logs of all machines agree"),
    ("cluster.container_runtime", "containerd", "the usual one"),
    ("cluster.cni", "calico", "peers with the leaves by BGP"),
    ("cluster.ebpf", False, "the usual dataplane"),
    ("cluster.typha", False, "of use from fifty nodes on"),
)


def general(context: Context) -> Iterator[Derived]:
    """Version, mode, site and verified TLS."""
    return _table(GENERAL)


def l3out(context: Context) -> Iterator[Derived]:
    """The design's settings of the L3Out."""
    return _table(L3OUT)


def vrf_policy(context: Context) -> Iterator[Derived]:
    """Leave a VRF's own address-family policy alone, else manage it."""
    here = context.spec.l3out.vrf
    vrf = context.facts.vrf(here.tenant, here.name) if context.facts else None
    foreign = [policy.name for policy in (vrf.af_policies if vrf else ())]
    if foreign and context.kept("l3out.bgp.vrf_policy") != "managed":
        yield Derived("l3out.bgp.vrf_policy", "existing", f"the VRF has the policy {foreign[0]} already")
    else:
        yield Derived("l3out.bgp.vrf_policy", "managed", "64 equal paths instead of the default 16")


def next_hop_unchanged(context: Context) -> Iterator[Derived]:
    """On from ACI 6.1(2) on, inside one pod."""
    path = "l3out.bgp.next_hop_unchanged"
    version = context.facts.version if context.facts else None
    pods = {leaf.pod for leaf in context.spec.l3out.anchors if leaf.pod is not None}
    kept = context.kept(path)
    if version is None:
        if kept is not None:
            yield Derived(path, kept, "as applied")
        else:
            yield Derived(path, False, "the APIC's version is not known")
    elif not version.at_least(6, 1, 2):
        yield Derived(path, False, f"ACI {version} does not have it; it came with 6.1(2)")
    elif len(pods) > 1:
        yield Derived(path, False, "the leaves are in more than one pod")
    else:
        yield Derived(path, True, f"recommended from ACI 6.1(2) on; this is {version}")


def vcenter(context: Context) -> Iterator[Derived]:
    """Sizes of machines, in mode full."""
    return _table(VCENTER if context.spec.mode == "full" else ())


def cluster(context: Context) -> Iterator[Derived]:
    """Settings of Kubernetes, where there will be one. Its version stays what was applied: a living cluster is not
    upgraded by another table of versions."""
    path = "cluster.kubernetes_version"
    if context.spec.mode != "no-cluster":
        kept, newest = context.kept(path), versions.PROPOSED_KUBERNETES
        yield Derived(path, kept or newest, "as applied" if kept else "the newest version that was tested")
        yield from _table(CLUSTER)
        if context.spec.l3out.mtu is not None:
            yield Derived("cluster.calico_mtu", context.spec.l3out.mtu, "the L3Out's: there is no encapsulation")


def calico_version(context: Context) -> Iterator[Derived]:
    """The release that fits the Kubernetes version; what was applied stays."""
    cluster, lab = context.spec.cluster, context.spec.fabric.site == "lab"
    if context.spec.mode == "no-cluster" or cluster.cni != "calico":
        return
    kept = context.kept("cluster.calico_version")
    row = versions.proposed_calico(cluster.kubernetes_version, lab)
    why = "what the lab has images of" if lab else "the newest that its makers test with this Kubernetes"
    yield Derived("cluster.calico_version", kept or row.version, "as applied" if kept else why)


def load_balancer(context: Context) -> Iterator[Derived]:
    """Calico's or kube-router's own allocation where there is one."""
    cluster = context.spec.cluster
    if context.spec.mode == "no-cluster" or cluster.cni == "aci":
        return
    row = versions.calico(cluster.calico_version)
    if cluster.cni == "calico" and row is not None and not row.allocates:
        yield Derived("cluster.load_balancer", "metallb", f"Calico {row.version} does not hand out addresses itself")
    else:
        yield Derived("cluster.load_balancer", "built-in", f"{cluster.cni} hands them out itself")


def _table(table: Table) -> Iterator[Derived]:
    return (Derived(path, value, why) for path, value, why in table)
