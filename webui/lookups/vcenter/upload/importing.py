"""The upload of a template: what happens in which order, and that nothing half-made stays behind."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from webui.lookups.vcenter.api import vim
from webui.lookups.vcenter.connecting import VCenter
from webui.lookups.vcenter.errors import Refused, VCenterError, told, words
from webui.lookups.vcenter.places import Place, find, look
from webui.lookups.vcenter.tasks import wait
from webui.lookups.vcenter.upload.first_start import FirstStart
from webui.lookups.vcenter.upload.lease import Lease
from webui.lookups.vcenter.upload.ova import Ova, OvaFile, Source
from webui.lookups.vcenter.upload.refusal import OvaRefused
from webui.lookups.vcenter.upload.transfer import send
from webui.lookups.vcenter.views import read_one

SNAPSHOT = "anchorage"
"""The snapshot that linked clones share."""
EVERY = 0.5
"""Seconds between two reports of progress while a disk is sent."""
NAME_MAX = 80


class Cancelled(Exception):
    """The user stopped the upload; what was made is removed."""

    def __init__(self) -> None:
        super().__init__("The upload was stopped. Nothing of it stays in vCenter.")


@dataclass(frozen=True)
class Progress:
    """How far it is. `done`, `total`: bytes of the OVA; `total` is None where nobody knows."""

    done: int
    total: int | None
    words: str


@dataclass(frozen=True)
class Uploaded:
    """The template: its path below the data centre's machine folder, and what vCenter warned of."""

    name: str
    warnings: tuple[str, ...] = ()


Report = Callable[[Progress], None]


