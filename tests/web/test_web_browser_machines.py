"""vCenter, machines, cluster and topology in a real browser, the simulated vCenter behind them."""

from __future__ import annotations

import time
import xml.etree.ElementTree as Xml
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from rowsmaker import document
from sqlalchemy.orm import Session

from lab import site as lab_site
from lab.vcenter import site as vcenter_site
from tests.vcenter_lookups.ova_files import OvaParts
from webui.settings import Settings, load
from webui.store.models import Cluster

pytestmark = pytest.mark.browser
OVERLAPS = """() => {
  const all = [...document.querySelectorAll("svg.topo-svg rect:not(.zone)")];
  const boxes = all.map((one) => one.getBoundingClientRect());
  let found = 0;
  boxes.forEach((a, n) => boxes.slice(n + 1).forEach((b) => {
    if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1) found += 1;
  }));
  return [boxes.length, found];
}"""
SIDEWAYS = "document.documentElement.scrollWidth - innerWidth"


def cluster(db: Session, leaves: int = 6, workers: int = 40, mode: str = "full") -> Cluster:
    """A draft with so many leaves, two a rack, and machines spread over the racks."""
    body = document(leaves=leaves) | {"mode": mode}
    for n, leaf in enumerate(body["l3out"]["anchors"]):
        leaf["rack"] = f"r{1 + n // 2}"
    racks = sorted({leaf["rack"] for leaf in body["l3out"]["anchors"]})
    rows = [{"name": f"k8s-w-{n}", "v4": f"198.18.2.{10 + n}", "rack": racks[n % len(racks)]} for n in range(workers)]
    control = [{"name": f"k8s-cp-{n}", "v4": f"198.18.2.{n}", "rack": racks[n % len(racks)]} for n in (1, 2, 3)]
    body["machines"] = {"control_plane": control, "workers": rows}
    row = Cluster(name="k8s-dc1", site="lab", draft=body, draft_version=1, visited=[])
    db.add(row)
    db.commit()
    return row


@pytest.fixture
def with_vcenter(settings: Settings) -> Iterator[vcenter_site.VCenterSite]:
    """The lab of this test's home: APIC and vCenter."""
    cache = load().cache
    lab_site.up(settings.lab_home, cache)
    yield vcenter_site.up(settings.lab_home, cache)
    vcenter_site.down(settings.lab_home)
    lab_site.down(settings.lab_home)


def draft(db: Session, row: Cluster) -> dict:
    db.refresh(row)
    return row.draft


