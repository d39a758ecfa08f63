"""A lab with machines for tests: real namespaces, real systemd, real sshd. Taken down whatever happens."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from lab import machines
from lab.machines import names, network, site
from webui.settings import load


def need_machines() -> None:
    """Skip, loudly, where machines cannot run."""
    why = machines.reasons()
    if why:
        pytest.skip(f"SKIPPED LOUDLY: {why[0]}")


def new_key(folder: Path) -> tuple[str, str]:
    """A private and a public ssh key."""
    key = folder / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    return key.read_text(), key.with_suffix(".pub").read_text().strip()


def free_subnet() -> str:
    """A /24 of the test networks, as "198.18.N", that this host does not route."""
    routes = subprocess.run(["ip", "-4", "route"], capture_output=True, text=True, check=True).stdout
    first = os.getpid() % 100
    numbers = (128 + (first + step) % 100 for step in range(100))
    return next(f"198.18.{number}" for number in numbers if f"198.18.{number}." not in routes)


@dataclass
class NodesLab:
    """A lab that is up. `net`: the first three bytes of its node subnet."""

    home: Path
    net: str
    private_key: str
    public_key: str
    key_file: Path
    said: list[str] = field(default_factory=list)

    @property
    def gateway(self) -> str:
        """The L3Out's secondary address."""
        return f"{self.net}.254"

    def machine(self, number: int, name: str = "", **more: object) -> machines.Machine:
        """A machine with the lab's key, not started."""
        own = {"ssh_public_keys": (self.public_key,), "dns": (network.DNS,), "search": (site.DOMAIN,)}
        mac = f"00:50:56:00:00:{number:02x}"
        address = f"{self.net}.{number}"
        return machines.Machine(name or f"node-{number}", mac, address, 24, self.gateway, **{**own, **more})  # type: ignore[arg-type]

    def boot(self, *numbers: int) -> list[machines.Machine]:
        """Boot machines, all at once."""
        wanted = [self.machine(number) for number in numbers]
        with ThreadPoolExecutor(len(wanted)) as pool:
            list(pool.map(lambda one: machines.start(self.home, one), wanted))
        return wanted

    def ssh(self, address: str, command: str, user: str = "debian") -> str:
        """What a command prints on a machine; fails when the command does."""
        options = [
            "-F",
            "none",
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "UserKnownHostsFile=/dev/null",
            "-o",
            "LogLevel=ERROR",
        ]
        line = [
            "ssh",
            *options,
            "-o",
            "BatchMode=yes",
            "-o",
            "IdentitiesOnly=yes",
            "-i",
            self.key_file,
            f"{user}@{address}",
            command,
        ]
        done = subprocess.run(line, capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 0, done.stderr or done.stdout
        return done.stdout.strip()


@contextmanager
def nodes_lab(*, ipv6: bool = False) -> Iterator[NodesLab]:
    """A lab with network and servers, without machines."""
    need_machines()
    with tempfile.TemporaryDirectory(prefix="anchorage-nodes-") as folder:
        home = Path(folder) / "lab"
        private, public = new_key(Path(folder))
        lab = NodesLab(home, free_subnet(), private, public, Path(folder) / "key")
        try:
            machines.prepare(home, load().cache, lab.said.append)
            v6 = ("2001:2:0:8::/64", "2001:2:0:8::fe") if ipv6 else (None, None)
            network.up(home, f"{lab.net}.0/24", lab.gateway, *v6)
            site.up(home)
            yield lab
        finally:
            machines.down(home)


def traces(home: Path) -> set[str]:
    """What the kernel has of a lab: mounts, namespaces, links, routes, control groups and processes."""
    key = names.of(home).key
    found = {place for place in _lines(["cat", "/proc/self/mountinfo"]) if f" {home}" in place or key in place}
    for command in (["ip", "netns"], ["ip", "link"], ["ip", "route"], ["ip", "-6", "route"]):
        found |= {f"{' '.join(command)}: {line}" for line in _lines(command) if key in line}
    # Unlike Path.glob, os.walk bears that groups of others go meanwhile.
    found |= {f"{above}/{group}" for above, below, _ in os.walk("/sys/fs/cgroup") for group in below if key in group}
    for process in Path("/proc").glob("[0-9]*"):
        found |= _program(process, (key, str(home)))
    return found


def _lines(command: list[str]) -> list[str]:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def _program(process: Path, words: tuple[str, ...]) -> set[str]:
    try:
        line = (process / "cmdline").read_text().replace("\0", " ")
        group = (process / "cgroup").read_text()
    except OSError:
        return set()
    # A process without a command line has ended and waits for its parent to notice, which is the host's affair.
    return {f"process {process.name}: {line[:120]}"} if line and any(word in line + group for word in words) else set()
