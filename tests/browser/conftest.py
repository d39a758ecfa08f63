"""One `./startup.sh <port> --lab`, as a newcomer runs it, and a headless Chromium that looks at it."""

from __future__ import annotations

import dataclasses
import os
import re
import signal
import socket
import subprocess
import threading
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

FAILED = pytest.StashKey[bool]()


@dataclasses.dataclass(frozen=True)
class Served:
    """A running installer."""

    address: str
    password: str
    home: Path
    process: subprocess.Popen[str]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def read_until_served(process: subprocess.Popen[str]) -> str:
    """Everything that it printed up to its last line of greeting; fails when it ends before."""
    said = []
    # The cold build of the lab's parts takes minutes on two cores.
    watchdog = threading.Timer(900, process.kill)
    watchdog.start()
    try:
        for line in process.stdout or []:
            said.append(line)
            if line.startswith("Ctrl-C ends it"):
                return "".join(said)
    finally:
        watchdog.cancel()
    pytest.fail(f"startup.sh ended before it served:\n{''.join(said)}")


@pytest.fixture(scope="session")
def served(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("home")
    process = subprocess.Popen(
        [root / "startup.sh", str(free_port()), "--lab"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "ANCHORAGE_HOME": str(home)},
        start_new_session=True,
    )
    try:
        said = read_until_served(process)
        address = re.search(r"serves at (http\S+)", said)
        password = re.search(r"user admin, password (\S+)", said)
        assert address and password, said
        yield Served(address[1], password[1], home, process)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(60)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Lets the page's fixture know that its test failed."""
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


def show_what_it_saw(page: Page, served: Served, pictures: Path) -> None:
    """A failed test leaves a picture, the page's words and the ends of the logs."""
    picture = pictures / "failed.png"
    page.screenshot(path=picture, full_page=True)
    print(f"\n{page.url}, picture: {picture}\n{page.inner_text('body')[:3000]}")
    for log in sorted((served.home / "log").glob("*.log")):
        print(f"-- {log.name}\n" + "\n".join(log.read_text().splitlines()[-40:]))


@pytest.fixture
def page(chromium: Browser, served: Served, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Page]:
    """A page in a fresh profile; anything that the browser complains about fails the test."""
    context = chromium.new_context(base_url=served.address, viewport={"width": 1280, "height": 900})
    complaints: list[str] = []
    opened = context.new_page()
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield opened
    if request.node.stash.get(FAILED, False):
        show_what_it_saw(opened, served, tmp_path)
    context.close()
    # A form that is shown again with its problems is a 422, and Chromium reports every 4xx. Machines that boot bring
    # network interfaces: Chromium then opens its connections anew, and says so.
    expected = ("status of 422", "ERR_NETWORK_CHANGED")
    assert not [said for said in complaints if not any(word in said for word in expected)], complaints


@pytest.fixture
def signed_in(page: Page, served: Served) -> Page:
    page.goto("/")
    page.get_by_label("User").fill("admin")
    page.get_by_role("textbox", name="Password").fill(served.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Clusters").wait_for()
    return page
