"""What every test may use: where shared material lies, and homes that nobody else uses."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


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
