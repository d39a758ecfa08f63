"""The image of l3out_sync without a registry: Debian's Python, the locked packages, our code. The product's own
Containerfile (l3out_sync/deploy) makes the same content where a registry can be reached."""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from lab.machines.command import run
from lab.mirror import trees
from lab.mirror.oci import Image

Say = Callable[[str], None]
ROOT = Path(__file__).resolve().parent.parent.parent
LOCK = ROOT / "requirements.lock"
DEPLOY = ROOT / "l3out_sync" / "deploy"
REF = "docker.io/anchorage/l3out-sync:0.1.0"
PLACE = "opt/l3out-sync"
OURS = ("aci", "l3out_sync")

PYTHON = trees.Packages(
    "python3",
    (
        *("python3.11", "python3.11-minimal", "libpython3.11-minimal", "libpython3.11-stdlib"),
        *("libc6", "zlib1g", "libexpat1", "libssl3", "libffi8", "libbz2-1.0", "liblzma5", "libuuid1", "libcrypt1"),
        *("libgcc-s1", "libncursesw6", "libtinfo6"),
    ),
    {"usr/bin/python3": "python3.11"},
)
"""The interpreter with the libraries that its standard library loads."""


def images(cache: Path, base: Path, say: Say) -> list[Image]:
    """The controller's image, built on first use. Raises LabError."""
    layers = (trees.basis(cache, base), trees.debian(cache, base, PYTHON, say), packages(cache, say), code(cache))
    variables = {"PYTHONPATH": f"/{PLACE}", "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    entrypoint = ("/usr/bin/python3", "-m", "l3out_sync")
    return [Image(REF, layers, entrypoint, variables, user="65532:65532")]


def packages(cache: Path, say: Say) -> Path:
    """The locked packages for Debian's Python, whatever Python builds them."""
    picked = picked_lock()

    def fill(tree: Path) -> None:
        say("Fetching the Python packages of l3out_sync's image, once; some seconds.")
        listed = tree / "picked.txt"
        listed.write_text(picked)
        wanted = ["--python-version", "3.11", "--only-binary", ":all:", "--no-deps", "--require-hashes"]
        target = ["--target", str(tree / PLACE), "--requirement", str(listed)]
        run(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted, *target)
        listed.unlink()
        _strip(tree / PLACE)

    return trees.made(cache, "l3out-sync-packages", [picked], fill)


def picked_lock() -> str:
    """The lock's entries for what the controller imports."""
    from importlib.util import module_from_spec, spec_from_file_location

    found = spec_from_file_location("pick", DEPLOY / "pick.py")
    assert found is not None and found.loader is not None
    pick = module_from_spec(found)
    found.loader.exec_module(pick)
    text: str = pick.picked(LOCK.read_text("utf-8"), pick.names_in((DEPLOY / "packages.txt").read_text("utf-8")))
    return text


def _strip(place: Path) -> None:
    """What no container runs: the client's asynchronous half, caches, programs."""
    for path in (place / "kubernetes" / "aio", place / "bin", *place.rglob("__pycache__")):
        shutil.rmtree(path, ignore_errors=True)


def code(cache: Path) -> Path:
    """Our code as it is in the checkout."""
    files = {f"{PLACE}/{path.relative_to(ROOT)}": path for name in OURS for path in sorted((ROOT / name).rglob("*.py"))}
    salt = [f"{place}={hashlib.sha256(path.read_bytes()).hexdigest()}" for place, path in files.items()]

    def fill(tree: Path) -> None:
        for place, path in files.items():
            (tree / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, tree / place)

    return trees.made(cache, "l3out-sync-code", salt, fill)
