"""The whole thread by clicking and typing: example, plan, apply to a green cluster, a leaf more and less, destroy."""

from __future__ import annotations

import re
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from lab import machines, site
from lab.machines import cgroups, names

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1500)]

PLAN, APPLY, RUN = 90_000, 60_000, 900_000
"""Patience in ms; what it takes is printed, not asserted."""

MASTERS, VIP = ("k8s-cp-1", "k8s-cp-2", "k8s-cp-3"), "198.18.2.252"
OF_MACHINES = ("Machines", "Hosts", "Control plane", "Workers", "Network", "Add-ons", "Verify")
MACHINES = not machines.reasons()
"""Whether the lab has machines here; without them a run makes the fabric alone and says so."""


def fill_in_example(page: Page) -> str:
    """A draft for the lab; its cluster's address."""
    page.goto("/clusters/new")
    page.get_by_role("button", name="Fill in an example").click()
    page.wait_for_url("**/review")
    return page.url.rsplit("/", 1)[0]


def plan(page: Page) -> str:
    """Plan on Review; the one sentence that says what would happen."""
    page.get_by_role("button", name="Plan changes", exact=True).click()
    expect(page.get_by_role("button", name="Apply this plan")).to_be_enabled(timeout=PLAN)
    return page.locator(".says .lead").inner_text()


def apply(page: Page) -> None:
    """Apply the plan that is shown and wait until the run is green."""
    page.get_by_role("button", name="Apply this plan").click()
    page.wait_for_url(re.compile(r"/runs/\d+"))
    expect(page.locator("h1 + .st, .head .st").first).to_contain_text("Succeeded", timeout=RUN)


def leaves_at_the_apic(page: Page, chromium: Browser, home_page: str) -> set[str]:
    """Leaves that the simulator's own page finds under the L3Out."""
    context = chromium.new_context(ignore_https_errors=True)
    other = context.new_page()
    other.goto(home_page)
    other.get_by_label("Find by DN or class").fill("l3extVirtualLIfP")
    # How many were found: the page has this line with its answer, not before.
    other.locator("#found p.empty").wait_for(timeout=30_000)
    found = set(re.findall(r"out-k8s-dc1/.*?node-(\d+)\]-\[vlan-310\]", other.locator("#found").inner_text()))
    context.close()
    return found


@pytest.fixture
def lab_page(served) -> Iterator[str]:  # type: ignore[no-untyped-def]
    running = site.status(served.home / "lab")
    assert running is not None, "startup.sh --lab started no lab"
    yield running.page


@pytest.fixture
def lab_home(served) -> Path:  # type: ignore[no-untyped-def]
    return Path(served.home) / "lab"


def running_machines(home: Path) -> int:
    return sum(one.running for one in machines.list(home))


@pytest.mark.timeout(1500)
def test_a_newcomer_goes_from_example_to_destroyed(
    signed_in: Page, chromium: Browser, lab_page: str, lab_home: Path
) -> None:
    page = signed_in
    cluster = fill_in_example(page)

    sentence = plan(page)
    assert sentence.startswith("Adds an L3Out with 3 anchor leaves; changes nothing that exists.")
    assert ("Makes 5 machines." in sentence) == MACHINES
    assert ("Installs Kubernetes 1.36.3 on 3 control-plane machines. Joins 2 workers." in sentence) == MACHINES
    page.get_by_text("Leaf 101 is added").wait_for()
    began = time.monotonic()
    apply(page)
    print(f"applied in {time.monotonic() - began:.0f} s")
    for stage in () if MACHINES else OF_MACHINES:
        expect(page.locator(".stages li", has_text=stage)).to_contain_text("left out")
    if MACHINES:
        it_is_proven(page, cluster)
    assert running_machines(lab_home) == (5 if MACHINES else 0)
    assert leaves_at_the_apic(page, chromium, lab_page) == {"101", "102", "201"}

    add_leaf_103(page, cluster)
    assert leaves_at_the_apic(page, chromium, lab_page) == {"101", "102", "103", "201"}

    remove_leaf_103(page, cluster)
    assert leaves_at_the_apic(page, chromium, lab_page) == {"101", "102", "201"}

    if MACHINES:
        the_api_outlives_a_machine(lab_home)
    destroy(page, cluster)
    assert leaves_at_the_apic(page, chromium, lab_page) == set()
    # The simulated vCenter forgets a machine at once; the lab takes some seconds to end all that runs on five.
    until = time.monotonic() + 60
    while running_machines(lab_home) and time.monotonic() < until:
        time.sleep(0.5)
    assert running_machines(lab_home) == 0


