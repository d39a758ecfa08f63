"""An apt repository with exactly the packages that the roles install: from the machine's own Debian mirror, and those
of Kubernetes, which are made here.

`CACHE/mirror/apt-DIGEST/`: `www/` (dists, pool, the public key), `tools/` (the site servers' own packages, unpacked)
and `manifest.json` with the version and SHA-256 of each package. Signed with a key made for it, so that
roles treat it like any other mirror.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from lab.machines import debian, rootfs
from lab.machines.command import run
from lab.machines.files import locked, read_json, sha256, write_json
from lab.mirror import debs
from lab.mirror.versions import DEFAULT, Release

Say = Callable[[str], None]

PACKAGES = (
    *("ca-certificates", "chrony", "conntrack", "curl", "ethtool", "ipset", "iptables", "kmod", "socat"),
    *("bash-completion", "containerd", "haproxy", "keepalived", "runc"),
)
"""What the roles install of Debian, the same names as in ansible/ (a test compares them). Dependencies come along."""

TOOLS = ("chrony", "dnsmasq-base", "docker-registry")
"""What the lab's own servers are."""

KEY = "mirror.asc"
"""Name of the public key beside `dists`."""


def build(cache: Path, base: Path, say: Say, release: Release = DEFAULT, own: Path | None = None) -> Path:
    """The repository's directory for machines with the root file system `base`; built on first use. `own` has the
    packages that are not Debian's, when they are not to be built. Raises LabError and ProviderBuildError."""
    known = rootfs.manifest(base)
    own = own or debs.build(cache, say, release)
    text = "\0".join([base.parent.name, *PACKAGES, *TOOLS, own.name, str(sorted(known["packages"].items()))])
    home = cache.resolve() / "mirror" / f"apt-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    with locked(home.parent / "build.lock"):
        if not is_whole(home):
            say("Fetching the packages for the lab's mirror, once; less than a minute.")
            _build_into(home, base, own)
    return home


def is_whole(home: Path) -> bool:
    """Whether every package of the manifest is there with its checksum."""
    manifest = read_json(home / "manifest.json") or {}
    pool = home / "www/pool"
    return bool(manifest) and all(
        (pool / name).is_file() and sha256(pool / name) == about["sha256"]
        for name, about in manifest["packages"].items()
    )


def _build_into(home: Path, base: Path, own: Path) -> None:
    unfinished = home.with_name(f".{home.name}.{os.getpid()}")
    for old in home.parent.glob(f".{home.name}.*"):
        shutil.rmtree(old)
    try:
        pool, tools, work = unfinished / "www/pool", unfinished / "tools", unfinished / "work"
        for folder in (pool, tools, work):
            folder.mkdir(parents=True)
        packages = download(base, PACKAGES, work, pool)
        packages |= {path.name: _taken(path, pool) for path in sorted(own.glob("*.deb"))}
        for archive in sorted(download(base, TOOLS, work, work)):
            run("dpkg-deb", "--extract", work / archive, tools)
        _merge_usr(tools)
        _index(unfinished / "www", debian.architecture())
        _sign(unfinished / "www", work)
        write_json(unfinished / "manifest.json", {"packages": packages})
        shutil.rmtree(work)
        shutil.rmtree(home, ignore_errors=True)
        unfinished.rename(home)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _taken(path: Path, pool: Path) -> dict[str, str]:
    try:
        os.link(path, pool / path.name)
    except OSError:
        shutil.copyfile(path, pool / path.name)
    return _about(path)


def _merge_usr(tree: Path) -> None:
    """Move /lib and its like below /usr: as a layer above a root file system they would hide its links."""
    for name in ("bin", "lib", "sbin"):
        if (tree / name).is_dir():
            shutil.copytree(tree / name, tree / "usr" / name, symlinks=True, dirs_exist_ok=True)
            shutil.rmtree(tree / name)


