"""`./startup.sh`: what it says when it cannot start, each in one sentence without a trace."""

from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path

import pytest


def start(root: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the script to its end with a small environment."""
    kept = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent", **environ}
    return subprocess.run(
        [root / "startup.sh", *arguments], capture_output=True, text=True, timeout=120, env=kept, check=False
    )


def one_sentence(run: subprocess.CompletedProcess[str]) -> str:
    assert run.returncode != 0
    assert "Traceback" not in run.stdout + run.stderr
    return run.stderr.strip().splitlines()[-1]


def test_it_says_its_usage_without_a_port(root: Path) -> None:
    assert "usage: ./startup.sh <port>" in one_sentence(start(root))


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_it_refuses_what_is_no_port(root: Path, port: str, tmp_path: Path) -> None:
    assert port in one_sentence(start(root, port, ANCHORAGE_HOME=str(tmp_path)))


def test_a_taken_port_is_named_with_another_to_try(root: Path, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = one_sentence(start(root, str(port), ANCHORAGE_HOME=str(tmp_path)))
    assert f"Port {port}" in said
    assert f"./startup.sh {port + 1}" in said
    assert not list(tmp_path.iterdir()), "nothing is prepared before the port is known to be free"


@pytest.fixture
def bare_copy(root: Path, tmp_path: Path) -> Path:
    """Just what startup.sh needs to prepare its environment, without one."""
    for name in ("startup.sh", "tools/environment.sh", "requirements.lock", "pyproject.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(root / name, tmp_path / name)
    return tmp_path


def test_an_old_python_is_told_by_version(bare_copy: Path) -> None:
    old = bare_copy / "bin" / "python3"
    old.parent.mkdir()
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && { echo Python 3.9.2; exit 0; }\nexit 1\n')
    old.chmod(0o755)
    for name in ("bash", "dirname"):
        (old.parent / name).symlink_to(shutil.which(name) or name)
    said = one_sentence(start(bare_copy, "5001", PATH=str(old.parent)))
    assert "Python 3.11 or newer is needed; this machine has Python 3.9.2" in said


def test_an_unreachable_registry_says_so(bare_copy: Path) -> None:
    said = one_sentence(
        start(
            bare_copy,
            "5001",
            PIP_INDEX_URL="http://127.0.0.1:9/simple",
            PIP_RETRIES="0",
            PIP_NO_CACHE_DIR="1",
            PIP_FIND_LINKS="",
            PIP_CONFIG_FILE="/dev/null",
        )
    )
    assert "Is a package registry reachable from here?" in said
    assert "PIP_INDEX_URL" in said
