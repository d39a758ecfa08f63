"""Debian packages of what Debian does not have, named and numbered as upstream's own: the roles cannot tell them apart.

`CACHE/mirror/debs-DIGEST/`: the packages. Not compressed: they travel over one machine's bridge."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lab.machines import debian
from lab.machines.command import run
from lab.machines.files import locked
from lab.mirror import programs
from lab.mirror.versions import DEFAULT, HELM, KUSTOMIZE, Release

Say = Callable[[str], None]

NAMES = ("helm", "kubeadm", "kubectl", "kubelet", "kubernetes-cni", "kustomize")

FORM = 1
"""Raised when the way of packing changes without its data."""

UNITS = Path(__file__).with_name("units")
KUBELET_UNIT = "usr/lib/systemd/system/kubelet.service"
KUBEADM_DROP_IN = "usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf"

CONTROL = """\
Package: {name}
Version: {version}
Architecture: {architecture}
Maintainer: Anchorage lab mirror <mirror@lab.example>
Installed-Size: {size}
Section: admin
Priority: optional
Homepage: {homepage}
{depends}Description: {about}
 Built from upstream's sources by Anchorage's mirror.
"""


@dataclass(frozen=True)
class Deb:
    """A package. `files`: place -> what lies there."""

    name: str
    version: str
    about: str
    homepage: str
    files: Mapping[str, Path]
    depends: tuple[str, ...] = ()
    empty: tuple[str, ...] = field(default_factory=tuple)
    """Directories that it brings without contents."""


def build(cache: Path, say: Say, release: Release = DEFAULT) -> Path:
    """The directory of the packages, made on first use. Raises LabError and ProviderBuildError."""
    debs = _debs(cache, say, release)
    home = cache.resolve() / "mirror" / f"debs-{_digest(debs)}"
    with locked(home.parent / "debs.lock"):
        if not home.is_dir():
            unfinished = home.with_name(f".{home.name}.{os.getpid()}")
            try:
                for deb in debs:
                    _pack(deb, unfinished)
                unfinished.rename(home)
            finally:
                shutil.rmtree(unfinished, ignore_errors=True)
    return home


def _debs(cache: Path, say: Say, release: Release) -> list[Deb]:
    built = programs.binaries(cache, say, release)
    plugins = programs.cni(cache, say, release)
    site, cni = "https://kubernetes.io", "https://github.com/containernetworking/plugins"
    return [
        Deb(
            *("kubelet", release.deb, "the node agent of Kubernetes", site),
            {"usr/bin/kubelet": built / "kubelet", KUBELET_UNIT: UNITS / "kubelet.service"},
            ("iptables (>= 1.4.21)", "kubernetes-cni (>= 1.2.0)", "mount", "util-linux"),
            ("etc/kubernetes/manifests",),
        ),
        Deb(
            *("kubeadm", release.deb, "sets up a Kubernetes cluster", site),
            {"usr/bin/kubeadm": built / "kubeadm", KUBEADM_DROP_IN: UNITS / "10-kubeadm.conf"},
            (f"kubelet (>= {release.minor}.0)",),
        ),
        Deb("kubectl", release.deb, "the command line of Kubernetes", site, {"usr/bin/kubectl": built / "kubectl"}),
        Deb(
            *("kubernetes-cni", f"{release.cni}-1.1", "network plugins of containers", cni),
            {f"opt/cni/bin/{path.name}": path for path in sorted(plugins.iterdir())},
        ),
        Deb(
            *("helm", f"{HELM.version}-1", "the package manager for Kubernetes", "https://helm.sh"),
            {"usr/bin/helm": programs.helm(cache, say)},
        ),
        Deb(
            *("kustomize", f"{KUSTOMIZE.version}-1", "customises Kubernetes objects", "https://kustomize.io"),
            {"usr/bin/kustomize": programs.kustomize(cache, say)},
        ),
    ]


def _digest(debs: list[Deb]) -> str:
    text = [str(FORM), CONTROL]
    for deb in debs:
        text += [deb.name, deb.version, deb.about, *deb.depends, *deb.empty]
        text += [f"{place}={_identity(path)}" for place, path in deb.files.items()]
    return hashlib.sha256("\0".join(text).encode()).hexdigest()[:16]


def _identity(path: Path) -> str:
    """A build by the name that its contents gave it; a file of ours by its text."""
    return path.read_text() if path.parent == UNITS else str(path.resolve())


def _pack(deb: Deb, target: Path) -> None:
    tree = target / ".tree"
    for place in deb.empty:
        (tree / place).mkdir(parents=True)
    for place, source in deb.files.items():
        (tree / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source.resolve(), tree / place)
        (tree / place).chmod(0o644 if source.parent == UNITS else 0o755)
    size = sum(path.stat().st_size for path in tree.rglob("*") if path.is_file()) // 1024
    control = CONTROL.format(
        name=deb.name,
        version=deb.version,
        architecture=debian.architecture(),
        size=size,
        homepage=deb.homepage,
        depends=f"Depends: {', '.join(deb.depends)}\n" if deb.depends else "",
        about=deb.about,
    )
    (tree / "DEBIAN").mkdir()
    (tree / "DEBIAN/control").write_text(control)
    environ = {**os.environ, "SOURCE_DATE_EPOCH": "1767225600"}
    run("dpkg-deb", "-Znone", "--root-owner-group", "--build", tree, target, environ=environ, timeout=120)
    shutil.rmtree(tree)
