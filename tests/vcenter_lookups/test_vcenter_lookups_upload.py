"""Templates uploaded to the simulated vCenter: what comes of a good OVA, and that nothing stays of a failed one."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import os
import signal
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from aci.session import Tls
from lab import certificates
from lab.vcenter import site
from lab.vcenter.site import VCenterSite
from tests.vcenter_fixtures import CACHE
from tests.vcenter_lab import at, start
from tests.vcenter_lookups.conftest import now
from tests.vcenter_lookups.ova_files import MIB, OVF, OvaParts, Reader, vmdk
from tests.vcenter_lookups.sent import counted
from webui.lookups.vcenter import (
    Cancelled,
    OvaRefused,
    Place,
    Progress,
    SourceBroken,
    Upload,
    VCenter,
    VCenterError,
    connect,
    opened,
    read_facts,
)
from webui.lookups.vcenter.connecting import Target, trust
from webui.lookups.vcenter.errors import NotFound, Refused, TlsFailure, Unreachable
from webui.lookups.vcenter.upload import lease
from webui.lookups.vcenter.upload.first_start import FirstStart
from webui.lookups.vcenter.upload.lease import Lease
from webui.lookups.vcenter.upload.transfer import Slot, send
from webui.spec.model.vcenter import VCenter as Section

PLACE = Place("DC1", "cluster-k8s", "ds-k8s", "k8s-vlan-310", "templates", "k8s")
NAME = "debian-13"


@pytest.fixture
def before(looked_at: VCenterSite) -> Iterator[None]:
    """What is there before a failing upload is there after it, and nothing else."""

    def look() -> object:
        with connect(Section(), "", looked_at) as vcenter:
            return dataclasses.replace(read_facts(vcenter, now), read_at=dt.datetime.min)

    there = look()
    yield
    assert look() == there


def upload(vcenter: VCenter, parts: OvaParts, **changed: Any) -> Upload:
    data = parts.build()
    values: dict[str, Any] = {"place": PLACE, "name": NAME, "total": len(data)} | changed
    return Upload(vcenter, values.pop("source", None) or Reader(data), **values)


def test_an_ova_becomes_a_template_with_one_snapshot(session: VCenter) -> None:
    told: list[Progress] = []
    parts = OvaParts(vmdk(6 * MIB))
    size = len(parts.build())
    done = upload(session, parts, report=told.append, now=iter(range(10_000)).__next__).run()
    assert done.name == "templates/debian-13"
    try:
        template = read_facts(session, now).templates_named("DC1", done.name)[0]
        assert (template.snapshots, template.cpus, template.disks) == (1, 2, (8 << 30,))
        machine = at(session.content, "DC1/vm/templates/debian-13")
        assert machine.config.template
        assert machine.snapshot.rootSnapshotList[0].name == "anchorage"
        assert [network.name for network in machine.network] == ["k8s-vlan-310"]
        assert machine.datastore[0].name == "ds-k8s"
    finally:
        at(session.content, "DC1/vm/templates/debian-13").Destroy()
    counts = [one.done for one in told]
    assert counts == sorted(counts)
    assert told[-1] == Progress(size, size, "The template is ready")
    assert sum("Uploading disk-0.vmdk" in one.words for one in told) > 3


def test_progress_is_told_at_most_twice_a_second(session: VCenter) -> None:
    told: list[Progress] = []
    upload(session, OvaParts(vmdk(8 * MIB)), name="in-no-time", report=told.append, now=lambda: 0.0).run()
    at(session.content, "DC1/vm/templates/in-no-time").Destroy()
    assert sum("Uploading" in one.words for one in told) == 1


def test_it_starts_the_machine_once_so_that_vcenter_sees_its_tools(session: VCenter) -> None:
    told: list[Progress] = []
    done = upload(session, OvaParts(vmdk(200_000)), name="started", start_once=True, report=told.append).run()
    machine = at(session.content, "DC1/vm/templates/started")
    try:
        template = read_facts(session, now).templates_named("DC1", done.name)[0]
        assert (template.tools, template.snapshots) == (True, 1)
        assert machine.runtime.powerState == "poweredOff"
        assert any("starts once" in one.words for one in told)
    finally:
        machine.Destroy()


def test_an_image_without_tools_is_refused_and_removed(
    session: VCenter, before: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FirstStart, "_tools_run", lambda _: False)
    monkeypatch.setattr(FirstStart.__init__, "__defaults__", (lambda: None, 0.0, 0.0, 0.05))
    with pytest.raises(Refused, match="open-vm-tools"):
        upload(session, OvaParts(vmdk(200_000)), start_once=True).run()


def test_a_first_start_that_is_stopped_leaves_nothing(session: VCenter, before: None) -> None:
    told: list[Progress] = []
    with pytest.raises(Cancelled):
        upload(
            session,
            OvaParts(vmdk(200_000)),
            start_once=True,
            report=told.append,
            cancelled=lambda: any("starts once" in one.words for one in told),
        ).run()


def test_a_size_that_nobody_knows_is_fine(session: VCenter) -> None:
    told: list[Progress] = []
    upload(session, OvaParts(vmdk(200_000)), total=None, name="unknown-size", report=told.append).run()
    at(session.content, "DC1/vm/templates/unknown-size").Destroy()
    assert {one.total for one in told} == {None}


def test_what_vcenter_got_is_what_was_sent(session: VCenter, monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulator hashes what it gets; its manifest is read just before the lease ends."""
    seen: list[str] = []
    complete = Lease.complete

    def look(granted: Lease) -> None:
        seen.extend(entry.sha1 for entry in granted._lease.GetManifest())
        complete(granted)

    monkeypatch.setattr(Lease, "complete", look)
    parts = OvaParts(vmdk(3 * MIB))
    upload(session, parts, name="hashed").run()
    at(session.content, "DC1/vm/templates/hashed").Destroy()
    assert seen == [hashlib.sha1(parts.disk).hexdigest()]


