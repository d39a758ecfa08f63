"""What every test may use: where shared material lies, and homes that nobody else uses."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# How fast a machine is, is no property of the code: on a busy one the defaults of these fail tests that hold.
settings.register_profile("anchorage", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("anchorage")
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The directory of schemas and captured requests beside the checkout; its tests are skipped where it is absent."""
    shared = ROOT.parent / "shared"
    if not (shared / "data").is_dir():
        pytest.skip("SKIPPED LOUDLY: no shared/data beside this checkout: nothing is compared with real clients")
    return shared


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One headless Chromium for the whole session: Playwright allows one synchronous driver at a time."""
    if CHROMIUM is None:
        pytest.skip("SKIPPED LOUDLY: no chromium on this machine: the pages are not looked at")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()
