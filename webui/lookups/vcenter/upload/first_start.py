"""One start of an imported machine, so that vCenter sees its VMware Tools.

vCenter knows of tools only once it has seen them run, and until then refuses to set addresses on clones
(vmware/terraform-provider-vsphere issues 1206 and 2277, vmware/open-vm-tools issue 262).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from webui.lookups.vcenter.api import vim
from webui.lookups.vcenter.connecting import VCenter
from webui.lookups.vcenter.errors import Refused, told
from webui.lookups.vcenter.tasks import wait
from webui.lookups.vcenter.views import read_one

TOOLS_WITHIN = 600.0
"""Seconds for the guest to boot and to start its tools."""
OFF_WITHIN = 180.0
"""Seconds for the guest to shut down; then it is powered off."""
POLL = 1.0
_ON = "poweredOn"


@dataclass
class FirstStart:
    """Starts a machine, waits for its tools, shuts it down. `heed` raises where the user wants to stop."""

    vcenter: VCenter
    machine: Any
    heed: Callable[[], None] = lambda: None
    tools_within: float = TOOLS_WITHIN
    off_within: float = OFF_WITHIN
    poll: float = POLL

    def run(self) -> None:
        """Leaves it powered off, whatever happens. Raises Refused where no tools show up, VCenterError."""
        with told(self.vcenter.address):
            task = self.machine.PowerOn(None)
        wait(self.vcenter, task)
        try:
            if not self._until(self._tools_run, self.tools_within):
                raise Refused(
                    f"VMware Tools did not start in the machine within {self.tools_within:.0f} s. Take an image with "
                    "open-vm-tools in it."
                )
            with told(self.vcenter.address):
                self.machine.ShutdownGuest()
            self._until(self._is_off, self.off_within)
        finally:
            self._power_off()

    def _until(self, true: Callable[[], bool], within: float) -> bool:
        until = time.monotonic() + within
        while not true():
            self.heed()
            if time.monotonic() > until:
                return False
            time.sleep(self.poll)
        return True

    def _tools_run(self) -> bool:
        status = read_one(self.vcenter, self.machine, "guest.toolsRunningStatus").get("guest.toolsRunningStatus")
        return bool(status == vim.vm.GuestInfo.ToolsRunningStatus.guestToolsRunning)

    def _is_off(self) -> bool:
        state = read_one(self.vcenter, self.machine, "runtime.powerState").get("runtime.powerState")
        return str(state) != _ON

    def _power_off(self) -> None:
        if self._is_off():
            return
        with told(self.vcenter.address):
            task = self.machine.PowerOff()
        wait(self.vcenter, task)
