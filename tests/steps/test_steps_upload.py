"""Templates from browser and server, into the simulated vCenter: progress, stop, refusals, and the choice."""

from __future__ import annotations

import datetime as dt
import io
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.vcenter_lookups.ova_files import OvaParts, vmdk
from webui.lookups.vcenter.upload.importing import Cancelled
from webui.steps.vcenter import uploads
from webui.steps.vcenter.upload_body import Body
from webui.store.engine import engine, session_factory
from webui.store.models import Upload, now

OVA = OvaParts().build()


@pytest.fixture
def placed(in_lab):
    """A draft whose place in the lab's vCenter is chosen."""
    in_lab.send("vcenter", {}, do="lab")
    return in_lab


def send(wizard, body: bytes, name: str, *, token: str | None = None, **query: str):
    query = {"name": name, "folder": "templates", "file": "image.ova", **query}
    headers = {"X-CSRFToken": wizard.token() if token is None else token, "Accept": "application/json"}
    return wizard.client.post(
        wizard.url("vcenter/upload"),
        data=body,
        query_string=query,
        headers=headers,
        content_type="application/octet-stream",
    )


def newest(wizard) -> Upload | None:
    with session_factory(engine(wizard.settings))() as db:
        return db.scalars(
            select(Upload).where(Upload.cluster_id == wizard.cluster_id).order_by(Upload.id.desc())
        ).first()


def ended(wizard, seconds: float = 20) -> Upload:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        row = newest(wizard)
        if row is not None and row.state != "running":
            return row
        time.sleep(0.05)
    raise AssertionError("The upload does not end.")


def templates(wizard) -> list[str]:
    query = {"vcenter.datacenter": "DC1"}
    return [one["value"] for one in wizard.get("options/vcenter-template", query_string=query).json["options"]]


def test_an_ova_from_the_browser_becomes_the_chosen_template(placed) -> None:
    answer = send(placed, OVA, "debian-up-1")
    assert answer.status_code == 200 and answer.json["state"] == "done", answer.text
    assert answer.json["template"] == "templates/debian-up-1"
    assert placed.row().draft["vcenter"]["template"] == "templates/debian-up-1"
    assert "templates/debian-up-1" in templates(placed)
    row = newest(placed)
    assert row and (row.done, row.total, row.requested_by) == (len(OVA), len(OVA), "operator")
    page = placed.get("vcenter").text
    assert "Uploaded" in page and 'data-template="templates/debian-up-1"' in page


def test_an_ova_on_the_server_is_read_beside_the_request(placed, tmp_path: Path) -> None:
    (tmp_path / "image.ova").write_bytes(OVA)
    answer = placed.post(
        "vcenter/upload/path", {"name": "debian-up-2", "folder": "templates", "path": str(tmp_path / "image.ova")}
    )
    assert answer.status_code == 303 and answer.location.endswith("#upload")
    row = ended(placed)
    assert (row.state, row.template) == ("done", "templates/debian-up-2"), row.words
    assert "templates/debian-up-2" in templates(placed)


def test_what_is_no_ova_is_said_and_nothing_is_left(placed) -> None:
    answer = send(placed, b"PK\3\4" + b"\0" * 4000, "debian-up-3")
    assert answer.json["state"] == "failed" and "OVA" in answer.json["words"]
    assert "templates/debian-up-3" not in templates(placed)
    assert "The upload failed" in placed.get("vcenter/upload").text
    assert placed.row().draft["vcenter"]["template"] != "templates/debian-up-3"


def test_a_damaged_disk_is_refused_and_removed(placed) -> None:
    answer = send(placed, OvaParts(damage=True).build(), "debian-up-4")
    assert answer.json["state"] == "failed", answer.text
    assert "templates/debian-up-4" not in templates(placed)


class Slow(io.BytesIO):
    """A browser that takes its time, and is told when the first bytes went."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.begun = threading.Event()

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() > len(OVA) // 4:
            self.begun.set()
            time.sleep(0.02)
        return super().read(min(size or 0, 1 << 16) if size and size > 0 else size)


def test_stop_ends_it_and_removes_what_was_made(placed) -> None:
    body = OvaParts(disk=vmdk(24 << 20)).build()
    slow = Slow(body)
    with placed.client.application.test_request_context():
        wanted = uploads.Wanted(placed.cluster_id, *_door(placed), "debian-up-5", "image.ova", len(body), "operator")
    sessions = session_factory(engine(placed.settings))
    with sessions() as db:
        number = uploads.begin(db, wanted)
    thread = threading.Thread(target=uploads.run, args=(sessions, number, wanted, slow))
    thread.start()
    assert slow.begun.wait(10)
    live = placed.get("vcenter/upload").text
    assert "Stop the upload" in live and "<progress" in live and "data-live" in live
    assert send(placed, OVA, "debian-up-6").status_code == 409
    assert placed.post("vcenter/upload/stop").status_code == 303
    thread.join(20)
    assert not thread.is_alive() and ended(placed).state == "stopped"
    assert "templates/debian-up-5" not in templates(placed)


def _door(wizard):
    from webui.lookups.vcenter.places import Place
    from webui.spec import parse
    from webui.steps.vcenter import reading

    document = wizard.row().draft
    door, _ = reading.door(document, {}, wizard.settings)
    return door, Place.of(parse(document).spec.vcenter, "templates")


def test_it_asks_for_the_token_the_role_a_size_and_a_name(placed, lab_user) -> None:
    assert send(placed, OVA, "x", token="wrong").status_code == 400
    assert send(placed, OVA, "").status_code == 400
    viewer = lab_user("viewer")
    viewer.cluster_id = placed.cluster_id
    assert send(viewer, OVA, "x").status_code == 403
    assert newest(placed) is None


def test_a_file_larger_than_the_limit_is_refused_before_it_is_read(placed) -> None:
    settings = placed.client.application.extensions["anchorage"]["settings"]
    object.__setattr__(settings, "upload_limit", 1000)
    assert send(placed, OVA, "x").status_code == 413
    assert newest(placed) is None


@pytest.mark.parametrize("path", ["", "relative.ova", "/nowhere/at/all.ova", "/etc"])
def test_a_path_that_leads_to_no_file_is_refused(placed, path: str) -> None:
    answer = placed.post("vcenter/upload/path", {"name": "x", "path": path})
    assert answer.status_code == 400 and newest(placed) is None


def test_without_a_place_it_says_what_to_choose(in_lab) -> None:
    answer = send(in_lab, OVA, "x")
    assert answer.status_code == 409 and "datastore" in answer.text


def test_an_upload_whose_process_ended_is_told_so_and_holds_nobody_up(placed) -> None:
    with session_factory(engine(placed.settings))() as db:
        old = now() - dt.timedelta(hours=1)
        db.add(Upload(cluster_id=placed.cluster_id, name="lost", source="a.ova", heartbeat=old, created=old))
        db.commit()
    assert "Anchorage was stopped meanwhile" in placed.get("vcenter/upload").text
    assert send(placed, OVA, "debian-up-7").json["state"] == "done"


def test_a_browser_that_stops_sending_has_cancelled() -> None:
    whole = Body(io.BytesIO(b"all of it"), 9)
    assert whole.read(100) == b"all of it" and whole.read(100) == b""
    broken = Body(io.BytesIO(b"half"), 9)
    assert broken.read(4) == b"half"
    with pytest.raises(Cancelled):
        broken.read(4)
