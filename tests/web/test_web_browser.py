"""The pages in a real browser: the strict policy, fonts, themes, keyboard, contrast, narrow windows."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from rowsmaker import cluster, log, run
from sqlalchemy.orm import Session

from webui.store.models import Cluster, Event

pytestmark = pytest.mark.browser


def test_no_page_complains_or_scrolls_sideways(visit: Callable[..., Page], db: Session) -> None:
    made = cluster(db, applied=True)
    row = run(db, made, "apply", "running")
    log(db, row, 60)
    paths = ["/", "/runs", "/sites", "/help", "/account", f"/clusters/{made.id}", f"/runs/{row.id}", "/components"]
    page = visit("/", width=360, height=780)
    for width in (360, 768, 1280, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        for path in paths:
            page.goto(path)
            surplus = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert surplus == 0, f"{path} at {width}: {surplus} px too wide"


def test_fonts_come_from_here(visit: Callable[..., Page]) -> None:
    page = visit("/help")
    page.evaluate("document.fonts.ready")
    assert page.evaluate("""document.fonts.check('13px "Inter Variable"')""")
    hosts = page.evaluate("performance.getEntriesByType('resource').map((entry) => new URL(entry.name).host)")
    assert set(hosts) == {re.sub(r"https?://([^/]+).*", r"\1", page.url)}


def test_the_theme_follows_the_system_until_it_is_chosen_and_then_stays(visit: Callable[..., Page]) -> None:
    page = visit("/help", color_scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(14, 18, 23)"
    page.get_by_role("button", name="Switch between light and dark").click()
    assert page.evaluate(ground) == "rgb(245, 246, 248)"
    page.goto("/runs")
    assert page.evaluate(ground) == "rgb(245, 246, 248)"


def test_a_copy_button_copies_and_says_so(visit: Callable[..., Page], db: Session) -> None:
    page = visit(f"/clusters/{cluster(db, applied=True).id}", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy 198.18.2.253").first.click()
    expect(page.locator("#announcer")).to_have_text("Copied 198.18.2.253")
    assert page.evaluate("navigator.clipboard.readText()") == "198.18.2.253"


def test_times_are_the_readers_with_the_exact_one_on_hover(visit: Callable[..., Page], db: Session) -> None:
    row = run(db, cluster(db), "apply", "succeeded")
    at = row.started
    page = visit(f"/runs/{row.id}", timezone_id="Asia/Kolkata", locale="en-GB")
    shown = page.locator(".head time").first
    expect(shown).to_have_text((at + dt.timedelta(hours=5, minutes=30)).strftime("%H:%M:%S"))
    assert re.search(r"\d{4}, \d\d:\d\d:\d\d (IST|GMT\+5:30)", shown.get_attribute("title") or "")


def test_a_cluster_is_found_and_filtered(visit: Callable[..., Page], db: Session) -> None:
    cluster(db, "edge", applied=True)
    cluster(db, "k8s-dc2")
    page = visit("/")
    rows = page.locator("#clusters tbody tr:visible")
    expect(rows).to_have_count(2)
    page.get_by_role("searchbox").fill("edge")
    expect(rows).to_have_count(1)
    page.get_by_role("searchbox").fill("leaf 102")
    expect(rows).to_have_count(2)
    page.get_by_role("button", name="Drafts 1").click()
    expect(rows).to_have_count(1)
    page.get_by_role("searchbox").fill("nothing like it")
    expect(page.get_by_text("No cluster fits.")).to_be_visible()


def test_a_draft_is_discarded_only_after_its_name(visit: Callable[..., Page], db: Session) -> None:
    made = cluster(db)
    page = visit(f"/clusters/{made.id}")
    page.get_by_text("Discard this draft").first.click()
    button = page.get_by_role("button", name="Discard this draft")
    expect(button).to_be_disabled()
    page.get_by_label("Type k8s-dc1 to confirm").fill("k8s-dc1")
    button.click()
    expect(page.get_by_text("k8s-dc1 is discarded.")).to_be_visible()
    assert db.query(Cluster).count() == 0


def test_everything_is_reached_by_keyboard(visit: Callable[..., Page], db: Session) -> None:
    cluster(db, applied=True)
    page = visit("/")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == "k8s-dc1":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="k8s-dc1")).to_be_visible()


CONTRAST = Path(__file__).with_name("contrast.js").read_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast_aa(visit: Callable[..., Page], db: Session, scheme: str) -> None:
    made = cluster(db, applied=True)
    failed = run(db, made, "apply", "failed", failure={"what": "w", "cause": "c", "remedy": "r", "retry": True})
    db.add(Event(run_id=failed.id, n=1, level="warning", text="x"))
    db.add(Event(run_id=failed.id, n=2, level="error", text="x"))
    db.commit()
    going = run(db, cluster(db, "edge", site="apic"), "apply", "running")
    page = visit("/", color_scheme=scheme)
    runs = [f"/runs/{failed.id}", f"/runs/{going.id}"]
    for path in ("/", "/runs", "/sites", "/help", f"/clusters/{made.id}", *runs, "/components"):
        page.goto(path)
        assert page.evaluate(CONTRAST) == [], path
    page.evaluate("document.querySelector('h1').style.color = '#777'")
    assert len(page.evaluate(CONTRAST)) == 1, "the measure sees a grey heading"