@dataclass
class Upload:
    """An upload: an OVA from `source` becomes the template `name` at `place`. `run` does it, once.

    `total`: bytes of the OVA, if known. `report` is called in the same thread, at most twice a second; `cancelled` is
    asked with every chunk. The source is read as it is sent: neither memory nor disk holds the OVA. `start_once`: start
    the machine before the snapshot, because vCenter sets addresses only where it has seen VMware Tools run.
    """

    vcenter: VCenter
    source: Source
    place: Place
    name: str
    total: int | None = None
    start_once: bool = False
    report: Report = lambda _: None
    cancelled: Callable[[], bool] = lambda: False
    now: Callable[[], float] = time.monotonic

    def run(self) -> Uploaded:
        """Raises OvaRefused, SourceBroken, Cancelled, VCenterError; whatever it raises, it has removed what it made."""
        self._check_name()
        self._say("Reading the OVA's descriptor")
        self._ova = Ova(self.source)
        self._say("vCenter looks at the descriptor")
        spec, slots, warned = self._import_spec()
        lease = self._lease(spec)
        try:
            with lease.kept_alive():
                self._send(lease, slots)
                lease.complete()
            if self.start_once:
                self._say("The machine starts once, so that vCenter sees its VMware Tools")
                FirstStart(self.vcenter, lease.machine, self._stop_if_cancelled).run()
            self._mark(lease.machine)
        except BaseException as error:
            self._undo(lease, error)
            raise
        self._say("The template is ready")
        return Uploaded("/".join(part for part in (self.place.folder, self.name) if part), warned)

    def _check_name(self) -> None:
        if not 1 <= len(self.name) <= NAME_MAX or any(mark in self.name for mark in "/\\%"):
            raise Refused(f"Name the template with 1 to {NAME_MAX} characters, without /, \\ and %.")
        path = "/".join(part for part in (self.place.datacenter, "vm", self.place.folder, self.name) if part)
        if look(self.vcenter, path) is not None:
            raise Refused(f"{self.name} exists in this folder already. Choose another name or another folder.")

    def _import_spec(self) -> tuple[Any, dict[str, Any], tuple[str, ...]]:
        """(what ImportVApp takes, vCenter's file items by the archive's file, warnings)."""
        datacenter = self.place.datacenter
        self._pool = find(self.vcenter, datacenter, "host", self.place.pool_path, "resource pool")
        datastore = find(self.vcenter, datacenter, "datastore", self.place.datastore, "datastore")
        self._check_room(datastore)
        network = find(self.vcenter, datacenter, "network", self.place.network, "network")
        self._folder = find(self.vcenter, datacenter, "vm", self.place.folder, "folder")
        mapping = [vim.OvfManager.NetworkMapping(name=name, network=network) for name in self._ova.descriptor.networks]
        wanted = vim.OvfManager.CreateImportSpecParams(
            entityName=self.name, diskProvisioning="thin", networkMapping=mapping, locale="", deploymentOption=""
        )
        with told(self.vcenter.address):
            result = self.vcenter.content.ovfManager.CreateImportSpec(
                self._ova.descriptor.text, self._pool, datastore, wanted
            )
        if result.error:
            said = " ".join(words(fault) or type(fault).__name__ for fault in result.error)
            raise Refused("vCenter cannot make a machine of this OVA. Export it for vSphere.", text=said)
        return result.importSpec, _items(result, self._ova), tuple(filter(None, map(words, result.warning or ())))

    def _check_room(self, datastore: Any) -> None:
        # What an OVA holds is compressed: it takes at least as much when it is written.
        summary = read_one(self.vcenter, datastore, "summary").get("summary")
        if summary and self.total and int(summary.freeSpace) < self.total:
            sizes = f"{int(summary.freeSpace) >> 20} MiB free, the OVA has {self.total >> 20} MiB"
            raise Refused(f"Datastore {self.place.datastore} has {sizes}. Choose another one or free some room.")

    def _lease(self, spec: Any) -> Lease:
        self._say("vCenter makes the machine")
        with told(self.vcenter.address):
            lease = self._pool.ImportVApp(spec, self._folder, None)
        return Lease(self.vcenter, lease)

    def _send(self, lease: Lease, items: dict[str, Any]) -> None:
        for file in self._ova.files():
            item = items.get(file.name)
            if item is not None:
                slot = lease.slot(item.deviceId, create=bool(item.create))
                chunks = self._watched(lease, file)
                send(slot, self.vcenter.target, self.vcenter.context, file.size, chunks)
            self._stop_if_cancelled()

    def _watched(self, lease: Lease, file: OvaFile) -> Iterator[bytes]:
        """The file's chunks, with progress told and cancelling heeded between them."""
        last = None
        for chunk in file.chunks():
            yield chunk
            self._stop_if_cancelled()
            if last is None or self.now() - last >= EVERY:
                last = self.now()
                self._say(f"Uploading {file.name}")
                lease.at(self._ova.done / self.total if self.total else 0)

    def _mark(self, machine: Any) -> None:
        """A snapshot for linked clones, then a template; a machine that is one takes no snapshots."""
        self._stop_if_cancelled()
        self._say("vCenter takes the snapshot")
        with told(self.vcenter.address):
            task = machine.CreateSnapshot(SNAPSHOT, "Shared by linked clones. Made by Anchorage.", False, False)
        wait(self.vcenter, task)
        self._stop_if_cancelled()
        with told(self.vcenter.address):
            machine.MarkAsTemplate()

    def _undo(self, lease: Lease, error: BaseException) -> None:
        try:
            lease.abort(str(error) or type(error).__name__)
        except VCenterError as left:
            where = f"folder {self.place.folder}" if self.place.folder else "the data centre's machine folder"
            note = f"{self.name} in {where} could not be removed. {left.sentence} Remove it in the vSphere client."
            error.add_note(note)

    def _stop_if_cancelled(self) -> None:
        if self.cancelled():
            raise Cancelled

    def _say(self, text: str) -> None:
        done = self._ova.done if hasattr(self, "_ova") else 0
        self.report(Progress(min(done, self.total) if self.total else done, self.total, text))


@contextlib.contextmanager
def opened(path: str | Path) -> Iterator[tuple[BinaryIO, int]]:
    """(an OVA on this machine opened for reading, its size). Raises OvaRefused with a sentence."""
    place = Path(path).expanduser()
    if not place.is_absolute() or not place.is_file():
        raise OvaRefused(f"There is no file {place} on this server. Give the whole path of an OVA.")
    try:
        file = place.open("rb")
    except OSError as error:
        raise OvaRefused(f"{place} cannot be read by the installer: {error.strerror}. Allow it to read it.") from error
    with file:
        yield file, place.stat().st_size


def _items(result: Any, ova: Ova) -> dict[str, Any]:
    """vCenter's file items by file name; all of them must be in the archive."""
    items = {str(item.path): item for item in result.fileItem or ()}
    unknown = [path for path in items if path not in ova.descriptor.files]
    if unknown:
        raise OvaRefused(f"vCenter wants files that the OVA does not name: {', '.join(unknown)}.")
    return items