def it_is_proven(page: Page, cluster: str) -> None:
    """The cluster's page says what stands; its proof is green; the kubeconfig comes as a file."""
    page.goto(cluster)
    card = page.locator("#kubernetes")
    expect(card).to_contain_text("All green")
    expect(card).to_contain_text("1.36.3")
    assert page.locator("#machines").get_by_text("Ready", exact=True).count() == 5
    with page.expect_download() as download:
        card.get_by_role("button", name="kubeconfig").click()
    assert "server: https://198.18.2.252:8443" in Path(download.value.path()).read_text()
    card.get_by_role("link", name="All green").click()
    page.wait_for_url("**/verify")
    expect(page.get_by_role("heading", name="Verify k8s-dc1")).to_be_visible()


def the_api_outlives_a_machine(lab_home: Path) -> None:
    """The machine that holds the virtual address dies, without a word; two of three stay."""
    lab = names.of(lab_home)
    (holder,) = [name for name in MASTERS if VIP in addresses(lab.machine_namespace(name))]
    assert api_answers()
    cgroups.kill(lab.cgroup, holder)
    died = time.monotonic()
    while not api_answers():
        assert time.monotonic() < died + 60, f"the API is not back on {VIP} after {holder} died"
        time.sleep(0.1)
    print(f"the API was back on {VIP} {time.monotonic() - died:.1f} s after {holder} had died")


def addresses(namespace: str) -> str:
    line = ["ip", "-n", namespace, "-br", "-4", "address"]
    return subprocess.run(line, capture_output=True, text=True, check=True).stdout


def api_answers() -> bool:
    """Whether an API server that is ready stands behind the virtual address. Who it is was seen before."""
    try:
        with urlopen(f"https://{VIP}:8443/readyz", timeout=1, context=ssl._create_unverified_context()) as answer:
            return bool(answer.read() == b"ok")
    except OSError:
        return False


def change_leaves(page: Page, cluster: str) -> None:
    page.goto(cluster)
    page.get_by_role("link", name="Change leaves").click()
    page.wait_for_url("**/l3out**")


def add_leaf_103(page: Page, cluster: str) -> None:
    """Typed into the empty row, as the keyboard does it."""
    change_leaves(page, cluster)
    new = page.locator("#anchors tr.new, #anchors tbody tr:last-child").last
    for label, value in (
        ("Pod", "1"),
        ("Node", "103"),
        ("Router id", "198.19.0.103"),
        ("Primary address", "198.18.2.103"),
    ):
        new.get_by_label(re.compile(f"^{label}")).first.fill(value)
    new.get_by_label(re.compile("^Rack")).fill("r1")
    new.get_by_label(re.compile("^Rack")).press("Enter")
    expect(page.locator("#anchors tbody tr:not(.new):not(.why)")).to_have_count(4)
    page.get_by_role("link", name="Review").click()
    page.wait_for_url("**/review**")
    sentence = plan(page)
    assert "103" in sentence and "101" not in sentence, sentence
    groups = page.locator("details.grp > summary b").all_inner_texts()
    assert [title for title in groups if title != "Stays as it is"] == ["Leaf 103 is added"]
    if MACHINES:
        expect(page.locator(".worksteps")).to_contain_text("Adds the BGP peer leaf-103.")
    apply(page)


def remove_leaf_103(page: Page, cluster: str) -> None:
    change_leaves(page, cluster)
    row = page.locator("#anchors tbody tr", has=page.locator('input[value="103"]'))
    row.get_by_role("button", name=re.compile("^Remove")).click()
    expect(page.locator("#anchors tbody tr:not(.new):not(.why)")).to_have_count(3)
    page.get_by_role("link", name="Review").click()
    page.wait_for_url("**/review**")
    assert "Removes leaf 103" in plan(page)
    if MACHINES:
        expect(page.locator(".worksteps")).to_contain_text("Takes the BGP peer leaf-103 from the nodes.")
    groups = page.locator("details.grp > summary b").all_inner_texts()
    assert [title for title in groups if title != "Stays as it is"] == ["Leaf 103 is removed"]
    apply(page)


def destroy(page: Page, cluster: str) -> None:
    """Plans the removal, refuses another name, takes the right one."""
    page.goto(cluster)
    page.get_by_role("button", name="Destroy k8s-dc1").click()
    page.wait_for_url(re.compile(r"/runs/\d+"))
    confirm = page.get_by_label("Type k8s-dc1 to confirm")
    confirm.wait_for(timeout=PLAN)
    destroy_button = page.get_by_role("button", name="Destroy k8s-dc1")
    confirm.fill("k8s-dc2")
    expect(destroy_button).to_be_disabled()
    confirm.fill("k8s-dc1")
    destroy_button.click()
    expect(page.get_by_text("k8s-dc1 is gone.")).to_be_visible(timeout=RUN)
