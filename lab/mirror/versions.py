"""The Kubernetes releases that a mirror can hold, with what belongs to each: data, one entry a minor.

The Go modules' own versions stand in `go/*/go.mod`, their sums in `go.sum`; a test holds both to this table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MODULES = Path(__file__).with_name("go")


@dataclass(frozen=True)
class Release:
    """A Kubernetes release and the versions that its kubeadm asks for (its constants.go)."""

    kubernetes: str
    module: str
    """Directory below `go/` from which it is built; likewise the other `…_module`."""
    etcd: str
    etcd_module: str
    etcd_tag: str
    """Upstream numbers its builds of the image."""
    coredns: str
    coredns_module: str
    pause: str
    cni: str = "1.9.1"
    cni_module: str = "cni-1.9"

    @property
    def minor(self) -> str:
        """`1.36`."""
        return self.kubernetes.rsplit(".", 1)[0]

    @property
    def deb(self) -> str:
        """Version of the packages, as upstream numbers them."""
        return f"{self.kubernetes}-1.1"


RELEASES = (
    Release(
        kubernetes="1.36.3",
        module="kubernetes-1.36",
        etcd="3.6.8",
        etcd_module="etcd-3.6",
        etcd_tag="3.6.8-0",
        coredns="1.14.2",
        coredns_module="coredns-1.14",
        pause="3.10.2",
    ),
)
"""The newest first. Another minor is another entry and its directory below `go/`."""

DEFAULT = RELEASES[0]


def of_minor(minor: str) -> Release:
    """The release of a minor such as `1.36`. Raises KeyError."""
    return {release.minor: release for release in RELEASES}[minor]


@dataclass(frozen=True)
class Tool:
    """A program beside the cluster: the directory below `go/` and the package that it is built from, the minutes that
    this takes at most."""

    title: str
    version: str
    binary: str
    module: str
    package: str
    minutes: int


HELM = Tool("helm", "4.3.1", "helm", "helm-4.3", "helm.sh/helm/v4/cmd/helm", 5)
KUSTOMIZE = Tool("kustomize", "5.8.1", "kustomize", "kustomize-5.8", "sigs.k8s.io/kustomize/kustomize/v5", 1)
METALLB = Tool("MetalLB's controller", "0.16.1", "controller", "metallb-0.16", "go.universe.tf/metallb/controller", 5)
METRICS_SERVER = Tool(
    title="metrics-server",
    version="0.9.0",
    binary="metrics-server",
    module="metrics-server-0.9",
    package="sigs.k8s.io/metrics-server/cmd/metrics-server",
    minutes=5,
)