def download(base: Path, names: Sequence[str], work: Path, target: Path) -> dict[str, dict[str, str]]:
    """Fetch packages and what they need beyond `base` into `target`; file name -> version, SHA-256."""
    options = apt_options(base, work, base / "var/lib/dpkg/status")
    if not (work / "lists").exists():
        (work / "lists/partial").mkdir(parents=True)
        (work / "archives/partial").mkdir(parents=True)
        (work / "sources.list").write_text("".join(f"{source.line}\n" for source in debian.sources()))
        run("apt-get", *options, "--quiet", "update", timeout=300)
    # `reinstall` also fetches what the root file system has already: a mirror holds all that roles ask for.
    simulated = run("apt-get", *options, "--no-install-recommends", "--reinstall", "--simulate", "install", *names)
    wanted = sorted(
        {
            line.split()[1] + "=" + line.split("(")[1].split()[0]
            for line in simulated.splitlines()
            if line.startswith("Inst ")
        }
    )
    run("apt-get", *options, "--quiet", "download", *wanted, cwd=target, timeout=600)
    return {path.name: _about(path) for path in sorted(target.glob("*.deb"))}


def apt_options(base: Path, work: Path, status: Path) -> list[str]:
    """Words for apt-get: sources, lists and archives lie in `work`, packages that are there already in `status`; the
    root file system `base` says which keys of Debian are trusted."""
    pairs = {
        "Dir::State::lists": work / "lists",
        "Dir::State::status": status,
        "Dir::Cache": work,
        "Dir::Cache::archives": work / "archives",
        "Dir::Etc::sourcelist": work / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::trustedparts": base / "etc/apt/trusted.gpg.d",
        "APT::Sandbox::User": "root",
        "APT::Get::List-Cleanup": "false",
    }
    return [word for key, value in pairs.items() for word in ("-o", f"{key}={value}")]


def _about(path: Path) -> dict[str, str]:
    return {"version": run("dpkg-deb", "--field", path, "Version").strip(), "sha256": sha256(path)}


def _index(www: Path, architecture: str) -> None:
    folder = www / f"dists/{debian.RELEASE}/main/binary-{architecture}"
    folder.mkdir(parents=True)
    listing = run("dpkg-scanpackages", "--multiversion", "pool", cwd=www, timeout=120).encode()
    (folder / "Packages").write_bytes(listing)
    (folder / "Packages.gz").write_bytes(gzip.compress(listing, mtime=0))
    release = folder.parent.parent / "Release"
    release.write_text(release_file(release.parent, architecture, datetime.now(UTC)))


def release_file(folder: Path, architecture: str, now: datetime) -> str:
    """The text of a Release file for the indexes below `folder` (Debian's repository format)."""
    fields: dict[str, Any] = {
        "Origin": "Anchorage lab",
        "Label": "Anchorage lab",
        "Suite": debian.RELEASE,
        "Codename": debian.RELEASE,
        "Date": format_datetime(now, usegmt=True),
        "Architectures": architecture,
        "Components": "main",
        "Description": "Packages that the roles install, from Debian",
    }
    head = [f"{name}: {value}" for name, value in fields.items()]
    return "\n".join([*head, "SHA256:", *_sums(folder)]) + "\n"


def _sums(folder: Path) -> Iterable[str]:
    for path in sorted(folder.rglob("Packages*")):
        yield f" {sha256(path)} {path.stat().st_size} {path.relative_to(folder)}"


def _sign(www: Path, work: Path) -> None:
    ring = work / "gnupg"
    ring.mkdir(mode=0o700)
    gpg = ["gpg", "--homedir", str(ring), "--batch", "--quiet"]
    user = "Anchorage lab mirror <mirror@lab.example>"
    run(*gpg, "--passphrase", "", "--quick-generate-key", user, "ed25519", "sign", "never")
    folder = www / "dists" / debian.RELEASE
    run(*gpg, "--clearsign", "--output", folder / "InRelease", folder / "Release")
    run(*gpg, "--armor", "--export", "--output", www / KEY)
    run("gpgconf", "--homedir", ring, "--kill", "gpg-agent")
