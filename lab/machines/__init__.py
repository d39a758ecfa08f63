"""The lab's machines: systemd-nspawn on overlay clones of one Debian, on the L3Out's segment."""

from __future__ import annotations

from lab.machines.errors import LabError
from lab.machines.host import reasons
from lab.machines.lifecycle import State, destroy, down, start, stop
from lab.machines.lifecycle import list_machines as list
from lab.machines.machine import Machine
from lab.machines.site import mirror_key, prepare

__all__ = [
    "LabError",
    "Machine",
    "State",
    "destroy",
    "down",
    "list",
    "mirror_key",
    "prepare",
    "reasons",
    "start",
    "stop",
]
