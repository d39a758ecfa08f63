"""The list, the page of a cluster, the lab's card: what they show and what they let one do."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from rowsmaker import cluster, run
from sqlalchemy import select
from sqlalchemy.orm import Session
from webtools import Browser

from webui.clusters import lab_control
from webui.store.box import load_box
from webui.store.models import Audit, Cluster, Run


def test_the_first_page_says_what_to_do_first(signed_in: Callable[..., Browser]) -> None:
    page = signed_in("operator").get("/").text
    assert "No cluster yet" in page and "New cluster" in page and "Start the built-in lab" in page
    assert "Fill in an example" not in page, "no example without a lab"


def test_a_viewer_is_offered_nothing_that_is_refused(signed_in: Callable[..., Browser], db: Session) -> None:
    row = cluster(db, applied=True)
    viewer = signed_in("viewer")
    assert "<form" not in viewer.get("/").text.split("</header>")[1]
    assert "<form" not in viewer.get(f"/clusters/{row.id}").text.split("</header>")[1]


def test_the_list_shows_state_site_leaves_and_last_run(signed_in: Callable[..., Browser], db: Session) -> None:
    placed, real = cluster(db, applied=True), cluster(db, "edge", site="apic")
    run(db, placed, "apply", "succeeded")
    run(db, real, "apply", "failed")
    page = signed_in("viewer").get("/").text
    for words in ("2 on 2 sites. 1 needs a look.", "In place 1", "Needs a look 1", "Apply failed", "apic1.example.net"):
        assert words in page
    assert 'data-text="k8s-dc1 k8s-prod k8s-dc1 198.18.2.0/24' in page and "leaf 101" in page


def test_the_lab_is_marked_where_its_data_is(signed_in: Callable[..., Browser], db: Session) -> None:
    lab, real = cluster(db), cluster(db, "edge", site="apic")
    viewer = signed_in("viewer")
    mark = 'class="lab"'
    assert mark in viewer.get(f"/clusters/{lab.id}").text
    assert mark not in viewer.get(f"/clusters/{real.id}").text
    assert mark in viewer.get(f"/runs/{run(db, lab).id}").text


def test_the_page_of_a_cluster_has_addresses_to_copy(signed_in: Callable[..., Browser], db: Session) -> None:
    page = signed_in("operator").get(f"/clusters/{cluster(db, applied=True).id}").text
    for address in ("198.18.2.101", "198.18.2.253", "198.18.16.0/20"):
        assert f'data-copy="{address}"' in page
    assert "12 d 4 h" in page and "Change leaves" in page and "#l3out.anchors" in page


@pytest.mark.parametrize("name", [None, "<script>alert(1)</script>"])
def test_any_draft_has_a_page(signed_in: Callable[..., Browser], db: Session, name: str | None) -> None:
    row = cluster(db, name)
    row.draft = {"name": name, "l3out": {"anchors": "nonsense", "vlan": "<b>"}, "fabric": []}
    db.commit()
    answer = signed_in("operator").get(f"/clusters/{row.id}")
    assert answer.status_code == 200 and "<script>alert" not in answer.text


def test_the_spec_comes_as_a_file_without_secrets(signed_in: Callable[..., Browser], db: Session, settings) -> None:
    row = cluster(db, applied=True)
    row.sealed_draft_secrets = load_box(settings.key_file).seal({"l3out.bgp.password": "bgp-secret-4711"})
    row.sealed_applied_secrets = row.sealed_draft_secrets
    db.commit()
    answer = signed_in("viewer").get(f"/clusters/{row.id}/spec.yaml")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="k8s-dc1.yaml"'
    assert "node: 101" in answer.text and "4711" not in answer.text
    assert "4711" not in signed_in("operator").get(f"/clusters/{row.id}").text


def test_a_draft_is_discarded_after_its_name_was_typed(signed_in: Callable[..., Browser], db: Session) -> None:
    row, operator = cluster(db), signed_in("operator")
    for wrong in ("", "k8s-dc", "K8S-DC1"):
        answer = operator.post(f"/clusters/{row.id}/discard", {"confirm": wrong})
        assert answer.status_code == 400 and "The name does not match." in answer.text
    assert operator.post(f"/clusters/{row.id}/discard", {"confirm": "k8s-dc1"}).location == "/"
    assert db.scalars(select(Cluster.id)).all() == []
    assert ("operator", "discarded", "k8s-dc1") in [(a.user, a.action, a.target) for a in db.scalars(select(Audit))]


@pytest.mark.parametrize(
    ("applied", "last"), [(True, None), (False, "failed"), (False, "interrupted"), (False, "stopped")]
)
def test_what_may_be_on_the_fabric_is_not_discarded(
    signed_in: Callable[..., Browser], db: Session, applied: bool, last: str | None
) -> None:
    row = cluster(db, applied=applied)
    if last:
        run(db, row, "apply", last)
    answer = signed_in("operator").post(f"/clusters/{row.id}/discard", {"confirm": "k8s-dc1"})
    assert answer.status_code == 409 and "Destroy it first" in answer.text
    assert db.get(Cluster, row.id) is not None


def test_a_draft_with_a_run_going_on_is_not_discarded(signed_in: Callable[..., Browser], db: Session) -> None:
    row = cluster(db)
    run(db, row, "plan", "running")
    answer = signed_in("operator").post(f"/clusters/{row.id}/discard", {"confirm": "k8s-dc1"})
    assert answer.status_code == 409 and "A run of k8s-dc1 is going on." in answer.text


def test_destroy_begins_with_a_plan_of_the_removal(signed_in: Callable[..., Browser], db: Session) -> None:
    row = cluster(db, applied=True)
    answer = signed_in("operator").post(f"/clusters/{row.id}/destroy")
    made = db.scalars(select(Run)).one()
    assert (made.kind, made.action, made.state, made.requested_by) == ("plan", "destroy", "queued", "operator")
    assert answer.location == f"/runs/{made.id}"


def test_a_second_run_waits_for_the_first(signed_in: Callable[..., Browser], db: Session) -> None:
    row = cluster(db, applied=True)
    run(db, row, "apply", "running")
    answer = signed_in("operator").post(f"/clusters/{row.id}/drift")
    assert answer.status_code == 409 and "<h1>Run 1 of this cluster is running.</h1>" in answer.text


def test_drift_is_checked_by_a_plan(signed_in: Callable[..., Browser], db: Session) -> None:
    draft, placed, operator = cluster(db), cluster(db, "edge", applied=True), signed_in("operator")
    assert operator.post(f"/clusters/{draft.id}/drift").status_code == 409
    assert operator.post(f"/clusters/{placed.id}/drift").status_code == 302
    assert [(r.kind, r.action) for r in db.scalars(select(Run))] == [("plan", "apply")]


def test_the_sites_page_names_the_user_but_not_its_key(
    signed_in: Callable[..., Browser], db: Session, settings
) -> None:
    row = cluster(db, "edge", site="apic", applied=True)
    secret = {
        "user": "anchorage-edge",
        "cert_name": "c1",
        "private_key": "KEY-4711",
        "expires": "2027-02-12",
        "role": "x",
    }
    row.sealed_credential = load_box(settings.key_file).seal(secret)
    db.commit()
    page = signed_in("viewer").get("/sites").text
    assert "anchorage-edge" in page and "2027-02-12" in page and "4711" not in page


def test_the_lab_starts_from_its_button_and_says_how_far_it_is(
    signed_in: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    from lab import site
    from lab.providers import mirror

    go_on, has_said, said = threading.Event(), threading.Event(), "Building the lab's stand-in, once."

    def build(cache: object, say: Callable[[str], None]) -> None:
        say(said)
        has_said.set()
        assert go_on.wait(10)
        raise site.LabError("Port 4711 is taken. Stop what holds it.")

    monkeypatch.setattr(mirror, "build", build)
    monkeypatch.setattr(lab_control, "_start", None)
    operator = signed_in("operator")
    assert operator.post("/sites/lab/start", {"next": "/"}).location == "/"
    assert has_said.wait(10)
    part = operator.get("/sites/lab?in=list").text
    assert "The lab is starting" in part and "Building the lab" in part and "data-live" in part
    go_on.set()
    deadline = time.monotonic() + 20
    while "The lab did not start." not in (part := operator.get("/sites/lab").text):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert "Port 4711 is taken." in part and "data-live" not in part and "Start the lab" in part


def test_the_lab_is_not_stopped_under_a_run(signed_in: Callable[..., Browser], db: Session) -> None:
    run(db, cluster(db), "apply", "running")
    answer = signed_in("operator").post("/sites/lab/stop")
    assert answer.status_code == 409 and "Run 1 of k8s-dc1 works with the lab." in answer.text
