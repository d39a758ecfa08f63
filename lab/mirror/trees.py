"""The directories that are images' layers, each made once into the cache: `CACHE/mirror/layers/KIND-DIGEST/`."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lab.machines import rootfs
from lab.machines.command import run
from lab.machines.files import locked
from lab.mirror import apt

Say = Callable[[str], None]

USERS = "root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534:nobody:/:/sbin/nologin\nnonroot:x:65532:65532::/:\n"
GROUPS = "root:x:0:\nnogroup:x:65534:\nnonroot:x:65532:\n"
AUTHORITIES = "etc/ssl/certs/ca-certificates.crt"

UNUSED = ("usr/share", "usr/lib/*/gconv", "usr/lib/*/audit", "lib/*/gconv", "lib/*/audit", "etc/init.d", "lib/systemd")
"""What of Debian's packages no container runs."""


def basis(cache: Path, base: Path) -> Path:
    """What every image stands on: users, groups, names from files before DNS, public certificate authorities, /tmp."""
    bundle = (base / AUTHORITIES).read_bytes()

    def fill(tree: Path) -> None:
        texts = {"etc/passwd": USERS, "etc/group": GROUPS, "etc/nsswitch.conf": "hosts: files dns\n"}
        for name, text in texts.items():
            _write(tree / name, text.encode())
        _write(tree / AUTHORITIES, bundle)
        (tree / "tmp").mkdir()
        (tree / "tmp").chmod(0o1777)

    return made(cache, "basis", [USERS, GROUPS, hashlib.sha256(bundle).hexdigest()], fill)


def programs(cache: Path, kind: str, files: Mapping[str, Path]) -> Path:
    """Built programs at their places in an image (path -> file)."""

    def fill(tree: Path) -> None:
        for place, source in files.items():
            _link(source.resolve(), tree / place)

    return made(cache, kind, [f"{place}={source.resolve()}" for place, source in sorted(files.items())], fill)


@dataclass(frozen=True)
class Packages:
    """Debian packages for an image, and links (path -> target) as their scripts would make them. Only what is named
    here is taken: what they depend on is named too."""

    kind: str
    names: tuple[str, ...]
    links: Mapping[str, str] = field(default_factory=dict)


def debian(cache: Path, base: Path, packages: Packages, say: Say) -> Path:
    """The packages unpacked, without their manuals."""

    def fill(tree: Path) -> None:
        say(f"Fetching Debian's packages for the image of {packages.kind}, once; some seconds.")
        unpack(base, packages.names, tree)
        for place, target in packages.links.items():
            (tree / place).parent.mkdir(parents=True, exist_ok=True)
            (tree / place).symlink_to(target)

    known = sorted(rootfs.manifest(base)["packages"].items())
    salt = [*packages.names, *UNUSED, str(sorted(packages.links.items())), str(known)]
    return made(cache, packages.kind, salt, fill)


def unpack(base: Path, packages: Sequence[str], tree: Path) -> None:
    """Unpack exactly these packages of Debian into a directory. Raises LabError."""
    work = tree / ".work"
    work.mkdir(parents=True)
    for archive in sorted(apt.download(base, packages, work, work)):
        if archive.split("_")[0] in packages:
            run("dpkg-deb", "--extract", work / archive, tree)
    shutil.rmtree(work)
    for path in [found for pattern in UNUSED for found in tree.glob(pattern)]:
        shutil.rmtree(path)


def made(cache: Path, kind: str, salt: Iterable[str], fill: Callable[[Path], None]) -> Path:
    """A directory that `fill` makes on first use, named by `kind` and what it is made from."""
    digest = hashlib.sha256("\0".join(salt).encode()).hexdigest()[:16]
    home = cache.resolve() / "mirror" / "layers" / f"{kind}-{digest}"
    with locked(home.parent / f"{kind}.lock"):
        if not home.is_dir():
            unfinished = home.with_name(f".{home.name}.{os.getpid()}")
            try:
                unfinished.mkdir(parents=True)
                fill(unfinished)
                unfinished.rename(home)
            finally:
                shutil.rmtree(unfinished, ignore_errors=True)
    return home


def _link(source: Path, target: Path) -> None:
    """A hard link: the tree has the program without a second copy of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