def test_cancel_removes_the_half_made_machine(session: VCenter, before: None) -> None:
    told: list[Progress] = []
    with counted(session) as calls, pytest.raises(Cancelled, match="stopped"):
        upload(
            session, OvaParts(vmdk(8 * MIB)), report=told.append, cancelled=lambda: any("Upl" in p.words for p in told)
        ).run()
    assert any("Uploading" in one.words for one in told)
    assert "HttpNfcLeaseAbort" in calls, "vCenter would keep the lease until it times out"
    assert "Destroy_Task" not in calls, "vCenter removes what is given up by itself"


@pytest.mark.parametrize("last", [False, True])
def test_a_wrong_checksum_leaves_nothing(session: VCenter, before: None, last: bool) -> None:
    with pytest.raises(OvaRefused, match="checksum"):
        upload(session, OvaParts(vmdk(2 * MIB), damage=True, manifest_last=last)).run()


def test_a_missing_disk_leaves_nothing(session: VCenter, before: None) -> None:
    with pytest.raises(OvaRefused, match="lacks"):
        upload(session, OvaParts(vmdk(200_000), leave_out=True)).run()


def test_a_browser_that_goes_away_leaves_nothing(session: VCenter, before: None) -> None:
    parts = OvaParts(vmdk(4 * MIB))
    with pytest.raises(SourceBroken):
        upload(session, parts, source=Reader(parts.build(), breaks_at=2 * MIB)).run()


def test_nonsense_reaches_no_vcenter(session: VCenter, before: None) -> None:
    with pytest.raises(OvaRefused, match="not an OVA"):
        Upload(session, Reader(b"nonsense" * 1000), PLACE, NAME).run()


def test_a_stopped_worker_leaves_nothing(session: VCenter, before: None) -> None:
    def interrupted(one: Progress) -> None:
        if "Uploading" in one.words:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        upload(session, OvaParts(vmdk(4 * MIB)), report=interrupted).run()


def test_a_name_that_is_taken_is_refused_first(session: VCenter, before: None) -> None:
    with pytest.raises(Refused, match="exists in this folder already"):
        upload(session, OvaParts(vmdk(200_000)), name="debian-12-cloud").run()


