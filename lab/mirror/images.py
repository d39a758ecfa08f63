"""The images of a mirror, under upstream's names and tags: what kubeadm asks for, add-ons, and the lab's Calico."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import lab.calico.images
from lab.mirror import l3out_sync_image, programs, trees
from lab.mirror.oci import Image
from lab.mirror.versions import DEFAULT, METALLB, METRICS_SERVER, Release

Say = Callable[[str], None]

KUBERNETES = "registry.k8s.io"
NOBODY = "65534"

_TABLES = {
    f"usr/sbin/{name}{verb}": "xtables-nft-multi"
    for name in ("iptables", "ip6tables")
    for verb in ("", "-save", "-restore")
}
"""Links that Debian makes by its alternatives when the package is installed."""

PROXY = trees.Packages(
    "kube-proxy",
    (
        *("iptables", "nftables", "ipset", "conntrack", "libc6", "libxtables12", "libnftables1", "libnftnl11"),
        *("libmnl0", "libnfnetlink0", "libnetfilter-conntrack3", "libip4tc2", "libip6tc2", "libipset13", "libgmp10"),
        *("libjansson4", "libedit2", "libbsd0", "libmd0", "libtinfo6", "libgcc-s1"),
    ),
    _TABLES,
)
"""What kube-proxy calls, with the libraries of it: without one of them services are dead while the pod runs."""


def images(cache: Path, base: Path, say: Say, release: Release = DEFAULT) -> list[Image]:
    """All images for a cluster of this release, whose files come from the root file system `base`'s Debian. Built on
    first use. Raises LabError and ProviderBuildError."""
    return [
        *kubernetes(cache, base, say, release),
        *add_ons(cache, base, say),
        *lab.calico.images.images(cache, base, say),
        *l3out_sync_image.images(cache, base, say),
    ]


def kubernetes(cache: Path, base: Path, say: Say, release: Release) -> list[Image]:
    """What kubeadm asks for."""
    built = programs.binaries(cache, say, release)
    basis = trees.basis(cache, base)
    proxy = trees.debian(cache, base, PROXY, say)
    tag = f"v{release.kubernetes}"

    def made(name: str, tag: str, place: str, *more: str, below: tuple[Path, ...] = (basis,)) -> Image:
        files = {f"{place}/{program}".lstrip("/"): built / program for program in (name.rpartition("/")[2], *more)}
        tree = trees.programs(cache, name.rpartition("/")[2], files)
        return Image(f"{KUBERNETES}/{name}:{tag}", (*below, tree), (f"{place}/{name.rpartition('/')[2]}",))

    return [
        made("kube-apiserver", tag, "/usr/local/bin"),
        made("kube-controller-manager", tag, "/usr/local/bin"),
        made("kube-scheduler", tag, "/usr/local/bin"),
        made("kube-proxy", tag, "/usr/local/bin", below=(basis, proxy)),
        made("etcd", release.etcd_tag, "/usr/local/bin", "etcdctl"),
        made("coredns/coredns", f"v{release.coredns}", ""),
        made("pause", release.pause, "", below=()),
    ]


def add_ons(cache: Path, base: Path, say: Say) -> list[Image]:
    """What is optional, under the names of `webui/spec/add_ons`; the catalogue says which add-ons these serve."""
    basis = trees.basis(cache, base)

    def made(ref: str, program: Path) -> Image:
        tree = trees.programs(cache, program.name, {program.name: program})
        return Image(ref, (basis, tree), (f"/{program.name}",), user=NOBODY)

    return [
        made(f"quay.io/metallb/controller:v{METALLB.version}", programs.metallb(cache, say)),
        made(
            f"{KUBERNETES}/metrics-server/metrics-server:v{METRICS_SERVER.version}",
            programs.metrics_server(cache, say),
        ),
    ]
