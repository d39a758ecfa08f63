"""The list of what a mirror holds: each artefact with its version, where it comes from and its SHA-256. PURE but for
reading go.mod and go.sum."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from lab.mirror.versions import HELM, KUSTOMIZE, METALLB, METRICS_SERVER, MODULES, Release

DEBIAN = "Debian, as packaged there"


@dataclass(frozen=True, order=True)
class Artefact:
    """A thing in the mirror. `kind`: package | image. `place`: its path below the mirror's directory, or the image's
    reference. `sum`: SHA-256; of an image, its manifest's."""

    kind: str
    name: str
    version: str
    place: str
    sum: str
    source: str

    def to_json(self) -> dict[str, str]:
        """As it stands in artefacts.json."""
        return asdict(self)


def packages(manifest: Mapping[str, Mapping[str, str]], sources: Mapping[str, str]) -> list[Artefact]:
    """The packages of a repository (file name -> version, sha256). `sources`: package -> where it comes from, for those
    that are not Debian's."""
    found = []
    for file, about in sorted(manifest.items()):
        name = file.partition("_")[0]
        source = sources.get(name, DEBIAN)
        found.append(Artefact("package", name, about["version"], f"apt/pool/{file}", about["sha256"], source))
    return found


def images(contents: Mapping[str, Mapping[str, Any]], sources: Mapping[str, str]) -> list[Artefact]:
    """The images of a registry (reference -> digest, says)."""
    found = []
    for ref, about in sorted(contents.items()):
        name, _, tag = ref.rpartition(":")
        source = about.get("says") or sources.get(name, "")
        found.append(Artefact("image", name, tag, ref, about["digest"].removeprefix("sha256:"), source))
    return found


def sources_of_packages(release: Release) -> dict[str, str]:
    """Where the packages that are made here come from."""
    kubernetes = pin(release.module, "k8s.io/kubernetes")
    return {
        **dict.fromkeys(("kubeadm", "kubectl", "kubelet"), kubernetes),
        "kubernetes-cni": pin(release.cni_module, "github.com/containernetworking/plugins"),
        "helm": pin(HELM.module, "helm.sh/helm/v4"),
        "kustomize": pin(KUSTOMIZE.module, "sigs.k8s.io/kustomize/kustomize/v5"),
    }


def sources_of_images(release: Release) -> dict[str, str]:
    """Where the images that are made here come from, by their names without tag."""
    kubernetes = pin(release.module, "k8s.io/kubernetes")
    names = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
    return {
        **{f"registry.k8s.io/{name}": kubernetes for name in names},
        "registry.k8s.io/kube-proxy": f"{kubernetes}; iptables, nftables, ipset, conntrack of Debian",
        "registry.k8s.io/etcd": pin(release.etcd_module, "go.etcd.io/etcd/server/v3"),
        "registry.k8s.io/coredns/coredns": pin(release.coredns_module, "github.com/coredns/coredns")
        + "; with the plugins that kubeadm's Corefile names",
        "registry.k8s.io/pause": "Anchorage's own program in place of upstream's",
        "registry.k8s.io/metrics-server/metrics-server": pin(METRICS_SERVER.module, "sigs.k8s.io/metrics-server"),
        "quay.io/metallb/controller": pin(METALLB.module, "go.universe.tf/metallb"),
        "docker.io/anchorage/l3out-sync": "Anchorage; Python of Debian, locked packages of PyPI",
    }


def pin(module: str, path: str) -> str:
    """`Go module k8s.io/kubernetes v1.36.3 h1:…`, as go.mod and go.sum of a directory below `go/` pin it."""
    folder = MODULES / module
    version = re.search(rf"^\s*(?:require )?{re.escape(path)} (v\S+)", (folder / "go.mod").read_text(), re.MULTILINE)
    if version is None:
        raise KeyError(f"{path} is not in {module}/go.mod")
    wanted = f"{path} {version[1]} "
    lines = (folder / "go.sum").read_text().splitlines()
    return f"Go module {next(line for line in lines if line.startswith(wanted))}"


def readable(found: Iterable[Artefact]) -> str:
    """The list for people: a line each, sums in the form that `sha256sum --check` takes for packages."""
    lines = []
    for one in sorted(found):
        lines += [f"{one.kind} {one.name} {one.version}", f"  {one.sum}  {one.place}", f"  from {one.source}"]
    return "\n".join(lines) + "\n"
