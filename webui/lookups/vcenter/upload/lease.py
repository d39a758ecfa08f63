"""The import lease: vCenter keeps a half-made machine open for its disks as long as somebody tells that it goes on."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from webui.lookups.vcenter.api import vim, vmodl
from webui.lookups.vcenter.connecting import VCenter
from webui.lookups.vcenter.errors import NotFound, Refused, TimedOut, VCenterError, of_fault, told
from webui.lookups.vcenter.tasks import wait
from webui.lookups.vcenter.upload.transfer import Slot
from webui.lookups.vcenter.views import read_one

READY_WITHIN = 120.0
"""Seconds for vCenter to make the machine."""
KEEP_ALIVE = 10.0
"""Seconds between two signs of life; a lease ends after some minutes without."""
GONE_WITHIN = 5.0
"""Seconds for vCenter to remove the machine of an aborted lease."""


class Lease:
    """An import that was granted. Use `kept_alive` while sending, then `complete` or `abort`."""

    def __init__(self, vcenter: VCenter, lease: Any) -> None:
        self._vcenter, self._lease = vcenter, lease
        try:
            info = _ready(vcenter, lease)
        except BaseException as error:
            self._end(str(error))
            raise
        self.machine = info.entity
        self._urls = {url.importKey: url for url in info.deviceUrl}
        self._percent = 0
        self._completed = False

    def slot(self, device: str, *, create: bool) -> Slot:
        """Where a device's file goes. Raises Refused where vCenter gave no address for it."""
        url = self._urls.get(device)
        if url is None:
            raise Refused(f"vCenter gave no address to upload {device} to. Try again.")
        return Slot(str(url.url), create, str(url.sslThumbprint or ""))

    def at(self, share: float) -> None:
        """How much is done, from 0 to 1; vCenter shows it with its own task."""
        self._percent = max(0, min(99, int(share * 100)))

    @contextmanager
    def kept_alive(self, every: float = KEEP_ALIVE) -> Iterator[None]:
        """Tell vCenter that it goes on, from a thread: the sending may stand still for a while."""
        ended = threading.Event()
        thread = threading.Thread(target=self._live, args=(ended, every), name="ovf-lease", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _live(self, ended: threading.Event, every: float) -> None:
        while not ended.wait(every):
            # A lease that is lost shows where the disk is sent; here nobody would hear of it.
            with contextlib.suppress(VCenterError), told(self._vcenter.address):
                self._lease.Progress(self._percent)

    def complete(self) -> None:
        """All is sent: the machine is whole."""
        with told(self._vcenter.address):
            self._lease.Progress(100)
            self._lease.Complete()
        self._completed = True

    def abort(self, words: str) -> None:
        """Give up, and see to it that the machine goes. Raises VCenterError where it stays."""
        if not self._completed:
            self._end(words)
        # vCenter removes the machine of an import that is given up; a whole one is ours to remove.
        remove(self._vcenter, self.machine, within=0.0 if self._completed else GONE_WITHIN)

    def _end(self, words: str) -> None:
        with contextlib.suppress(VCenterError), told(self._vcenter.address):
            self._lease.Abort(vmodl.fault.RequestCanceled(msg=words))


def remove(vcenter: VCenter, machine: Any, *, within: float) -> None:
    """Remove a machine, unless vCenter does it first, for which it waits some seconds. Raises VCenterError."""
    until = time.monotonic() + within
    try:
        while time.monotonic() < until:
            read_one(vcenter, machine, "name")
            time.sleep(0.2)
        with told(vcenter.address):
            task = machine.Destroy()
        wait(vcenter, task)
    except NotFound:
        return


def _ready(
    vcenter: VCenter,
    lease: Any,
    sleep: Callable[[float], None] = time.sleep,
    now: Callable[[], float] = time.monotonic,
) -> Any:
    until = now() + READY_WITHIN
    while True:
        row = read_one(vcenter, lease, "state", "error", "info")
        state = row.get("state")
        if state == vim.HttpNfcLease.State.ready:
            return row.get("info")
        if state == vim.HttpNfcLease.State.error:
            raise of_fault(row.get("error"))
        if now() > until:
            raise TimedOut(f"vCenter did not make the machine within {READY_WITHIN:.0f} s. Look at its tasks.")
        sleep(0.1)
