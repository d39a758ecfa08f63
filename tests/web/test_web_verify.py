"""The page of a verification: cells that lead to their cause, who may look again; the picture with its sessions."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session
from webtools import Browser

from tests import verify_scenes as scenes
from webui import spec as specs
from webui.clusters import verified
from webui.render.topology import topology
from webui.spec import ClusterSpec
from webui.store.models import Cluster, Run, now
from webui.verify import Report, Seen, judge

SPEC = scenes.spec_of(password="s3cret")


def broken(seen: Seen) -> Seen:
    """Leaf 101 with another password."""
    down = scenes.session_down(seen, 101)
    return scenes.answers(down, lambda one: one.target == "leaf 101 v4 bgp", "silent")


def report_of(change: Callable[[Seen], Seen] = lambda seen: seen, spec: ClusterSpec = SPEC) -> Report:
    wanted, seen = scenes.whole(spec)
    at = (dt.datetime.now(dt.UTC) - dt.timedelta(minutes=7)).isoformat()
    return judge(wanted, replace(change(seen), at=at))


def placed(db: Session, report: Report | None, outputs: dict[str, object] | None = None) -> Cluster:
    document = specs.secrets.split(specs.dump(SPEC))[0]
    stored = {"control plane": {}} if outputs is None else outputs
    if report:
        stored = stored | {"verify": report.to_json()}
    row = Cluster(name="k8s-dc1", site="lab", draft=document, applied=document, applied_at=now(), outputs=stored)
    db.add(row)
    db.commit()
    return row


def test_before_the_first_one_it_says_what_it_would_show(signed_in: Callable[..., Browser], db: Session) -> None:
    page = signed_in().get(f"/clusters/{placed(db, None).id}/verify").text
    assert "Nothing was verified yet" in page
    assert "Verify now" in page


def test_without_kubernetes_there_is_nothing_to_verify(signed_in: Callable[..., Browser], db: Session) -> None:
    page = signed_in().get(f"/clusters/{placed(db, None, {}).id}/verify").text
    assert "There is no cluster to verify" in page
    assert "Verify now" not in page


def test_a_green_cluster_is_green_in_words(signed_in: Callable[..., Browser], db: Session) -> None:
    page = signed_in().get(f"/clusters/{placed(db, report_of()).id}/verify").text
    for words in ("All green", "7 min ago", "3 of 3 eBGP", "Client outside", "anchorage-verify"):
        assert words in page
    assert 'data-copy="198.18.64.0/26"' in page
    assert "finding-1" not in page


def test_a_red_cell_leads_to_its_cause_and_the_cause_to_its_field(
    signed_in: Callable[..., Browser], db: Session
) -> None:
    row = placed(db, report_of(broken))
    page = signed_in().get(f"/clusters/{row.id}/verify").text
    assert "Leaf 101 has no session with k8s-cp-1, k8s-cp-2 and k8s-w-1." in page
    assert page.count('href="#finding-1"') == 3 + 7
    assert 'id="finding-1"' in page
    assert f'href="/clusters/{row.id}/l3out#l3out.bgp.password"' in page
    assert "s3cret" not in page


def test_what_was_not_asked_says_so(signed_in: Callable[..., Browser], db: Session) -> None:
    def unasked(seen: Seen) -> Seen:
        return replace(
            seen, cluster=None, workload=None, reaches=(), outside=(), unasked={"cluster": "No master answers."}
        )

    page = signed_in().get(f"/clusters/{placed(db, report_of(unasked)).id}/verify").text
    assert "Not all was asked" in page
    assert "No master answers." in page


def test_an_operator_looks_again_as_a_run_and_a_viewer_may_not(signed_in: Callable[..., Browser], db: Session) -> None:
    row = placed(db, report_of())
    path = f"/clusters/{row.id}/verify"
    viewer = signed_in("viewer")
    assert "<form" not in viewer.get(path).text.split("</header>")[1]
    assert viewer.post(path).status_code == 403
    answer = signed_in("operator").post(path)
    run = db.scalars(select(Run)).one()
    assert answer.location == f"/runs/{run.id}"
    assert run.action == "verify"
    assert [stage.name for stage in run.stages if stage.state == "waiting"] == ["verify"]


def test_the_report_is_a_file_too(signed_in: Callable[..., Browser], db: Session) -> None:
    row, browser = placed(db, report_of(broken)), signed_in("viewer")
    assert browser.get(f"/clusters/{row.id}/verify.json").json["green"] is False
    row.outputs = {"control plane": {}, "verify": {"an": "older one"}}
    db.commit()
    assert browser.get(f"/clusters/{row.id}/verify.json").status_code == 404
    assert "Nothing was verified yet" in browser.get(f"/clusters/{row.id}/verify").text


def test_a_dual_stack_cell_holds_both_families(signed_in: Callable[..., Browser], db: Session) -> None:
    spec = scenes.spec_of("lab-dual-stack.yaml")
    page = signed_in().get(f"/clusters/{placed(db, report_of(spec=spec)).id}/verify").text
    assert page.count('<span class="fam">v4</span>') == page.count('<span class="fam">v6</span>') == 8


def test_the_picture_tells_which_sessions_are_up() -> None:
    sessions = verified.sessions_of(report_of(broken))
    assert sessions
    assert sessions["k8s-w-1"] == {"101": False, "102": True}
    picture = topology(SPEC, sessions)
    assert [(leaf.title, leaf.up, leaf.all) for leaf in picture.leaves] == [
        ("Leaf 101", 0, 3),
        ("Leaf 102", 3, 3),
        ("Leaf 201", 2, 2),
    ]
    assert {machine.state for machine in picture.racks[0].machines} == {"part"}
    assert {machine.state for machine in picture.racks[1].machines} == {"up"}
    assert "5 of 8 pairs have their BGP sessions up. Down: Leaf 101 (3)." in picture.words
    assert "peer by BGP" in topology(SPEC, verified.sessions_of(None)).words


CONTRAST = Path(__file__).with_name("contrast.js").read_text()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_every_window_and_can_be_read(visit: Callable[..., Page], db: Session, scheme: str) -> None:
    row = placed(db, report_of(broken))
    page = visit(f"/clusters/{row.id}/verify", color_scheme=scheme)
    for width in (360, 768, 1280, 1600):
        page.set_viewport_size({"width": width, "height": 800})
        surplus = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert surplus == 0, width
    assert page.evaluate(CONTRAST) == []


@pytest.mark.browser
def test_a_red_cell_is_followed_by_keyboard(visit: Callable[..., Page], db: Session) -> None:
    page = visit(f"/clusters/{placed(db, report_of(broken)).id}/verify")
    cell = page.locator("#sessions td.hit a").first
    cell.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#finding-1")).to_be_in_viewport()
    assert page.url.endswith("#finding-1")
    expect(page.get_by_role("region", name="Sessions of nodes and leaves")).to_have_attribute("tabindex", "0")
    assert re.search(r"3\s+of 8|5\s+of 8", page.locator("nav.tiles").inner_text())
