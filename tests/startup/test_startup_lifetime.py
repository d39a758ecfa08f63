"""What `./startup.sh` starts lives as long as it does: Ctrl-C ends all of it, the lab too."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import httpx
import psutil
import pytest

from lab import site, whole
from tests.nodes_lab import traces

pytestmark = pytest.mark.job


def words_of(process: psutil.Process) -> list[str]:
    """Its command line; none once it has ended."""
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:  # ZombieProcess is one, too
        return []


def started_by(home: Path) -> list[psutil.Process]:
    """Every process that works in this home, however it was detached."""
    found = []
    for process in psutil.process_iter():
        try:
            environ = process.environ()
            words = " ".join(process.cmdline())
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
        if environ.get("ANCHORAGE_HOME") == str(home) or str(home) in words:
            found.append(process)
    return found


def start(root: Path, home: Path) -> tuple[subprocess.Popen[str], str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    process = subprocess.Popen(
        [root / "startup.sh", port, "--lab"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "ANCHORAGE_HOME": str(home)},
        start_new_session=True,
    )
    for line in process.stdout or []:
        if "serves at" in line:
            return process, line.split()[-1]
    raise AssertionError("startup.sh ended before it served")


def is_ours(process: psutil.Process) -> bool:
    """The web process or the worker, and no part of the lab."""
    words = " ".join(words_of(process))
    return "gunicorn" in words or "webui." in words


def wait_until_gone(home: Path, seconds: float) -> list[psutil.Process]:
    until = time.monotonic() + seconds
    while (left := started_by(home)) and time.monotonic() < until:
        time.sleep(0.2)
    return left


def test_ctrl_c_ends_web_worker_and_lab(root: Path, tmp_path: Path) -> None:
    process, address = start(root, tmp_path)
    assert httpx.get(f"{address}/healthz").json() == {"status": "ok"}
    assert site.status(tmp_path / "lab") is not None
    kinds = " ".join(word for one in started_by(tmp_path) for word in words_of(one))
    assert all(part in kinds for part in ("gunicorn", "webui.worker", "lab.apic"))
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(30) == 0
    assert wait_until_gone(tmp_path, 5) == []
    assert traces(tmp_path / "lab") == set()


def test_a_worker_that_falls_starts_again(root: Path, tmp_path: Path) -> None:
    process, address = start(root, tmp_path)
    try:
        (worker,) = [one for one in started_by(tmp_path) if "webui.worker" in words_of(one)]
        worker.kill()
        until = time.monotonic() + 15
        while time.monotonic() < until:
            if any("webui.worker" in words_of(one) and one.pid != worker.pid for one in started_by(tmp_path)):
                break
            time.sleep(0.2)
        else:
            pytest.fail("no new worker within 15 s")
        assert httpx.get(f"{address}/healthz").status_code == 200
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(30)


def test_when_the_one_that_started_them_is_killed_they_end_too(root: Path, tmp_path: Path) -> None:
    process, _ = start(root, tmp_path)
    process.kill()
    process.wait(10)
    until = time.monotonic() + 20
    while (left := [one for one in started_by(tmp_path) if is_ours(one)]) and time.monotonic() < until:
        time.sleep(0.2)
    whole.down(tmp_path / "lab")  # its parts outlive whoever started them, and are found again
    assert left == []
    assert started_by(tmp_path) == [] and traces(tmp_path / "lab") == set()
