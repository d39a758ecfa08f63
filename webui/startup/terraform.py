"""Find Terraform: on PATH, else a pinned release in the cache, verified by checksum."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx

OLDEST = (1, 9)
"""Variable validation that refers to other variables needs 1.9."""

PINNED = "1.11.4"
CHECKSUMS = {
    "linux_amd64": "1ce994251c00281d6845f0f268637ba50c0005657eb3cf096b92f753b42ef4dc",
    "linux_arm64": "a43d1d0da9b9bab214a8305a39db0e40869572594ccf50c416a7756499143633",
}
RELEASES = "https://releases.hashicorp.com/terraform"
MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


class NoTerraform(Exception):
    """Terraform is neither here nor to be had; the message says what to do."""


def find(cache: Path, say: Callable[[str], None], environ: Mapping[str, str] = os.environ) -> str:
    """Path of a Terraform that is new enough; downloads the pinned release when there is none. Raises NoTerraform."""
    named = environ.get("ANCHORAGE_TERRAFORM")
    if named:
        if _new_enough(named):
            return named
        raise NoTerraform(
            f"ANCHORAGE_TERRAFORM names {named}, which is not a Terraform {OLDEST[0]}.{OLDEST[1]} or newer."
        )
    found = shutil.which("terraform", path=environ.get("PATH"))
    if found and _new_enough(found):
        return found
    return str(pinned(cache, say, environ.get("ANCHORAGE_TERRAFORM_RELEASES") or RELEASES))


def pinned(cache: Path, say: Callable[[str], None], releases: str = RELEASES) -> Path:
    """The pinned release in the cache, downloaded once. `releases` is an address or a directory laid out like it."""
    target = f"linux_{MACHINES.get(platform.machine(), platform.machine())}"
    binary = cache / "terraform" / PINNED / target / "terraform"
    if binary.exists():
        return binary
    checksum = CHECKSUMS.get(target)
    if checksum is None:
        raise NoTerraform(f"There is no pinned Terraform for {target}. Install Terraform {PINNED} and put it on PATH.")
    archive = f"terraform_{PINNED}_{target}.zip"
    say(f"Terraform is not on PATH: fetching {PINNED}, once.")
    body = _fetch(f"{releases.rstrip('/')}/{PINNED}/{archive}")
    if hashlib.sha256(body).hexdigest() != checksum:
        raise NoTerraform(
            f"{archive} does not have the expected checksum, so it is not used. Install Terraform {PINNED} by hand."
        )
    _unpack(body, binary)
    return binary


def _fetch(address: str) -> bytes:
    try:
        if not address.startswith(("https://", "http://")):
            return Path(address).read_bytes()
        return httpx.get(address, follow_redirects=True, timeout=60).raise_for_status().content
    except (httpx.HTTPError, OSError) as error:
        raise NoTerraform(
            f"Terraform is not on PATH and {address} could not be read ({error}). "
            f"Install Terraform {PINNED} or newer and start again, or set ANCHORAGE_TERRAFORM_RELEASES to a mirror."
        ) from None


def _unpack(archive: bytes, binary: Path) -> None:
    """Write the binary in one step, so that a half-written one is never found."""
    binary.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=binary.parent) as packed:
        packed.write(archive)
        packed.flush()
        with zipfile.ZipFile(packed.name) as contents:
            half = binary.with_name(f".{os.getpid()}.part")
            half.write_bytes(contents.read("terraform"))
    half.chmod(0o755)
    half.rename(binary)


def _new_enough(command: str) -> bool:
    environ = {**os.environ, "CHECKPOINT_DISABLE": "1"}
    try:
        out = subprocess.run(
            [command, "version", "-json"], capture_output=True, timeout=20, check=True, env=environ
        ).stdout
        version = str(json.loads(out)["terraform_version"])
        return tuple(int(part) for part in version.split(".")[:2]) >= OLDEST
    except (OSError, subprocess.SubprocessError, ValueError, KeyError):
        return False
