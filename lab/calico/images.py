"""The stand-in's images, under the names and the tag that Calico's own manifest has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lab.calico import layers
from lab.mirror import sources
from lab.mirror.oci import Image

Say = Callable[[str], None]

ENTRYPOINTS = {
    "node": "/bin/calico-node",
    "cni": "/opt/cni/bin/install",
    "kube-controllers": "/usr/bin/kube-controllers",
    "typha": "/usr/bin/calico-typha",
}
USERS = {"typha": "999"}
"""Calico's manifest refuses to run these as root."""


def images(cache: Path, base: Path, say: Say) -> list[Image]:
    """The images for machines with the root file system `base`; what is missing is built. Raises LabError and
    ProviderBuildError."""
    release = sources.pinned("calico").release
    environ = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "STAND_IN_FOR": release}
    return [
        Image(
            ref=f"docker.io/calico/{name}:{release}",
            layers=_layers(name, cache, base, say),
            entrypoint=(entrypoint,),
            env=environ,
            says=f"stands for Calico's own calico/{name} {release} in Anchorage's lab; it is not Calico",
            user=USERS.get(name, ""),
        )
        for name, entrypoint in ENTRYPOINTS.items()
    ]


def _layers(name: str, cache: Path, base: Path, say: Say) -> tuple[Path, ...]:
    debian = (layers.debian(cache, base, say),) if name == "node" else ()
    return (*debian, layers.program(cache, say), layers.named(cache, name, say))
