"""The command line on a home with the lab, in this process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from tests.lab_apic_server import Simulator
from tests.lab_home import lab_in
from webui.cli import main


class Anchorage:
    """Calls `anchorage` and keeps a spec file that tests change."""

    def __init__(self, home: Path, example: Path) -> None:
        self.home, self.file = home, home.parent / "spec.yaml"
        self.spec: dict[str, Any] = yaml.safe_load(example.read_text())

    def __call__(self, *words: str, stdin: str | None = None) -> Result:
        self.file.write_text(yaml.safe_dump(self.spec))
        return CliRunner().invoke(main, [str(self.file) if word == "SPEC" else word for word in words], input=stdin)

    def json(self, *words: str, code: int = 0) -> Any:
        result = self(*words, "--json")
        assert result.exit_code == code, result.output
        return json.loads(result.stdout)


@pytest.fixture
def anchorage(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Anchorage:
    home = tmp_path / "home"
    monkeypatch.setenv("ANCHORAGE_HOME", str(home))
    monkeypatch.delenv("ANCHORAGE_APIC_PASSWORD", raising=False)
    return Anchorage(home, root / "examples/lab.yaml")


@pytest.fixture
def lab(anchorage: Anchorage) -> Iterator[Simulator]:
    with lab_in(anchorage.home) as simulator:
        yield simulator
