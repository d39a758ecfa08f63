"""The Go parts' own tests, their form, and that nothing but what is meant to is asked of the Go toolchain."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from lab.providers import toolchain

MODULES = ("lab/vcenter/simulator", "lab/providers/vsphere")


@pytest.mark.parametrize("module", MODULES)
def test_its_go_tests_pass(root: Path, module: str) -> None:
    go = shutil.which("go")
    if go is None:
        pytest.skip("SKIPPED LOUDLY: no Go on PATH: the Go parts' own tests did not run")
    for command in (["vet", "./..."], ["test", "./..."]):
        done = subprocess.run([go, *command], cwd=root / module, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    formatted = subprocess.run(["gofmt", "-l", "."], cwd=root / module, capture_output=True, text=True, check=True)
    assert formatted.stdout == ""


@pytest.mark.parametrize("module", MODULES)
def test_the_oldest_go_is_what_the_module_asks_for(root: Path, module: str) -> None:
    line = next(one for one in (root / module / "go.mod").read_text().splitlines() if one.startswith("go "))
    assert line == f"go {'.'.join(map(str, toolchain.OLDEST))}.0"


@pytest.mark.parametrize("module", MODULES)
def test_files_are_short(root: Path, module: str) -> None:
    long = {path.name: n for path in (root / module).rglob("*.go") if (n := len(path.read_text().splitlines())) > 350}
    assert long == {}
