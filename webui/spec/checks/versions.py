"""What is outside the tested-versions table: untested is a warning, what cannot work blocks."""

from __future__ import annotations

from collections.abc import Iterator

from webui.spec import versions
from webui.spec.add_ons import chosen
from webui.spec.checks.registry import Subject, check
from webui.spec.checks.vcenter import template_of
from webui.spec.model import Cluster
from webui.spec.problem import Problem, blocking, warning
from webui.spec.values import listed
from webui.spec.versions import CALICO, KUBERNETES, Release, minor_of

NEWEST = next(one.minor for one in KUBERNETES if one.tried == "run")


@check
def kubernetes(subject: Subject) -> Iterator[Problem]:
    """The Kubernetes minor was tried, and its makers still support it."""
    path, version = "cluster.kubernetes_version", subject.spec.cluster.kubernetes_version
    if not version or not subject.cluster:
        return
    minor, row = minor_of(version), versions.kubernetes(version)
    remedy = f"Use {NEWEST}, which was run on the lab, or try this one on a cluster that may fail."
    if row is None:
        yield warning(path, f"Kubernetes {minor} was not tried with this Anchorage.", remedy)
    elif row.state == "broken":
        yield blocking(path, f"Kubernetes {minor} cannot be installed. {row.why}", f"Choose {NEWEST}.")
    elif row.state == "ended":
        sentence = f"Kubernetes {minor} is no longer supported by its makers: it gets no security fixes."
        yield warning(path, sentence, f"Choose a newer minor, such as {NEWEST}.")
    elif row.tried != "run":
        yield warning(path, f"Kubernetes {minor} was not tried with this Anchorage. {row.why}".strip(), remedy)


@check
def calico_release(subject: Subject) -> Iterator[Problem]:
    """There is a pinned manifest of the Calico version, and its makers still support it."""
    path, cluster = "cluster.calico_version", subject.spec.cluster
    if not _calico(subject) or not cluster.calico_version:
        return
    row, lab = versions.calico(cluster.calico_version), subject.spec.fabric.site == "lab"
    if row is None:
        known = listed([one.version for one in CALICO], "or")
        sentence = f"Anchorage has no pinned manifest of Calico {versions.bare(cluster.calico_version)}."
        yield blocking(path, sentence, f"Choose {known}.")
    elif lab and not row.lab:
        sentence = f"The built-in lab has no images of Calico {row.version}."
        yield blocking(path, sentence, f"Choose {versions.proposed_calico(None, lab=True).version} on the lab.")
    elif not lab:
        yield from _fit(path, row, cluster)


@check
def load_balancer(subject: Subject) -> Iterator[Problem]:
    """Who hands out LoadBalancer addresses can do so."""
    path, cluster = "cluster.load_balancer", subject.spec.cluster
    row = versions.calico(cluster.calico_version)
    if not _calico(subject) or cluster.load_balancer != "built-in" or row is None or row.allocates:
        return
    sentence = f"Calico {row.version} does not hand out LoadBalancer addresses; that came with 3.30."
    yield blocking(path, sentence, "Choose metallb, or a newer Calico.")


@check
def no_load_balancer(subject: Subject) -> Iterator[Problem]:
    """The ingress controller needs somebody who gives it its address."""
    cluster = subject.spec.cluster
    waiting = [one.name for one in chosen(cluster.add_ons) if one.needs_address]
    if subject.cluster and cluster.load_balancer == "none" and waiting:
        sentence = f"Nobody hands out LoadBalancer addresses, but the add-on {waiting[0]} waits for one."
        yield blocking("cluster.load_balancer", sentence, "Choose built-in or metallb, or leave the add-on out.")


@check
def typha(subject: Subject) -> Iterator[Problem]:
    """Typha is Calico's, and needed where there are many nodes."""
    cluster, nodes = subject.spec.cluster, _nodes(subject)
    if subject.cluster and cluster.typha and cluster.cni != "calico":
        sentence = f"Typha is part of Calico, but the pod network is {cluster.cni}."
        yield blocking("cluster.typha", sentence, "Choose calico, or switch Typha off.")
    elif _calico(subject) and not cluster.typha and nodes > 50:
        sentence = f"Without Typha, {nodes} nodes each watch the Kubernetes API for Calico."
        yield warning("cluster.typha", sentence, "Switch Typha on: from fifty nodes on Calico's makers advise it.")


@check
def experimental(subject: Subject) -> Iterator[Problem]:
    """What was rendered and never run is said to be so."""
    if not subject.cluster:
        return
    cni = subject.spec.cluster.cni
    if cni == "kube-router":
        sentence = (
            f"Experimental: the manifests of kube-router {versions.KUBE_ROUTER.version} were checked against their "
            "schemas and never run with this Anchorage."
        )
        yield warning("cluster.cni", sentence, "Choose calico, or try it on a cluster that may fail.")
    elif cni == "aci":
        sentence = "Anchorage does not install Cisco's ACI plug-in: it needs no floating L3Out for its pods."
        yield blocking("cluster.cni", sentence, "Choose calico, or mode no-cluster for the fabric alone.")
    if subject.spec.cluster.container_runtime == "cri-o":
        sentence = "CRI-O was never run with this Anchorage."
        yield warning("cluster.container_runtime", sentence, "Choose containerd, or try it on a cluster that may fail.")
    if cni == "calico" and subject.spec.cluster.ebpf:
        sentence = "Calico's eBPF dataplane was rendered and never run with this Anchorage."
        yield warning("cluster.ebpf", sentence, "Use it on a cluster that may fail; kernels from 5.10 on have it.")


@check
def system(subject: Subject) -> Iterator[Problem]:
    """The template's system was run, where vCenter tells which one it is; the hosts stage asks the machines."""
    template = template_of(subject)
    name = versions.system(template.guest) if template else None
    if template and name and versions.SYSTEMS[name] != "run":
        tried = listed([one for one, how in versions.SYSTEMS.items() if how == "run"], "or")
        sentence = f"{name}, the system of template {template.short}, was not run with this Anchorage."
        yield warning("vcenter.template", sentence, f"Choose {tried}, or try this one on a cluster that may fail.")


@check
def controllers(subject: Subject) -> Iterator[Problem]:
    """ACI releases that are newer than what the simulator imitates."""
    version = subject.facts.version if subject.facts else None
    newest = tuple(int(part) for part in versions.APIC_NEWEST.split("."))
    if version is not None and (version.major, version.minor) > newest:
        sentence = f"ACI {version} is newer than {versions.APIC_NEWEST}, the newest release that this Anchorage knows."
        yield warning("fabric.apics", sentence, "Read the plan with care before it is applied.")


def _calico(subject: Subject) -> bool:
    return subject.cluster and subject.spec.cluster.cni == "calico"


def _fit(path: str, row: Release, cluster: Cluster) -> Iterator[Problem]:
    minor = minor_of(cluster.kubernetes_version or versions.PROPOSED_KUBERNETES)
    better = versions.proposed_calico(minor, lab=False)
    if row.state == "ended":
        sentence = f"Calico {row.version} is no longer supported by its makers: it gets no security fixes."
        yield warning(path, sentence, f"Choose {better.version}.")
    elif minor not in row.kubernetes:
        sentence = f"Calico {row.version} is not tested with Kubernetes {minor} by its makers."
        fits = minor in better.kubernetes
        yield warning(path, sentence, f"Choose {better.version}." if fits else "Choose another Kubernetes version.")


def _nodes(subject: Subject) -> int:
    machines = subject.spec.machines
    return len(machines.control_plane) + len(machines.workers)
