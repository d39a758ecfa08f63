"""What the simulated vCenter runs when a VM is powered on, powered off or destroyed.

In: LAB_EVENT (poweredon, poweredoff, destroyed), LAB_VM, LAB_UUID, LAB_MAC, and the VM's extraConfig as a JSON object
on standard input. Out, at poweredon: `ADDRESS/PREFIX GATEWAY` once the machine answers ssh.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab.machines import guest, lifecycle
from lab.machines.errors import LabError


def handle(home: Path, environ: Mapping[str, str], stdin: str) -> str:
    """Do what the event asks for; the line to print, if any. Raises LabError."""
    event, vm = environ.get("LAB_EVENT", ""), environ.get("LAB_VM", "")
    if not vm:
        raise LabError("LAB_VM is not set: the hook does not know which machine is meant.")
    if event == "poweredon":
        return _power_on(home, vm, environ.get("LAB_MAC", ""), extra_config(stdin))
    if event == "poweredoff":
        lifecycle.stop(home, vm)
    elif event == "destroyed":
        lifecycle.destroy(home, vm)
    else:
        raise LabError(f"LAB_EVENT is {event!r}: poweredon, poweredoff and destroyed are known.")
    return ""


def _power_on(home: Path, vm: str, mac: str, config: Mapping[str, str]) -> str:
    machine = guest.machine(vm, mac, config)
    lifecycle.start(home, machine)
    return f"{machine.v4}/{machine.prefix} {machine.gateway}"


def extra_config(text: str) -> dict[str, str]:
    """extraConfig as an object, or as vSphere's list of {"key", "value"}. Raises LabError."""
    try:
        found: Any = json.loads(text or "{}")
        if isinstance(found, list):
            found = {one.get("key", one.get("Key")): one.get("value", one.get("Value")) for one in found}
        return {str(key): str(value) for key, value in found.items()}
    except (ValueError, AttributeError):
        raise LabError("The VM's extraConfig on standard input is no JSON object.") from None
