"""The wizard by keyboard from an empty draft: lists from the APIC, nonsense told at its field, nothing lost."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

pytestmark = pytest.mark.browser


def choose(page: Page, label: str, value: str) -> None:
    """Search in a list that is read from the APIC, and take what fits."""
    box = page.get_by_role("combobox", name=label)
    box.click()
    box.press_sequentially(value)
    page.get_by_role("option").filter(has_text=value).first.click()


def at(page: Page, path: str) -> Locator:
    """The field of a place in the spec."""
    return page.locator(f'[id="{path}"]')


def saved(page: Page) -> None:
    """Wait until the autosave has answered."""
    page.wait_for_timeout(300)
    expect(page.get_by_text(re.compile("Draft saved"))).to_be_visible()
    page.wait_for_load_state("networkidle")


def begin(page: Page) -> str:
    page.goto("/clusters/new")
    page.get_by_role("button", name=re.compile("Begin|New cluster|empty", re.I)).first.click()
    page.wait_for_url("**/fabric")
    return page.url.rsplit("/", 1)[0]


def test_a_draft_is_typed_corrected_and_found_again(signed_in: Page, chromium: Browser) -> None:
    page = signed_in
    cluster = begin(page)
    page.get_by_label("Cluster name").fill("Typed Cluster")
    page.get_by_label("Built-in lab").check()
    expect(page.locator('[data-field="name"]')).to_contain_text(re.compile("lower-case|letters", re.I))
    page.get_by_label("Cluster name").fill("typed")
    page.get_by_role("button", name="Use the built-in lab").click()
    expect(page.get_by_text("Signed in by certificate")).to_be_visible()

    page.get_by_role("button", name=re.compile("^Next")).click()
    page.wait_for_url("**/l3out")
    choose(page, "Tenant", "k8s-prod")
    choose(page, "VRF", "k8s-prod/main")
    choose(page, "Physical domain", "phys-k8s")
    choose(page, "Contract", "common/k8s-permit")
    at(page, "l3out.vlan").fill("5000")
    at(page, "l3out.node_subnet.v4").fill("198.18.2.0/24")
    expect(page.locator('[data-field="l3out.vlan"]')).to_contain_text("4094")
    at(page, "l3out.vlan").fill("320")
    floating = page.locator('[data-field="l3out.floating.v4"]')
    expect(floating).to_contain_text("198.18.2.254")
    at(page, "l3out.floating.v4").focus()
    page.keyboard.press("Enter")
    expect(at(page, "l3out.floating.v4")).to_have_value("198.18.2.254")
    page.get_by_role("button", name=re.compile("101")).first.click()
    expect(page.locator("#anchors tbody tr:not(.new):not(.why)")).to_have_count(1)
    saved(page)

    # The browser is closed and another one opened: the draft is as it was typed.
    state = page.context.storage_state()
    later = chromium.new_context(base_url=page.url.split("/clusters")[0], storage_state=state)
    again = later.new_page()
    again.goto(f"{cluster}/l3out")
    expect(at(again, "l3out.vlan")).to_have_value("320")
    expect(at(again, "l3out.floating.v4")).to_have_value("198.18.2.254")
    again.goto(f"{cluster}/review")
    later.close()


def test_overlapping_subnets_are_told_with_a_link_to_the_field(signed_in: Page) -> None:
    page = signed_in
    page.goto("/clusters/new")
    page.get_by_role("button", name="Fill in an example").click()
    page.wait_for_url("**/review")
    cluster = page.url.rsplit("/", 1)[0]
    page.goto(f"{cluster}/network")
    at(page, "network.services.v4").fill("198.18.2.0/25")
    expect(page.locator('[data-field="network.services.v4"]')).to_contain_text(re.compile("overlap", re.I))
    saved(page)
    page.goto(f"{cluster}/review")
    expect(page.get_by_role("button", name="Plan changes", exact=True)).to_be_disabled()
    page.locator('a[href*="network#network.services.v4"]').first.click()
    page.wait_for_url("**/network**")
    expect(at(page, "network.services.v4")).to_be_focused()
    expect(at(page, "network.services.v4")).to_have_value("198.18.2.0/25")


def test_a_dead_apic_is_told_and_what_was_typed_is_kept(signed_in: Page) -> None:
    page = signed_in
    cluster = begin(page)
    page.get_by_label("Cluster name").fill("dead-apic")
    page.get_by_label("My APIC").check()
    at(page, "fabric.apics.0").fill("127.0.0.1:9")
    page.get_by_label("User", exact=True).fill("admin")
    page.get_by_role("textbox", name="Password").fill("not-used-anywhere")
    page.get_by_role("button", name="Sign in to the APIC").click()
    expect(page.get_by_role("alert")).to_contain_text(re.compile("reach|connect|refus", re.I))
    assert "not-used-anywhere" not in page.content()
    page.goto(f"{cluster}/fabric")
    expect(at(page, "fabric.apics.0")).to_have_value("127.0.0.1:9")
