"""The stand-in's own Go tests: selectors, blocks, and its files against those that Calico's confd rendered."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from lab.mirror import sources

MODULE = "lab/calico/stand_in"


def test_its_go_tests_pass(root: Path, tmp_path: Path) -> None:
    go = shutil.which("go")
    if go is None:
        pytest.skip("SKIPPED LOUDLY: no Go on PATH: the Go parts' own tests did not run")
    environ = {**os.environ, "CALICO_SOURCE": str(sources.calico(tmp_path, print))}
    for command in (["vet", "./..."], ["test", "-v", "./..."]):
        done = subprocess.run(
            [go, *command], cwd=root / MODULE, env=environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert "SKIP" not in done.stdout
    assert done.stdout.count("--- PASS: TestItRendersWhatConfdRenders/") == 27


def test_it_is_formatted_and_its_files_are_short(root: Path) -> None:
    if shutil.which("gofmt") is None:
        pytest.skip("SKIPPED LOUDLY: no gofmt on PATH")
    formatted = subprocess.run(["gofmt", "-l", "."], cwd=root / MODULE, capture_output=True, text=True, check=True)
    assert formatted.stdout == ""
    long = {path.name: n for path in (root / MODULE).rglob("*.go") if (n := len(path.read_text().splitlines())) > 300}
    assert long == {}
