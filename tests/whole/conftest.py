"""The whole lab for a test: it ends with the test, whatever happens."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import whole
from tests.nodes_lab import need_machines
from tests.whole_lab import Whole


@pytest.fixture
def example() -> str:
    """What the spec begins as; a test may say another."""
    return "lab.yaml"


@pytest.fixture
def site(root: Path, example: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Whole]:
    need_machines()
    with tempfile.TemporaryDirectory(prefix="anchorage-whole-") as folder:
        made = Whole(Path(folder) / "home", root / "examples" / example)
        monkeypatch.setenv("ANCHORAGE_HOME", str(made.home))
        try:
            made.up()
            yield made
        finally:
            whole.down(made.lab_home)
