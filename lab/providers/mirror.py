"""Builds the stand-in for the ACI provider and the filesystem mirror through which lab sites, and they alone, use it.

A build lies in `CACHE/providers/aci-DIGEST/`: the mirror, the Terraform CLI configuration `lab.tfrc` that points at it,
and `build.json` with the binary's checksum. DIGEST covers the sources, the version and the Go toolchain."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.providers import toolchain
from lab.providers.identity import ADDRESS, BINARY, VERSION
from lab.providers.toolchain import ProviderBuildError

SOURCES = Path(__file__).with_name("aci")
UNREACHABLE = ("dial tcp", "no such host", "i/o timeout", "proxyconnect", "module lookup disabled")
"""Signs in the output of Go that modules could not be fetched."""
MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}

TFRC = """\
# Terraform CLI configuration of the built-in lab: the stand-in serves lab sites alone.
# There is no way to the real provider from here, and no use of this file for a real site.
disable_checkpoint = true

provider_installation {{
  filesystem_mirror {{
    path    = {mirror}
    include = ["{address}"]
  }}
  direct {{
    exclude = ["{address}"]
  }}
}}
"""


def build(cache: Path, say: Callable[[str], None]) -> Path:
    """Path of the Terraform CLI configuration (for TF_CLI_CONFIG_FILE) of the lab's mirror; builds it on first use.
    `say` gets a sentence when something takes time. Raises ProviderBuildError."""
    go = toolchain.find()
    home = cache.resolve() / "providers" / f"aci-{_digest(go.version)}"
    if _is_whole(home):
        return home / "lab.tfrc"
    with _locked(cache):
        if not _is_whole(home):
            binary = toolchain.installed(go, cache, say)
            say("Building the lab's stand-in for the ACI provider, once; up to a minute.")
            _build_into(home, binary)
    return home / "lab.tfrc"


def _digest(go_version: str) -> str:
    digest = hashlib.sha256(f"{go_version} {VERSION} {_target()} {TFRC}".encode())
    for source in sorted(SOURCES.rglob("*")):
        if source.suffix in {".go", ".mod", ".sum"} and not source.name.endswith("_test.go"):
            digest.update(f"{source.relative_to(SOURCES)}\0".encode() + source.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _target() -> str:
    return f"{platform.system().lower()}_{MACHINES.get(platform.machine(), platform.machine())}"


def _binary_in(home: Path) -> Path:
    return home / "mirror" / ADDRESS / VERSION / _target() / BINARY


def _is_whole(home: Path) -> bool:
    """The build is there and its binary is what was built."""
    try:
        manifest = json.loads((home / "build.json").read_text())
        content = _binary_in(home).read_bytes()
    except (OSError, ValueError):
        return False
    return (home / "lab.tfrc").is_file() and manifest.get("sha256") == hashlib.sha256(content).hexdigest()


@contextmanager
def _locked(cache: Path) -> Iterator[None]:
    """One builder a cache at a time; the lock goes with the process."""
    (cache / "providers").mkdir(parents=True, exist_ok=True)
    with (cache / "providers" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build_into(home: Path, go: Path) -> None:
    """Builds beside `home` and renames, so that a build is whole or not there."""
    with tempfile.TemporaryDirectory(dir=home.parent, prefix=".aci-") as scratch:
        made = Path(scratch) / "build"
        binary = _binary_in(made)
        binary.parent.mkdir(parents=True)
        _compile(go, binary)
        (made / "lab.tfrc").write_text(TFRC.format(mirror=json.dumps(str(home / "mirror")), address=ADDRESS))
        sha256 = hashlib.sha256(binary.read_bytes()).hexdigest()
        (made / "build.json").write_text(json.dumps({"version": VERSION, "sha256": sha256}) + "\n")
        shutil.rmtree(home, ignore_errors=True)
        made.rename(home)


def _compile(go: Path, binary: Path) -> None:
    settings = {"CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    command = [str(go), "build", "-trimpath", "-buildvcs=false", "-ldflags", f"-s -w -X main.version={VERSION}"]
    done = subprocess.run(
        [*command, "-o", str(binary), "."],
        cwd=SOURCES,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise ProviderBuildError(_why(done.stderr))


def _why(output: str) -> str:
    tail = " ".join(output.split())[-400:]
    if any(
        sign in output for sign in ("dial tcp", "no such host", "i/o timeout", "proxyconnect", "module lookup disabled")
    ):
        return (
            "The lab's stand-in for the ACI provider could not be built: its Go modules cannot be fetched from here. "
            f"Set GOPROXY to a module proxy that this machine reaches, or copy a cache that holds the build. ({tail})"
        )
    return f"The lab's stand-in for the ACI provider could not be built. ({tail})"
