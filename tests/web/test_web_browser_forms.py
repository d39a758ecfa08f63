"""Forms in a real browser: help, proposals, rows, lists, saving while one types."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def field(page: Page, path: str) -> Any:
    return page.locator(f'[id="{path}"]')


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
    # That may be of an earlier state.
    until = time.monotonic() + 20
    while not saved or saved[-1].get("l3out.anchors.1.node") != "103":
        assert time.monotonic() < until, "the rows as they are now are not saved"
        time.sleep(0.05)
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