def until(true: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it does not come true"
        time.sleep(0.1)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_43_machines_and_6_leaves_are_drawn_without_overlap(visit: Callable[..., Page], db: Session, theme) -> None:
    row = cluster(db)
    page = visit(f"/clusters/{row.id}/review#topology", width=1440, color_scheme=theme)
    expect(page.locator("svg.topo-svg")).to_be_visible()
    assert page.evaluate(OVERLAPS) == [43 + 6 + 1, 0]
    assert "43 machines" in (page.locator("svg.topo-svg").get_attribute("aria-label") or "")
    page.get_by_text("As a table").click()
    expect(page.get_by_role("rowheader", name="k8s-w-39")).to_be_visible()


def test_the_drawing_is_saved_as_a_file_that_needs_no_style_sheet(visit: Callable[..., Page], db, tmp_path) -> None:
    page = visit(f"/clusters/{cluster(db, 2, 2).id}")
    with page.expect_download() as download:
        page.get_by_role("button", name="SVG").click()
    download.value.save_as(tmp_path / "topology.svg")
    root = Xml.parse(tmp_path / "topology.svg").getroot()
    rects = [one for one in root.iter() if one.tag.endswith("rect")]
    assert len(rects) > 8 and all(one.get("fill") for one in rects)
    assert "k8s-cp-1" in (tmp_path / "topology.svg").read_text()


@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_scrolls_sideways(visit: Callable[..., Page], db: Session, width: int) -> None:
    row = cluster(db, 4, 6)
    for name in ("vcenter", "machines", "cluster", "review#topology", ""):
        page = visit(f"/clusters/{row.id}/{name}".rstrip("/"), width=width)
        page.wait_for_timeout(150)
        assert page.evaluate(SIDEWAYS) <= 0, name


def test_workers_are_pasted_from_a_table_and_saved(visit: Callable[..., Page], db: Session) -> None:
    row = cluster(db, 2, 0)
    page = visit(f"/clusters/{row.id}/machines")
    page.locator('[id="machines.workers.0.name"]').focus()
    page.evaluate(
        """(text) => {
          const data = new DataTransfer();
          data.setData("text/plain", text);
          const paste = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
          document.activeElement.dispatchEvent(paste);
        }""",
        "Host name\tAddress\tRack\nw-a\t198.18.2.20\tr1\nw-b\t198.18.2.21\tr1\nw-c\t198.18.2.300\tr9\n",
    )
    until(lambda: len(draft(db, row)["machines"].get("workers") or []) == 3)
    assert draft(db, row)["machines"]["workers"][0] == {"name": "w-a", "v4": "198.18.2.20", "rack": "r1"}
    why = page.locator('[id="machines.workers.2-e"]')
    expect(why).to_contain_text("198.18.2.300")
    expect(why).to_contain_text("Rack r9")
    expect(page.locator("#note-workers")).to_contain_text("1 with a problem")


def test_three_more_workers_come_by_one_click(visit: Callable[..., Page], db: Session) -> None:
    row = cluster(db, 2, 1)
    page = visit(f"/clusters/{row.id}/machines")
    page.get_by_label("Add workers").locator("input").fill("3")
    page.get_by_role("button", name="workers", exact=True).click()
    page.wait_for_url("**#machines.workers.1.name")
    expect(page.locator('[id="machines.workers.3.v4"]')).not_to_have_value("")
    assert len(draft(db, row)["machines"]["workers"]) == 4


def test_lists_follow_each_other_and_an_ova_becomes_the_template(
    visit: Callable[..., Page], db: Session, with_vcenter: vcenter_site.VCenterSite, tmp_path: Path
) -> None:
    row = cluster(db, 2, 2)
    page = visit(f"/clusters/{row.id}/vcenter", width=1440)
    page.get_by_role("button", name="Use the built-in lab").click()
    page.wait_for_url("**#place")
    expect(page.get_by_text("Has the privileges that machines need here")).to_be_visible()
    page.locator('[data-field="vcenter.datastore"] .ts-control').click()
    offered = page.locator('[data-field="vcenter.datastore"] .ts-dropdown .option')
    expect(offered.first).to_contain_text("free of")
    assert "ds-mgmt" not in " ".join(offered.all_inner_texts()), "only what the chosen cluster reaches"
    page.keyboard.press("Escape")

    (tmp_path / "image.ova").write_bytes(OvaParts().build())
    page.get_by_text("Upload a template").click()
    page.locator("#upload-name").fill("debian-from-browser")
    page.locator("#upload-file").set_input_files(tmp_path / "image.ova")
    page.locator("[data-upload-start]").click()
    expect(page.locator("#upload-state")).to_contain_text("templates/debian-from-browser", timeout=20_000)
    expect(page.locator('[id="vcenter.template"]')).to_have_value("templates/debian-from-browser")
    until(lambda: draft(db, row)["vcenter"]["template"] == "templates/debian-from-browser")


def test_what_is_no_ova_is_said_beside_the_file(
    visit: Callable[..., Page], db: Session, with_vcenter: vcenter_site.VCenterSite, tmp_path: Path
) -> None:
    row = cluster(db, 2, 2)
    page = visit(f"/clusters/{row.id}/vcenter")
    page.get_by_role("button", name="Use the built-in lab").click()
    page.wait_for_url("**#place")
    page.get_by_text("Upload a template").click()
    page.locator("[data-upload-start]").click()
    expect(page.locator("#upload-file-help")).to_have_text("Choose a file first.")
    (tmp_path / "image.ova").write_bytes(b"PK" + bytes(5000))
    page.locator("#upload-name").fill("x")
    page.locator("#upload-file").set_input_files(tmp_path / "image.ova")
    page.locator("[data-upload-start]").click()
    expect(page.locator("#upload-file-help")).to_contain_text("OVA", timeout=15_000)
    expect(page.locator("#upload-state")).to_contain_text("The upload failed", timeout=15_000)
