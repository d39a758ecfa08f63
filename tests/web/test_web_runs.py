"""The page of a run, its event stream, its log."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from rowsmaker import cluster, log, run
from sqlalchemy.orm import Session
from webtools import Browser

from webui.clusters import run_stream
from webui.store.models import Event, Run, now

GONE = {
    "op": "destroy",
    "class": "l3extOut",
    "dn": "uni/tn-a/out-b",
    "rn": "out-b",
    "title": "L3Out b",
    "attributes": [],
}
DIFF = {
    "summary": {"add": 0, "change": 0, "destroy": 1, "keep": 0},
    "sentence": "Removes the L3Out.",
    "groups": [{"title": "L3Out", "objects": [GONE]}],
    "drift": [],
}


def parsed(stream: Iterator[bytes] | bytes) -> list[tuple[str, int | None, object]]:
    """(event, id, data) of a stream that ended."""
    text = (stream if isinstance(stream, bytes) else b"".join(stream)).decode()
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line and not line.startswith(":"))
        if "event" in fields:
            found.append((fields["event"], int(fields["id"]) if "id" in fields else None, json.loads(fields["data"])))
    return found


def lines_of(events: list[tuple[str, int | None, object]]) -> list[int]:
    return [line["n"] for kind, _, data in events if kind == "log" for line in data]  # type: ignore[attr-defined]


def test_the_stream_of_an_ended_run_gives_all_lines_and_ends(signed_in: Callable[..., Browser], db: Session) -> None:
    row = run(db, cluster(db), "apply", "succeeded")
    log(db, row, 1234)
    events = parsed(signed_in("viewer").get(f"/runs/{row.id}/events").data)
    assert lines_of(events) == list(range(1, 1235))
    assert [number for kind, number, _ in events if kind == "log"] == [500, 1000, 1234]
    assert events[-1][0] == "end"


def test_the_stream_goes_on_after_the_last_line_seen(signed_in: Callable[..., Browser], db: Session) -> None:
    row = run(db, cluster(db), "apply", "succeeded")
    log(db, row, 30)
    viewer = signed_in("viewer")
    assert lines_of(parsed(viewer.get(f"/runs/{row.id}/events", headers={"Last-Event-ID": "27"}).data)) == [28, 29, 30]
    assert lines_of(parsed(viewer.get(f"/runs/{row.id}/events?after=29").data)) == [30]
    assert lines_of(parsed(viewer.get(f"/runs/{row.id}/events?after=nonsense").data))[0] == 1


def test_the_stream_follows_a_run_to_its_end_without_loss(
    signed_in: Callable[..., Browser], db: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_stream, "PAUSE", 0.02)
    row = run(db, cluster(db), "apply", "running")
    viewer = signed_in("viewer")

    def work() -> None:
        for start in range(1, 301, 20):
            log(db, row, 20, start=start)
            time.sleep(0.01)
        row.state, row.ended = "succeeded", now()
        db.commit()

    worker = threading.Thread(target=work)
    worker.start()
    events = parsed(viewer.get(f"/runs/{row.id}/events").data)
    worker.join()
    assert lines_of(events) == list(range(1, 301))
    parts = [data["parts"] for kind, _, data in events if kind == "state"]  # type: ignore[index,call-overload]
    assert "Running" in parts[0]["tag"] and "Succeeded" in parts[-1]["tag"]
    assert all(len(later) < 6 for later in parts[1:]), "only what changed is sent again"


def test_a_silent_stream_shows_that_it_lives(
    signed_in: Callable[..., Browser], db: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_stream, "PAUSE", 0.01)
    monkeypatch.setattr(run_stream, "HEARTBEAT", 0.05)
    monkeypatch.setattr(run_stream, "LONGEST", 2.0)
    row = run(db, cluster(db), "apply", "running")
    text = signed_in("viewer").get(f"/runs/{row.id}/events").text
    assert text.count(": still here") >= 1
    assert "event: end" not in text, "the browser connects again and follows on"


def test_many_open_streams_leave_room_for_other_pages(
    server: str, signed_in: Callable[..., Browser], db: Session
) -> None:
    row = run(db, cluster(db), "apply", "running")
    cookie = signed_in("viewer").client.get_cookie("anchorage")
    assert cookie
    with contextlib.ExitStack() as stack:
        client = stack.enter_context(
            httpx.Client(base_url=server, cookies={"anchorage": cookie.value}, limits=httpx.Limits(), timeout=8)
        )
        for _ in range(25):
            stream = stack.enter_context(client.stream("GET", f"/runs/{row.id}/events"))
            assert next(stream.iter_text())
        assert client.get("/runs").status_code == 200


def test_the_page_holds_the_newest_500_lines_without_script(signed_in: Callable[..., Browser], db: Session) -> None:
    row = run(db, cluster(db), "apply", "running")
    log(db, row, 700)
    page = signed_in("viewer").get(f"/runs/{row.id}").text
    assert page.count('data-n="') == 500 and 'data-n="700"' in page and 'data-n="200"' not in page
    assert 'data-last="700"' in page and 'data-count="all">700' in page
    assert 'data-count="warning">70<' in page and 'data-count="error">14<' in page


def test_level_and_search_work_without_script(signed_in: Callable[..., Browser], db: Session) -> None:
    row = run(db, cluster(db), "apply", "running")
    log(db, row, 700)
    viewer = signed_in("viewer")
    assert viewer.get(f"/runs/{row.id}?level=error").text.count('data-n="') == 14
    found = viewer.get(f"/runs/{row.id}?q=LINE 12").text
    assert found.count('data-n="') == 11 and 'data-n="12"' in found
    assert "No line fits." in viewer.get(f"/runs/{row.id}?q=50%25").text


def test_lines_are_read_in_both_directions(signed_in: Callable[..., Browser], db: Session) -> None:
    row = run(db, cluster(db), "apply", "succeeded")
    log(db, row, 300)
    viewer = signed_in("viewer")

    def numbers(query: str) -> list[int]:
        return [line["n"] for line in viewer.get(f"/runs/{row.id}/lines?{query}").get_json()["lines"]]

    assert numbers("before=200&limit=3") == [197, 198, 199]
    assert numbers("after=200&limit=3") == [201, 202, 203]
    assert numbers("level=error&limit=2") == [250, 300]
    assert numbers("level=warning&before=41&limit=2") == [30, 40]
    assert len(numbers("limit=100000")) == 300


def test_the_whole_log_comes_as_a_file(signed_in: Callable[..., Browser], db: Session) -> None:
    row = run(db, cluster(db), "apply", "succeeded")
    log(db, row, 5000)
    answer = signed_in("viewer").get(f"/runs/{row.id}/log.txt")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="k8s-dc1-run-1.log"'
    lines = answer.text.splitlines()
    assert len(lines) == 5000 and "line 5000 of the log" in lines[-1]


def test_a_failure_says_what_why_and_where_to_mend_it(signed_in: Callable[..., Browser], db: Session) -> None:
    failure = {
        "what": "VLAN 310 is refused.",
        "cause": "It is not in the pool.",
        "remedy": "Choose another.",
        "field": "l3out.vlan",
        "page": "l3out",
        "retry": False,
    }
    made = cluster(db)
    row = run(db, made, "apply", "failed", failure=failure)
    page = signed_in("operator").get(f"/runs/{row.id}").text
    for words in (
        "VLAN 310 is refused.",
        "It is not in the pool.",
        "Choose another.",
        "Resume from Fabric",
        "Failed at Fabric",
    ):
        assert words in page
    assert f'/clusters/{made.id}/l3out#l3out.vlan"' in page
    assert 'value="27"' in page and "100 %" not in page


def test_only_the_newest_run_can_be_resumed(signed_in: Callable[..., Browser], db: Session) -> None:
    made = cluster(db)
    old = run(db, made, "apply", "failed")
    new = run(db, made, "apply", "failed")
    operator = signed_in("operator")
    assert "Resume from" not in operator.get(f"/runs/{old.id}").text
    assert operator.post(f"/runs/{old.id}/resume").status_code == 409
    answer = operator.post(f"/runs/{new.id}/resume")
    assert answer.status_code == 302 and answer.location != f"/runs/{new.id}"


def test_stop_is_there_while_it_runs_and_works(signed_in: Callable[..., Browser], db: Session) -> None:
    row = run(db, cluster(db), "apply", "running")
    operator = signed_in("operator")
    assert f'action="/runs/{row.id}/stop"' in operator.get(f"/runs/{row.id}").text
    assert operator.post(f"/runs/{row.id}/stop").status_code == 302
    db.expire_all()
    assert db.get_one(Run, row.id).state == "stopping"
    row.state, row.ended = "stopped", now()
    db.commit()
    page = operator.get(f"/runs/{row.id}").text
    assert f'action="/runs/{row.id}/stop"' not in page and "Stopped on request" in page


def test_a_removal_is_applied_after_the_name_was_typed(signed_in: Callable[..., Browser], db: Session) -> None:
    made = cluster(db, applied=True, site="apic")
    plan = run(db, made, "plan", "succeeded", action="destroy", diff=DIFF, plan_digest="a" * 64)
    operator = signed_in("operator")
    page = operator.get(f"/runs/{plan.id}").text
    assert "uni/tn-a/out-b" in page and "Removes the L3Out." in page and 'name="admin_password"' in page
    assert operator.post(f"/runs/{plan.id}/apply", {"confirm": "edge"}).status_code == 400
    answer = operator.post(f"/runs/{plan.id}/apply", {"confirm": "k8s-dc1", "admin_password": "apic-4711"})
    applied = db.get_one(Run, int(answer.location.rsplit("/", 1)[1]))
    assert (applied.kind, applied.action, applied.plan_id) == ("apply", "destroy", plan.id)
    assert "4711" not in (applied.sealed_secrets or "") and "4711" not in operator.get(answer.location).text


def test_the_lab_needs_no_password_for_a_removal(signed_in: Callable[..., Browser], db: Session) -> None:
    plan = run(db, cluster(db, applied=True), "plan", "succeeded", action="destroy", diff=DIFF, plan_digest="a" * 64)
    assert 'name="admin_password"' not in signed_in("operator").get(f"/runs/{plan.id}").text


def test_a_plan_leads_to_its_review(signed_in: Callable[..., Browser], db: Session) -> None:
    made = cluster(db)
    plan = run(db, made, "plan", "succeeded", diff=DIFF, plan_digest="a" * 64)
    page = signed_in("operator").get(f"/runs/{plan.id}").text
    assert f'href="/clusters/{made.id}/review"' in page and "Review and apply" in page
    made.draft_version += 1
    db.commit()
    stale = signed_in("operator", "other").get(f"/runs/{plan.id}").text
    assert "The draft was changed after this plan was made." in stale and "Review and apply" not in stale


def test_a_plan_without_changes_says_that_all_agrees(signed_in: Callable[..., Browser], db: Session) -> None:
    quiet = {"summary": {"add": 0, "change": 0, "destroy": 0, "keep": 54}, "sentence": "Changes nothing.", "groups": []}
    plan = run(db, cluster(db, applied=True), "plan", "succeeded", diff=quiet, plan_digest="a" * 64)
    page = signed_in("operator").get(f"/runs/{plan.id}").text
    assert "Fabric and spec agree." in page and "Review and apply" not in page


def test_log_text_is_never_taken_for_markup(signed_in: Callable[..., Browser], db: Session) -> None:
    row = run(db, cluster(db), "apply", "running")
    db.add(Event(run_id=row.id, n=1, text='<img src=x onerror="alert(1)">'))
    db.commit()
    page = signed_in("viewer").get(f"/runs/{row.id}").text
    assert "<img" not in page and "&lt;img" in page


def test_the_list_shows_every_run_by_pages(signed_in: Callable[..., Browser], db: Session) -> None:
    made = cluster(db)
    for _ in range(55):
        run(db, made, "plan", "failed")
    viewer = signed_in("viewer")
    first, second = viewer.get("/runs").text, viewer.get("/runs?page=2").text
    assert "Page 1 of 2" in first and first.count("Failed at Fabric") == 50 and second.count("Failed at Fabric") == 5
