"""The layers of the stand-in's images, made once into the cache: our program, Debian's BIRD, Calico's templates.

`CACHE/calico/KIND-DIGEST/`: a tree each; the digest covers all that it is made from.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from lab import gobuild
from lab.machines import rootfs
from lab.machines.command import run
from lab.machines.files import locked
from lab.mirror import apt, sources

Say = Callable[[str], None]

PROGRAM = gobuild.Program(
    title="the lab's stand-in for Calico",
    kind="calico/program",
    sources=Path(__file__).with_name("stand_in"),
    binary="opt/stand-in/calico",
)
"""One program; what it does depends on the name that it is called by (stand_in/main.go)."""

NAMES = {
    "node": ("bin/calico-node", "usr/bin/birdcl"),
    "cni": ("opt/cni/bin/calico", "opt/cni/bin/calico-ipam", "opt/cni/bin/install"),
    "kube-controllers": ("usr/bin/kube-controllers", "usr/bin/check-status"),
    "typha": ("usr/bin/calico-typha",),
}
"""Where each image has the program, as Calico's manifest calls it."""

DEBIAN = ("bird", "libc6")
"""The packages that the node's image is made from. `bird` is 1.6, which Calico's BIRD is a fork of."""
UNUSED = ("usr/share", "usr/lib/*/gconv", "usr/lib/*/audit", "usr/sbin/birdc", "usr/sbin/birdc6", "lib/systemd", "etc")
"""What of them no container runs."""

TEMPLATES = "confd/etc/calico/confd/templates"
README = """\
This image stands for {image} {release} in Anchorage's lab. It is not Calico.

It watches the real Kubernetes API, fills Calico's own confd templates ({release}, /etc/calico/confd/templates) and runs
Debian's BIRD 1.6; pods get addresses of /26 blocks, kept in Calico's own objects. There is no Felix, no network policy,
no eBPF, no encapsulation and no Typha.
"""


def program(cache: Path, say: Say) -> Path:
    """The layer with the program."""
    return gobuild.build(PROGRAM, cache, say)


def debian(cache: Path, base: Path, say: Say) -> Path:
    """The layer with BIRD and the C library, for a root file system of the lab's machines."""
    packages = rootfs.manifest(base)["packages"]
    return _made(
        cache, "debian", [*DEBIAN, *UNUSED, str(sorted(packages.items()))], lambda tree: _unpack(base, tree, say)
    )


def named(cache: Path, image: str, say: Say) -> Path:
    """The layer that makes an image what it stands for: the program's names, a README, the templates of the node."""
    release = sources.pinned("calico").release
    readme = README.format(image=f"calico/{image}", release=release)
    salt = [image, *NAMES[image], readme, sources.pinned("calico").sum]
    return _made(cache, image, salt, lambda tree: _fill(tree, image, readme, sources.calico(cache, say)))


def _made(cache: Path, kind: str, salt: list[str], fill: Callable[[Path], None]) -> Path:
    digest = hashlib.sha256("\0".join(salt).encode()).hexdigest()[:16]
    home = cache.resolve() / "calico" / f"{kind}-{digest}"
    with locked(home.parent / "build.lock"):
        if not home.is_dir():
            unfinished = home.with_name(f".{home.name}.{os.getpid()}")
            try:
                unfinished.mkdir(parents=True)
                fill(unfinished)
                unfinished.rename(home)
            finally:
                shutil.rmtree(unfinished, ignore_errors=True)
    return home


def _unpack(base: Path, tree: Path, say: Say) -> None:
    say("Fetching BIRD for the lab's stand-in of Calico, once; some seconds.")
    work = tree / "work"
    work.mkdir()
    for archive in sorted(apt.download(base, DEBIAN, work, work)):
        if archive.split("_")[0] in DEBIAN:
            run("dpkg-deb", "--extract", work / archive, tree)
    for path in [work, *(found for pattern in UNUSED for found in tree.glob(pattern))]:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _fill(tree: Path, image: str, readme: str, calico: Path) -> None:
    (tree / "README").write_text(readme)
    for name in NAMES[image]:
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(f"/{PROGRAM.binary}")
    if image == "node":
        target = tree / "etc/calico/confd/templates"
        target.mkdir(parents=True)
        for template in sorted((calico / TEMPLATES).glob("*.template")):
            shutil.copyfile(template, target / template.name)