@pytest.mark.parametrize("name", ["", "a/b", "a%2fb", "x" * 81])
def test_names_that_vcenter_cannot_have_are_refused(session: VCenter, name: str) -> None:
    with pytest.raises(Refused, match="1 to 80 characters"):
        upload(session, OvaParts(vmdk(200_000)), name=name).run()


@pytest.mark.parametrize(
    ("field", "what"),
    [("datastore", "datastore"), ("network", "network"), ("folder", "folder"), ("resource_pool", "resource pool")],
)
def test_places_that_are_gone_are_named(session: VCenter, field: str, what: str) -> None:
    place = dataclasses.replace(PLACE, **{field: "gone"})
    with pytest.raises(NotFound, match=f"no {what} named"):
        upload(session, OvaParts(vmdk(200_000)), place=place).run()


def test_a_datastore_that_is_too_full_is_told_before_anything_is_sent(session: VCenter, before: None) -> None:
    place = dataclasses.replace(PLACE, datastore="ds-k8s-nearly-full")
    with pytest.raises(Refused, match=r"ds-k8s-nearly-full has 2048 MiB free, the OVA has 3072 MiB"):
        upload(session, OvaParts(vmdk(200_000)), place=place, total=3 << 30).run()


def test_a_datastore_that_fills_up_leaves_nothing(
    session: VCenter, before: None, faults: Callable[[str], None]
) -> None:
    faults(
        '[{"method": "CreateSnapshot_Task", "error": "NoDiskSpace", '
        '"message": "Insufficient disk space on datastore \'ds-k8s\'."}]'
    )
    with pytest.raises(Refused, match=r"too little room.*Insufficient disk space on datastore 'ds-k8s'"):
        upload(session, OvaParts(vmdk(200_000))).run()


def test_a_user_who_may_not_import_is_told_the_privilege(looked_at: VCenterSite, before: None) -> None:
    told = pytest.raises(VCenterError, match=r"lacks the privilege VApp\.Import")
    with connect(Section(user=looked_at.reader), looked_at.reader_password, looked_at) as vcenter, told:
        upload(vcenter, OvaParts(vmdk(200_000))).run()


def test_what_vcenter_cannot_import_is_told_in_its_words(session: VCenter, before: None) -> None:
    ovf = OVF.format(disk="disk-0.vmdk", size=1, extra="").replace(
        "<rasd:ResourceType>10</rasd:ResourceType>", "<rasd:ResourceType>99</rasd:ResourceType>"
    )
    with pytest.raises(Refused, match=r"cannot make a machine.*unsupported resource type: 99"):
        upload(session, OvaParts(vmdk(200_000), ovf=ovf)).run()


