"""The whole lab: the simulated APIC everywhere; with root and a few packages, also the simulated vCenter, machines that
it boots on a network with time, names and packages, and leaves that come up from the APIC's objects.

Where machines cannot run, the lab says why and does everything else. `down` leaves nothing of theirs behind: vCenter's
inventory is forgotten with them, while the APIC keeps its state.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lab import certificates, fabric, machines, site
from lab.machines import network
from lab.machines import site as servers
from lab.providers import mirror
from lab.providers.identity import VSPHERE
from lab.providers.toolchain import ProviderBuildError
from lab.site import LEFT_OUT, ROOT, LabError, LabSite
from lab.vcenter import site as vcenter
from lab.vcenter.site import VCenterError

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Subnets:
    """The node subnet that the lab's machines stand in, with its gateway: what a spec gives its L3Out."""

    v4: str
    gateway_v4: str
    v6: str | None = None
    gateway_v6: str | None = None


PRESET = Subnets("198.18.2.0/24", "198.18.2.253")
"""As in examples/lab.yaml; `carry` changes it."""


def up(home: Path, cache: Path, *, port: int = 0, subnets: Subnets = PRESET, say: Say = lambda _: None) -> LabSite:
    """Start what does not run of the lab, and wait until it answers. `say` gets a sentence when something takes time.

    Raises LabError and ProviderBuildError for the fabric; a part that only machines need is left out with its reason.
    """
    mirror.build(cache, say)
    say("Starting the APIC simulator.")
    site.up(home, cache, port=port)
    why = _start_machines(home, cache, subnets, say)
    note = home / LEFT_OUT
    for sentence in [] if why else fabric.reasons():
        say(sentence)
    if why:
        say(why)
        certificates.write_private(note, why)
    else:
        note.unlink(missing_ok=True)
    found = status(home)
    if found is None:
        raise LabError(f"The simulated APIC stopped right after it had started. See {home / 'apic'}.")
    return found


def status(home: Path) -> LabSite | None:
    """The lab if its APIC runs, with its other parts as far as they run."""
    return site.status(home)


def down(home: Path) -> None:
    """Stop every part; nothing to do is fine. The APIC's state stays, machines, leaves and vCenter's inventory go."""
    vcenter.down(home)
    site.down(home)  # before its leaves, which it would bring back
    machines.down(home)
    fabric.down(home)
    (home / LEFT_OUT).unlink(missing_ok=True)


def reset(home: Path) -> None:
    """Stop every part and forget the APIC's state too."""
    down(home)
    site.reset(home)


def carry(home: Path, wanted: Subnets) -> None:
    """Let the lab's segment carry this node subnet, as a port group carries an L3Out's VLAN. Raises LabError."""
    try:
        network.up(home, wanted.v4, wanted.gateway_v4, wanted.v6, wanted.gateway_v6)
        servers.up(home)
    except machines.LabError as error:
        raise LabError(str(error)) from None


def _start_machines(home: Path, cache: Path, subnets: Subnets, say: Say) -> str:
    """Start vCenter and the machines' network; why not, or "" when they run."""
    reasons = machines.reasons()
    if reasons:
        return reasons[0]
    try:
        if vcenter.status(home) is None:
            machines.down(home)  # of a vCenter that is gone, which alone knew them
            machines.prepare(home, cache, say)
            mirror.build(cache, say, VSPHERE)
            say("Starting the machines' network and the vCenter simulator.")
        carry(home, _carried(home) or subnets)
        vcenter.up(home, cache, hook=_hook(home), environ=_environ(), say=say)
    except (machines.LabError, LabError, VCenterError, ProviderBuildError) as error:
        vcenter.down(home)
        machines.down(home)
        return f"The lab's machines are left out. {error}"
    return ""


def _carried(home: Path) -> Subnets | None:
    now = network.segment(home)
    return Subnets(now.subnet_v4, now.gateway_v4, now.subnet_v6, now.gateway_v6) if now else None


def _hook(home: Path) -> str:
    """What vCenter runs when a machine is powered on or off, or destroyed."""
    return shlex.join([sys.executable, "-m", "lab.machines", "hook", "--home", str(home)])


def _environ() -> dict[str, str]:
    path = os.pathsep.join(part for part in (str(ROOT), os.environ.get("PYTHONPATH", "")) if part)
    return {**os.environ, "PYTHONPATH": path}
