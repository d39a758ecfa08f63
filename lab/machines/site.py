"""The site's servers, inside the lab's namespace: NTP (chrony), DNS (dnsmasq), packages over HTTP, container images.

They run from the machines' root file system with a layer of their own packages above it, in the lab's control groups.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from lab.apic import door
from lab.apic.home import SOCKET
from lab.machines import cgroups, disk, names, processes, rootfs
from lab.machines.command import run, succeeds
from lab.machines.errors import LabError
from lab.machines.files import locked, read_json, write_json
from lab.machines.machine import Machine
from lab.machines.network import APIC, DNS, MIRROR, NTP
from lab.mirror import apt, registry, serve_files

Say = Callable[[str], None]

DOMAIN = "lab.example"
"""The zone that the lab's name server answers for."""

MEMBER = "site"
"""Control group of the servers; no machine may be called so."""

REGISTRY = f"{MIRROR}:{registry.PORT}"
LISTENING = {
    "ntp": f"{NTP}:123",
    "dns": f"{DNS}:53",
    "mirror": f"{MIRROR}:80",
    "registry": REGISTRY,
    "apic": f"{APIC}:443",
}
PATIENCE = 60.0
"""Seconds that the servers may take to listen."""

HOSTS = "etc/lab-hosts"
CHRONY = """\
# The host's clock, given to the machines. Nothing is synchronised from here.
local stratum 8
allow
bindaddress {ntp}
port 123
cmdport 0
bindcmdaddress /
"""
DNSMASQ = """\
listen-address={dns}
bind-interfaces
no-resolv
no-hosts
domain={domain}
local=/{domain}/
host-record=dns.{domain},{dns}
host-record=ntp.{domain},{ntp}
host-record=mirror.{domain},{mirror}
hostsdir=/{hosts}
user=root
pid-file=
"""


def prepare(home: Path, cache: Path, say: Say) -> None:
    """Build what the machines of this lab need, and note where it lies. Raises LabError."""
    from lab.mirror import images  # it stands on this package

    base = rootfs.build(cache, say)
    repository = apt.build(cache, base, say)
    store = registry.build(cache, images.images(cache, base, say), say)
    home.mkdir(parents=True, exist_ok=True)
    note = {"base": str(base), "repository": str(repository), "registry": str(store)}
    write_json(home / "base.json", note)


def base(home: Path) -> Path:
    """The root file system of this lab's machines."""
    return Path(_note(home)["base"])


def mirror_key(home: Path) -> str:
    """The public key (ASCII armour) that signs the lab's package mirror: what a spec gives as its key."""
    return (Path(_note(home)["repository"]) / "www" / apt.KEY).read_text()


def up(home: Path) -> None:
    """Start the servers, unless they run. The network must be up. Raises LabError."""
    lab = names.of(home)
    with locked(home / "locks" / "site.lock"):
        if not _missing(home):
            return
        cgroups.kill(lab.cgroup, MEMBER)
        repository = Path(_note(home)["repository"])
        disk.unmount(home / "site")
        disk.mount(home / "site", base(home), repository / "tools", Path(_note(home)["registry"]) / "layer")
        root = disk.root_of(home / "site")
        _configure(root)
        inside = ["ip", "netns", "exec", lab.namespace]
        _start(
            home,
            "ntp",
            [*inside, "chroot", str(root), "chronyd", "-d", "-x", "-u", "root", "-f", "/etc/lab-chrony.conf"],
        )
        _start(home, "dns", [*inside, "chroot", str(root), "dnsmasq", "-k", "-C", "/etc/lab-dnsmasq.conf"])
        _start(home, "registry", [*inside, "chroot", str(root), "docker-registry", "serve", "/etc/lab-registry.yml"])
        web = [serve_files.__file__, MIRROR, "80", str(repository / "www")]
        _start(home, "mirror", [*inside, sys.executable, "-I", *web])
        way = [door.__file__, APIC, "443", str(home / "apic" / SOCKET)]
        _start(home, "apic", [*inside, sys.executable, "-I", *way])
        _wait(home)


def _missing(home: Path) -> set[str]:
    """Which of the servers do not listen."""
    listing = run("ip", "netns", "exec", names.of(home).namespace, "ss", "-Hlntu")
    return {name for name, place in LISTENING.items() if f"{place} " not in listing}


def _wait(home: Path) -> None:
    until = time.monotonic() + PATIENCE
    while missing := _missing(home):
        if time.monotonic() > until:
            name = sorted(missing)[0]
            words = " / ".join(_last_words(home / "site" / f"{name}.log")) or "it says nothing"
            raise LabError(f"The lab's {name} server did not start: {words}")
        time.sleep(0.05)


def _last_words(log: Path) -> list[str]:
    """The last lines of a log; none where its program did not even begin."""
    try:
        return log.read_text(errors="replace").strip().splitlines()[-2:]
    except FileNotFoundError:
        return []


def _configure(root: Path) -> None:
    (root / "etc/lab-chrony.conf").write_text(CHRONY.format(ntp=NTP))
    zone = DNSMASQ.format(dns=DNS, ntp=NTP, mirror=MIRROR, domain=DOMAIN, hosts=HOSTS)
    (root / "etc/lab-dnsmasq.conf").write_text(zone)
    (root / "etc/lab-registry.yml").write_text(registry.configuration(REGISTRY))
    for folder in (HOSTS, "run/chrony", "var/lib/chrony"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "run/chrony").chmod(0o750)
    # That of a killed one: its number may be another process's by now, and chronyd then refuses to start.
    (root / "run/chrony/chronyd.pid").unlink(missing_ok=True)


def down(home: Path) -> None:
    """End the servers; none running is no error."""
    lab = names.of(home)
    cgroups.kill(lab.cgroup, MEMBER)
    disk.remove(home / "site")
    cgroups.remove(lab.cgroup, MEMBER)


def announce(home: Path, machine: Machine) -> None:
    """Let the name server know a machine."""
    hosts = disk.root_of(home / "site") / HOSTS
    if hosts.is_dir():
        name = (machine.hostname or machine.name).split(".")[0]
        lines = [f"{address} {name}.{DOMAIN} {name}\n" for address in (machine.v4, machine.v6) if address]
        (hosts / machine.name).write_text("".join(lines))


def forget(home: Path, name: str) -> None:
    """Let the name server forget a machine."""
    (disk.root_of(home / "site") / HOSTS / name).unlink(missing_ok=True)
    lab = names.of(home).cgroup
    for pid in cgroups.processes(lab, MEMBER):
        if processes.program(pid) == "dnsmasq":
            succeeds("kill", "-HUP", str(pid))  # it notices new files by itself, but not removed ones


def _start(home: Path, name: str, words: list[str]) -> None:
    lab = names.of(home)
    log = home / "site" / f"{name}.log"
    log.unlink(missing_ok=True)
    processes.start(lab.cgroup, MEMBER, words, log)


def _note(home: Path) -> dict[str, str]:
    found: dict[str, str] | None = read_json(home / "base.json")
    if found is None or "registry" not in found:
        raise LabError("The lab's machines are not prepared: bring the lab up first.")
    return found