def test_what_cannot_be_removed_is_named(
    session: VCenter, faults: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where vCenter neither ends the lease's machine nor lets it be destroyed, the user must know of it."""
    monkeypatch.setattr(Lease, "_end", lambda *_: None)
    monkeypatch.setattr(lease, "GONE_WITHIN", 0.0)
    faults('[{"method": "Destroy_Task", "error": "InvalidState", "count": 1}]')
    with pytest.raises(OvaRefused) as told:
        upload(session, OvaParts(vmdk(200_000), damage=True), name="left-over").run()
    assert "left-over in folder templates could not be removed" in told.value.__notes__[0]
    at(session.content, "DC1/vm/templates/left-over").Destroy()


def test_a_vcenter_that_dies_is_told(tmp_path: Path, vcenter_certificates: Path) -> None:
    home = tmp_path / "lab"
    mine = start(home, CACHE, vcenter_certificates)
    try:
        with connect(Section(), "", mine) as vcenter:

            def kill(one: Progress) -> None:
                if "Uploading" in one.words:
                    os.kill(mine.pid, signal.SIGKILL)
                    os.waitpid(mine.pid, 0)

            with pytest.raises(Unreachable) as told:
                upload(vcenter, OvaParts(vmdk(16 * MIB)), report=kill).run()
    finally:
        site.down(home)
    assert "could not be removed" in told.value.__notes__[0]
    assert "Remove it in the vSphere client" in told.value.__notes__[0]


def test_the_lease_is_kept_alive_while_the_source_stands_still(
    session: VCenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    alive = threading.Event()
    real = Lease.kept_alive
    monkeypatch.setattr(Lease, "kept_alive", lambda granted: real(granted, 0.02))
    progress = session._stub.InvokeMethod

    def watched(mo: Any, info: Any, *rest: Any) -> Any:
        if info.wsdlName == "HttpNfcLeaseProgress":
            alive.set()
        return progress(mo, info, *rest)

    monkeypatch.setattr(session._stub, "InvokeMethod", watched)
    parts = OvaParts(vmdk(2 * MIB))

    class Slow(Reader):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > MIB:
                assert alive.wait(5), "nobody told vCenter that the upload goes on"
            return super().read(size)

    upload(session, parts, source=Slow(parts.build()), name="slow").run()
    at(session.content, "DC1/vm/templates/slow").Destroy()


def test_an_ova_on_this_server(tmp_path: Path, session: VCenter) -> None:
    path = tmp_path / "machine.ova"
    path.write_bytes(OvaParts(vmdk(300_000)).build())
    with opened(path) as (source, size):
        assert size == path.stat().st_size
        Upload(session, source, PLACE, "from-path", total=size).run()
    at(session.content, "DC1/vm/templates/from-path").Destroy()


def test_paths_that_are_no_files_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.ova", Path("relative.ova")):
        with pytest.raises(OvaRefused, match="Give the whole path"), opened(path):
            pass


def test_a_hosts_certificate_must_be_trusted_or_the_one_that_vcenter_names(
    looked_at: VCenterSite, tmp_path: Path
) -> None:
    """Hosts may have certificates of another authority: vCenter tells the thumbprint, which is then the one trusted."""
    certificates.make(tmp_path / "ca.pem", tmp_path / "server.pem")
    context = trust(Tls(ca=looked_at.ca_pem))
    target = Target("127.0.0.1", 443, "", "", Tls())
    with host(tmp_path / "server.pem") as (port, got):
        url = f"https://127.0.0.1:{port}/nfc/disk.vmdk"
        with pytest.raises(TlsFailure, match="not trusted"):
            send(Slot(url), target, context, 3, [b"abc"])
        with pytest.raises(TlsFailure, match="neither trusted nor the one"):
            send(Slot(url, thumbprint="00:" * 19 + "00"), target, context, 3, [b"abc"])
        assert got == []
        send(Slot(url, thumbprint=thumbprint(tmp_path / "server.pem")), target, context, 3, [b"a", b"bc"])
        send(Slot(f"https://*:{port}/nfc/x.iso", create=True), target, trust(Tls(verify=False)), 2, [b"de"])
        with pytest.raises(Refused, match="HTTP 507"):
            send(Slot(f"https://*:{port}/full"), target, trust(Tls(verify=False)), 1, [b"f"])
    assert got == [("POST", b"abc"), ("PUT", b"de"), ("POST", b"f")]


def thumbprint(pem: Path) -> str:
    text = pem.read_text()
    start_at = text.index("-----BEGIN CERTIFICATE-----")
    der = ssl.PEM_cert_to_DER_cert(text[start_at : text.index("-----END CERTIFICATE-----") + 25])
    digest = hashlib.sha1(der).hexdigest().upper()
    return ":".join(digest[n : n + 2] for n in range(0, 40, 2))


class host:
    """A host that takes disks, with its own certificate: (port, what it got)."""

    def __init__(self, pem: Path) -> None:
        self._got: list[tuple[str, bytes]] = []
        got = self._got

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                got.append((self.command, self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(507 if self.path == "/full" else 200)
                self.end_headers()

            do_PUT = do_POST

            def log_message(self, *_: object) -> None: ...

        class Quiet(ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None: ...

        self._server = Quiet(("127.0.0.1", 0), Handler)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(pem)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> tuple[int, list[tuple[str, bytes]]]:
        self._thread.start()
        return self._server.server_address[1], self._got

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
