"""The page of a run in a real browser: a log that is followed, scrolled and searched."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect
from rowsmaker import cluster, log, run
from sqlalchemy.orm import Session
from webtools import Browser

from webui.clusters import run_stream
from webui.store.models import Run, now

pytestmark = pytest.mark.browser


def test_the_page_of_a_run_follows_it_to_its_end(
    visit: Callable[..., Page], db: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_stream, "PAUSE", 0.05)
    row = run(db, cluster(db), "apply", "running")
    log(db, row, 5)
    page = visit(f"/runs/{row.id}")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    log(db, row, 100, start=6)
    expect(page.locator("#log > div")).to_have_count(105)
    expect(page.locator('#log > div[data-n="105"]')).to_be_in_viewport()
    expect(page.get_by_role("button", name=re.compile("Warnings 10"))).to_be_visible()
    fabric = next(one for one in row.stages if one.name == "fabric")
    fabric.state, fabric.detail, row.state, row.ended = "failed", "1 object was refused", "failed", now()
    row.failure = {"what": "VLAN 310 is refused.", "cause": "c", "remedy": "r", "retry": True}
    db.commit()
    expect(page.get_by_role("alert")).to_contain_text("VLAN 310 is refused.")
    expect(page.locator("#run-tag")).to_contain_text("Failed at Fabric")
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)
    expect(page.get_by_role("button", name="Resume from Fabric")).to_be_visible()


def test_scrolling_up_stops_following_and_loses_nothing(
    visit: Callable[..., Page], db: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_stream, "PAUSE", 0.05)
    row = run(db, cluster(db), "apply", "running")
    log(db, row, 3000)
    page = visit(f"/runs/{row.id}")
    box = page.locator("#log")
    box.evaluate("(box) => { box.scrollTop = box.scrollHeight / 2; }")
    expect(page.locator("#follow")).to_have_attribute("aria-pressed", "false")
    log(db, row, 700, start=3001)
    expect(page.locator("#newer")).to_have_text("700 newer lines")
    expect(page.locator('#log > div[data-n="3001"]')).to_have_count(0)
    page.locator("#newer").click()
    expect(page.locator('#log > div[data-n="3700"]')).to_be_in_viewport()
    expect(page.locator("#follow")).to_have_attribute("aria-pressed", "true")
    scroll(page, "0", 1)
    expect(page.locator('#log > div[data-n="1"]')).to_have_count(1)
    numbers = box.evaluate("(box) => [...box.children].map((line) => Number(line.dataset.n))")
    assert len(numbers) <= 2000 and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    scroll(page, "box.scrollHeight", 3700)
    expect(page.locator('#log > div[data-n="3700"]')).to_have_count(1)
    numbers = box.evaluate("(box) => [...box.children].map((line) => Number(line.dataset.n))")
    assert numbers[-1] == 3700 and numbers == list(range(numbers[0], 3701))


def scroll(page: Page, top: str, number: int) -> None:
    """Scroll to an end until a line of this number is there: the page reads a piece at a time."""
    for _ in range(100):
        if page.locator(f'#log > div[data-n="{number}"]').count():
            return
        page.locator("#log").evaluate(f"(box) => {{ box.scrollTop = {top}; }}")
        page.wait_for_timeout(120)


def test_search_and_level_see_the_whole_log(visit: Callable[..., Page], db: Session) -> None:
    row = run(db, cluster(db), "apply", "running")
    log(db, row, 3000)
    page = visit(f"/runs/{row.id}")
    page.get_by_role("searchbox").fill("line 12 of")
    expect(page.locator("#log > div")).to_have_count(1)
    page.get_by_role("searchbox").fill("")
    page.get_by_role("button", name=re.compile("Errors 60")).click()
    expect(page.locator("#log > div")).to_have_count(60)
    page.get_by_role("searchbox").fill("no such line")
    expect(page.get_by_text("No line fits.")).to_be_visible()


def test_a_dropped_connection_is_taken_up_where_it_was(
    visit: Callable[..., Page], db: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_stream, "PAUSE", 0.05)
    monkeypatch.setattr(run_stream, "LONGEST", 0.5)
    row = run(db, cluster(db), "apply", "running")
    page = visit(f"/runs/{row.id}")
    for start in range(1, 61, 20):
        log(db, row, 20, start=start)
        page.wait_for_timeout(900)
    expect(page.locator("#log > div")).to_have_count(60)
    numbers = page.locator("#log").evaluate("(box) => [...box.children].map((line) => Number(line.dataset.n))")
    assert numbers == list(range(1, 61))


def test_a_page_works_without_script(
    chromium: Chromium, server: str, signed_in: Callable[..., Browser], db: Session
) -> None:
    made = cluster(db)
    row = run(db, made, "apply", "running")
    log(db, row, 30)
    cookie = signed_in("operator", "plain").client.get_cookie("anchorage")
    context = chromium.new_context(base_url=server, java_script_enabled=False)
    context.add_cookies([{"name": "anchorage", "value": cookie.value, "url": server}])  # type: ignore[union-attr]
    page = context.new_page()
    page.goto(f"/runs/{row.id}")
    expect(page.locator("#log > div")).to_have_count(30)
    page.get_by_role("button", name=re.compile("Warnings")).click()
    expect(page.locator("#log > div")).to_have_count(3)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#run-tag")).to_have_text("Stopping")
    context.close()
    assert db.get_one(Run, row.id, populate_existing=True).state == "stopping"


def test_threads_of_streams_end_with_the_run(
    visit: Callable[..., Page], db: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_stream, "PAUSE", 0.05)
    row = run(db, cluster(db), "apply", "running")
    before = threading.active_count()
    page = visit(f"/runs/{row.id}")
    page.wait_for_timeout(300)
    row.state, row.ended = "succeeded", now()
    db.commit()
    expect(page.locator("#run-tag")).to_contain_text("Succeeded")
    page.wait_for_timeout(500)
    page.close()
    deadline = time.monotonic() + 8
    while threading.active_count() > before + 6:
        assert time.monotonic() < deadline, [thread.name for thread in threading.enumerate()]
        time.sleep(0.1)
