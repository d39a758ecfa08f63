"""The pages in a real browser: scripts under the strict policy, keyboard, themes, narrow windows, the followed log."""

from __future__ import annotations

import datetime as dt
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from components import add_components
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright
from rowsmaker import cluster, log, run
from sqlalchemy.orm import Session
from webtools import Browser

from webui import assets
from webui.clusters import run_stream
from webui.settings import load
from webui.store.models import Cluster, Event, Run, now

pytestmark = pytest.mark.browser
CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(scope="module", autouse=True)
def vendor() -> None:
    """Fonts and lists of others, as start-up makes them."""
    assets.build(load().cache, lambda _: None)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    if not Path(CHROMIUM).exists():
        pytest.skip("SKIPPED LOUDLY: no chromium on this machine: the pages are not looked at")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Complaints(list[str]):
    """What the browser complained about on any page."""


@pytest.fixture
def saved(app: Flask) -> list[dict[str, str]]:
    return add_components(app)


@pytest.fixture
def visit(
    chromium: Chromium, saved: list[dict[str, str]], server: str, signed_in: Callable[..., Browser]
) -> Iterator[Callable[..., Page]]:
    """`visit("/path", width=1280)`: a page of a signed-in operator. At the end no page has complained."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []
    cookie = signed_in("operator").client.get_cookie("anchorage")
    assert cookie

    def open_page(path: str, width: int = 1280, height: int = 900, **more: Any) -> Page:
        context = chromium.new_context(base_url=server, viewport={"width": width, "height": height}, **more)
        contexts.append(context)
        context.add_cookies([{"name": "anchorage", "value": cookie.value, "url": server}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"{path}: {error}"))
        page.on("console", lambda m: complaints.append(f"{path}: {m.text}") if m.type in ("error", "warning") else None)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def field(page: Page, path: str) -> Any:
    return page.locator(f'[id="{path}"]')


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


def test_help_follows_the_focus(visit: Callable[..., Page]) -> None:
    page = visit("/components")
    expect(page.get_by_role("heading", name="Tenant")).to_be_visible()
    field(page, "l3out.floating.v4").focus()
    expect(page.get_by_role("heading", name="Floating and secondary address")).to_be_visible()
    expect(page.locator('[data-topic="tenant"]')).to_be_hidden()


def test_enter_takes_a_proposal_and_clears_the_problem(visit: Callable[..., Page]) -> None:
    page = visit("/components")
    floating = field(page, "l3out.floating.v4")
    expect(page.get_by_text("An address is needed.")).to_be_visible()
    floating.focus()
    chip = page.locator('.prop[data-for="l3out.floating.v4"]')
    expect(chip.locator("kbd")).to_be_visible()
    page.keyboard.press("Enter")
    expect(floating).to_have_value("198.18.2.254")
    expect(chip).to_be_hidden()
    expect(page.get_by_text("An address is needed.")).to_be_hidden()
    expect(floating).not_to_have_attribute("aria-invalid", "true")
    expect(page.locator('[data-field="l3out.floating.v4"] [data-mark]')).to_have_text("Derived")
    assert page.url.endswith("/components"), "Enter did not send the form"


def test_enter_keeps_what_was_typed_and_marks_it(visit: Callable[..., Page]) -> None:
    page = visit("/components")
    field(page, "l3out.floating.v4").fill("198.18.2.240")
    expect(page.locator('[data-field="l3out.floating.v4"] [data-mark]')).to_have_text("Overridden")
    chip = page.locator('.prop[data-for="l3out.secondary.v4"]')
    expect(chip.locator("b")).to_be_visible()
    chip.click()
    expect(field(page, "l3out.secondary.v4")).to_have_value("198.18.2.253")


def test_rows_are_added_by_enter_and_removed_by_the_bin(
    visit: Callable[..., Page], saved: list[dict[str, str]]
) -> None:
    page = visit("/components")
    field(page, "l3out.anchors.2.pod").fill("2")
    page.keyboard.press("Tab")
    page.keyboard.type("103")
    page.keyboard.press("Enter")
    expect(field(page, "l3out.anchors.2.node")).to_have_value("103")
    expect(field(page, "l3out.anchors.3.pod")).to_be_focused()
    page.get_by_role("button", name="Remove row 1").click()
    expect(field(page, "l3out.anchors.0.node")).to_have_value("102")
    expect(field(page, "l3out.anchors.1.node")).to_have_value("103")
    expect(page.locator("[data-saved]")).to_contain_text("Draft saved")
    names = {name for name in saved[-1] if name.startswith("l3out.anchors.")}
    assert {name.split(".")[2] for name in names} == {"0", "1", "2"}, "numbers without gaps"


def test_rows_are_pasted_from_a_spreadsheet(visit: Callable[..., Page]) -> None:
    page = visit("/components", permissions=["clipboard-read", "clipboard-write"])
    sheet = "Pod\\tNode\\tRouter id\\tPrimary address\\tRack\\r\\n2\\t103\\t198.19.0.103\\t198.18.2.103\\tr2\\r\\n2\\t104\\t198.19.0.104\\t198.18.2.104\\tr2\\r\\n"  # noqa: E501
    page.evaluate(f'navigator.clipboard.writeText("{sheet}")')
    field(page, "l3out.anchors.2.pod").focus()
    page.keyboard.press("Control+V")
    expect(field(page, "l3out.anchors.2.node")).to_have_value("103")
    expect(field(page, "l3out.anchors.3.v4")).to_have_value("198.18.2.104")
    expect(field(page, "l3out.anchors.4.pod")).to_be_focused()
    page.evaluate('navigator.clipboard.writeText("198.18.2.199")')
    field(page, "l3out.anchors.0.v4").fill("")
    page.keyboard.press("Control+V")
    expect(field(page, "l3out.anchors.0.v4")).to_have_value("198.18.2.199")


def test_a_problem_of_a_row_is_mended_by_its_proposal(visit: Callable[..., Page]) -> None:
    page = visit("/components")
    expect(page.get_by_text("Leaf 101 already has this address.")).to_be_visible()
    page.get_by_role("button", name="Use 198.18.2.102").click()
    expect(field(page, "l3out.anchors.1.v4")).to_have_value("198.18.2.102")
    expect(field(page, "l3out.anchors.1.v4")).not_to_have_attribute("aria-invalid", "true")


def test_a_form_is_saved_as_it_is_typed_and_judged(
    visit: Callable[..., Page], app: Flask, saved: list[dict[str, str]]
) -> None:
    app.extensions["test answer"] = {
        "problems": [
            {"field": "l3out.node_subnet.v4", "severity": "blocking", "sentence": "Too small.", "remedy": "Use /24."},
            {"field": "l3out.anchors.0.v4", "severity": "blocking", "sentence": "Outside the subnet.", "remedy": ""},
        ],
        "proposals": {"l3out.anchors.0.v4": {"value": "198.18.2.7", "why": "next free"}},
        "summary": "2 problems on this page",
    }
    page = visit("/components", timezone_id="UTC")
    field(page, "l3out.node_subnet.v4").fill("198.18.2.0/31")
    expect(page.locator("[data-saved]")).to_have_text("Draft saved 11:04")
    assert len(saved) == 1 and saved[0]["l3out.node_subnet.v4"] == "198.18.2.0/31" and saved[0]["csrf_token"]
    expect(page.get_by_text("Too small. Use /24.")).to_be_visible()
    expect(page.get_by_text("An address is needed.")).to_be_hidden()
    expect(page.locator("tr.why")).to_contain_text("Outside the subnet.")
    expect(page.locator("[data-problem-count]")).to_contain_text("2 problems on this page")
    page.get_by_role("button", name="198.18.2.7").click()
    expect(field(page, "l3out.anchors.0.v4")).to_have_value("198.18.2.7")


def test_a_draft_is_saved_when_the_page_is_left_at_once(
    visit: Callable[..., Page], saved: list[dict[str, str]]
) -> None:
    page = visit("/components")
    field(page, "l3out.node_subnet.v4").fill("198.18.7.0/24")
    page.goto("/help")
    deadline = time.monotonic() + 5
    while not saved:
        assert time.monotonic() < deadline
        page.wait_for_timeout(50)
    assert saved[-1]["l3out.node_subnet.v4"] == "198.18.7.0/24"


def test_a_list_is_read_live_searched_and_follows_what_it_depends_on(visit: Callable[..., Page]) -> None:
    page = visit("/components")
    tenant = page.locator('[data-field="l3out.tenant"]')
    tenant.locator(".ts-control").click()
    expect(tenant.get_by_role("option")).to_have_count(3)
    expect(tenant.locator("[data-help-text]")).to_have_text("3 tenants on this fabric")
    page.keyboard.type("test")
    expect(tenant.get_by_role("option", name="k8s-test")).to_be_visible()
    page.keyboard.press("Enter")
    assert page.evaluate("""document.getElementById("l3out.tenant").value""") == "k8s-test"
    vrf = page.locator('[data-field="l3out.vrf"]')
    vrf.locator(".ts-control").click()
    expect(vrf.get_by_role("option", name="k8s-test/main")).to_be_visible()
    page.keyboard.press("Enter")
    assert page.evaluate("""document.getElementById("l3out.vrf").value""") == "k8s-test/main"


def test_an_unreachable_apic_is_said_and_typing_goes_on(visit: Callable[..., Page]) -> None:
    page = visit("/components")
    page.locator('[data-field="l3out.tenant"] .ts-control').click()
    page.get_by_role("option", name="common").click()
    vrf = page.locator('[data-field="l3out.vrf"]')
    vrf.locator(".ts-control").click()
    expect(vrf.locator("[data-help-text]")).to_have_text("The APIC does not answer. Check the address.")
    page.keyboard.type("common/own")
    page.keyboard.press("Tab")
    assert page.evaluate("""document.getElementById("l3out.vrf").value""") == "common/own"


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
    row.stages[1].state, row.stages[1].detail, row.state, row.ended = "failed", "1 object was refused", "failed", now()
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
    for _ in range(12):
        box.evaluate("(box) => { box.scrollTop = 0; }")
        page.wait_for_timeout(120)
    expect(page.locator('#log > div[data-n="1"]')).to_have_count(1)
    numbers = box.evaluate("(box) => [...box.children].map((line) => Number(line.dataset.n))")
    assert len(numbers) <= 2000 and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    for _ in range(12):
        box.evaluate("(box) => { box.scrollTop = box.scrollHeight; }")
        page.wait_for_timeout(120)
    numbers = box.evaluate("(box) => [...box.children].map((line) => Number(line.dataset.n))")
    assert numbers[-1] == 3700 and numbers == list(range(numbers[0], 3701))


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
    expect(page.locator("#log > div")).to_have_count(60, timeout=8000)
    numbers = page.locator("#log").evaluate("(box) => [...box.children].map((line) => Number(line.dataset.n))")
    assert numbers == list(range(1, 61))


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
