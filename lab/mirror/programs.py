"""The Go programs of a mirror: Kubernetes and what its cluster runs, compiled from the module proxy alone.

`go.mod` and `go.sum` of each stand below `go/`: versions and sums are pinned there and nowhere else."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from lab import gobuild
from lab.gobuild import Program
from lab.mirror.versions import DEFAULT, HELM, KUSTOMIZE, METALLB, METRICS_SERVER, MODULES, Release, Tool

Say = Callable[[str], None]

NAMES = (
    *("kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler"),
    *("kubeadm", "kubectl", "kubelet"),
)
"""Kubernetes' own programs."""

CNI_MODULE = "github.com/containernetworking/plugins"
CNI = (
    *(
        f"main/{name}"
        for name in ("bridge", "dummy", "host-device", "ipvlan", "loopback", "macvlan", "ptp", "tap", "vlan")
    ),
    *("ipam/dhcp", "ipam/host-local", "ipam/static"),
    *(f"meta/{name}" for name in ("bandwidth", "firewall", "portmap", "sbr", "tuning", "vrf")),
)
"""The network plugins of upstream's package kubernetes-cni."""

STRIPPED = "-s -w"


def binaries(cache: Path, say: Say, release: Release = DEFAULT) -> Path:
    """A directory with Kubernetes' programs, etcd, etcdctl, coredns and pause; built on first use. Raises
    ProviderBuildError."""
    made = [gobuild.build(program, cache, say) / program.binary for program in cluster(release)]
    files = [found for path in made for found in (sorted(path.iterdir()) if path.is_dir() else [path])]
    return _gathered(cache.resolve() / "mirror", files)


def cluster(release: Release) -> list[Program]:
    """What a cluster of this release consists of, apart from its network."""
    etcd = MODULES / release.etcd_module
    return [
        Program(
            title=f"Kubernetes {release.kubernetes}",
            kind=f"mirror/kubernetes-{release.kubernetes}",
            sources=MODULES / release.module,
            binary="bin",
            packages=tuple(f"k8s.io/kubernetes/cmd/{name}" for name in NAMES),
            ldflags=stamped(release),
            minutes=15,
        ),
        single(f"etcd {release.etcd}", "etcd", etcd, "go.etcd.io/etcd/server/v3", minutes=2),
        single(f"etcdctl {release.etcd}", "etcdctl", etcd, "go.etcd.io/etcd/etcdctl/v3"),
        single(f"CoreDNS {release.coredns}", "coredns", MODULES / release.coredns_module, ".", minutes=3),
        single("pause", "pause", MODULES / "pause", ".", ldflags=f"{STRIPPED} -X main.version={release.pause}"),
    ]


def cni(cache: Path, say: Say, release: Release = DEFAULT) -> Path:
    """A directory with the container network plugins."""
    program = Program(
        title=f"the container network plugins {release.cni}",
        kind=f"mirror/cni-{release.cni}",
        sources=MODULES / release.cni_module,
        binary="bin",
        packages=tuple(f"{CNI_MODULE}/plugins/{name}" for name in CNI),
        ldflags=f"{STRIPPED} -X {CNI_MODULE}/pkg/utils/buildversion.BuildVersion=v{release.cni}",
        minutes=2,
    )
    return gobuild.build(program, cache, say) / program.binary


def helm(cache: Path, say: Say) -> Path:
    """The program helm."""
    stamp = f"-X helm.sh/helm/v4/internal/version.version=v{HELM.version}"
    return _tool(cache, say, HELM, stamp)


def kustomize(cache: Path, say: Say) -> Path:
    """The program kustomize."""
    stamp = f"-X sigs.k8s.io/kustomize/api/provenance.version=v{KUSTOMIZE.version}"
    return _tool(cache, say, KUSTOMIZE, stamp)


def metallb(cache: Path, say: Say) -> Path:
    """MetalLB's program controller."""
    return _tool(cache, say, METALLB)


def metrics_server(cache: Path, say: Say) -> Path:
    """The program metrics-server."""
    stamp = f"-X k8s.io/client-go/pkg/version.gitVersion=v{METRICS_SERVER.version}"
    return _tool(cache, say, METRICS_SERVER, stamp)


def _tool(cache: Path, say: Say, tool: Tool, stamp: str = "") -> Path:
    program = single(
        f"{tool.title} {tool.version}",
        tool.binary,
        MODULES / tool.module,
        tool.package,
        ldflags=f"{STRIPPED} {stamp}".strip(),
        minutes=tool.minutes,
    )
    return gobuild.build(program, cache, say) / program.binary


def single(title: str, name: str, module: Path, package: str, *, ldflags: str = STRIPPED, minutes: int = 1) -> Program:
    """One program `name` of a module."""
    return Program(title, f"mirror/{name}", module, name, ldflags, packages=(package,), minutes=minutes)


def stamped(release: Release) -> str:
    """Linker flags that tell Kubernetes its version, as its own build does (hack/lib/version.sh)."""
    major, minor = release.minor.split(".")
    about = {
        "gitVersion": f"v{release.kubernetes}",
        "gitMajor": major,
        "gitMinor": minor,
        "gitTreeState": "clean",
        "gitCommit": "0" * 40,
        "buildDate": "2026-01-01T00:00:00Z",
    }
    packages = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    return " ".join(
        [STRIPPED, *(f"-X {package}.{name}={value}" for package in packages for name, value in about.items())]
    )


def _gathered(folder: Path, files: list[Path]) -> Path:
    """A directory of links to builds, named by what they are: whole or not there."""
    named = hashlib.sha256("\0".join(map(str, files)).encode()).hexdigest()[:16]
    home = folder / f"binaries-{named}"
    if not home.is_dir():
        with tempfile.TemporaryDirectory(dir=folder, prefix=".binaries-") as scratch:
            made = Path(scratch) / "made"
            made.mkdir()
            for path in files:
                (made / path.name).symlink_to(os.path.relpath(path, home))
            if not home.is_dir():
                made.rename(home)
    return home
