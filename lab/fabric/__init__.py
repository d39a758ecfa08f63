"""The lab's leaves: FRR in network namespaces, as the simulated APIC's tree asks for. README.md says what they show."""

from __future__ import annotations

from lab.fabric.daemons import reasons
from lab.fabric.manager import down
from lab.fabric.probe import Probe, probe
from lab.fabric.state import read as status

__all__ = ["Probe", "down", "probe", "reasons", "status"]
