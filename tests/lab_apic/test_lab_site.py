"""The lab as a process of its own: up, status, down, kill -9, reset; nothing is left running."""

import os
import signal
import ssl
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from aci import query
from aci.mo import mo
from aci.session import Password, Session, Tls
from lab import site

LONG = 80.0
"""Seconds after which a lab that does not stop is killed in tests which tell the one from the other."""


@pytest.fixture
def home(tmp_path: Path):
    yield tmp_path / "lab"
    site.down(tmp_path / "lab")


def session(lab: site.LabSite) -> Session:
    return Session([lab.apic], Password(lab.user, lab.password), tls=Tls(ca=lab.ca_pem))


def runs(pid: int) -> bool:
    """Whether a process runs: one that has ended may still wait to be reaped."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_up_answers_quickly_over_verified_tls(home: Path, tmp_path: Path) -> None:
    site.up(home, tmp_path)
    site.down(home)
    started = time.monotonic()
    lab = site.up(home, tmp_path)
    assert time.monotonic() - started < 20  # about 0.3 s on an idle machine
    with session(lab) as client:
        assert client.get(query.of_class("fvTenant"))
        assert client.simulated


def test_up_twice_is_one_process_and_down_twice_is_fine(home: Path, tmp_path: Path) -> None:
    one, two = site.up(home, tmp_path), site.up(home, tmp_path)
    assert (one.pid, one.apic) == (two.pid, two.apic)
    assert site.status(home) == one
    site.down(home)
    site.down(home)
    assert site.status(home) is None
    assert not runs(one.pid)


def test_the_address_stays_when_its_port_is_free(home: Path, tmp_path: Path) -> None:
    first = site.up(home, tmp_path)
    site.down(home)
    assert site.up(home, tmp_path).apic == first.apic


def test_state_survives_kill_9_and_down(home: Path, tmp_path: Path) -> None:
    lab = site.up(home, tmp_path)
    with session(lab) as client:
        for n in range(20):
            client.post("uni", mo("fvTenant", mo("fvCtx", name="main"), name=f"t{n}"))
        os.kill(lab.pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while site.status(home) is not None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert site.status(home) is None
    with session(site.up(home, tmp_path)) as client:
        names = {item["name"] for item in client.get(query.of_class("fvTenant"))}
        assert {f"t{n}" for n in range(20)} <= names
    site.down(home)
    with session(site.up(home, tmp_path)) as client:
        assert client.get(query.mo("uni/tn-t7/ctx-main"))


def test_reset_begins_with_the_preset_again(home: Path, tmp_path: Path) -> None:
    lab = site.up(home, tmp_path)
    with session(lab) as client:
        client.post("uni", mo("fvTenant", name="mine"))
    site.reset(home)
    again = site.up(home, tmp_path)
    assert again.password == lab.password and again.ca_pem == lab.ca_pem
    with session(again) as client:
        assert "mine" not in {item["name"] for item in client.get(query.of_class("fvTenant"))}


def test_secrets_lie_in_private_files_and_in_no_log_or_argv(home: Path, tmp_path: Path) -> None:
    lab = site.up(home, tmp_path)
    with session(lab) as client:
        client.login()
    assert stat.S_IMODE(lab.state.stat().st_mode) == 0o700
    for path in lab.state.iterdir():
        if path.is_file() and path.name not in ("lock",):
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    assert lab.password not in (lab.state / "apic.log").read_text()
    assert lab.password not in " ".join(psutil.Process(lab.pid).cmdline())
    assert lab.password not in repr(lab)


def test_another_program_may_stop_it(home: Path, tmp_path: Path) -> None:
    lab = site.up(home, tmp_path)
    # It ends because it is asked: long before it would be killed.
    wait = f"site.STOP_TIMEOUT = {LONG}"
    code = f"from pathlib import Path; from lab import site; {wait}; site.down(Path({str(home)!r}))"
    started = time.monotonic()
    subprocess.run([sys.executable, "-c", code], check=True, cwd=site.ROOT, timeout=2 * LONG)
    assert time.monotonic() - started < LONG / 2
    assert site.status(home) is None
    deadline = time.monotonic() + 20
    while psutil.pid_exists(lab.pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not psutil.pid_exists(lab.pid)


def test_many_ups_at_once_make_one_lab(home: Path, tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        labs = list(pool.map(lambda _: site.up(home, tmp_path), range(4)))
    assert len({lab.pid for lab in labs}) == 1


def test_an_open_page_does_not_keep_it_from_stopping(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "STOP_TIMEOUT", LONG)
    lab = site.up(home, tmp_path)
    context = ssl.create_default_context(cadata=lab.ca_pem)
    with urllib.request.urlopen(f"https://{lab.apic}/lab/changes", context=context, timeout=5):
        started = time.monotonic()
        site.down(home)
        assert time.monotonic() - started < LONG / 2
    assert site.status(home) is None


def test_a_recycled_pid_is_not_taken_for_the_lab(home: Path, tmp_path: Path) -> None:
    lab = site.up(home, tmp_path)
    site.down(home)
    record = (lab.state / "process.json").read_text().replace(str(lab.pid), str(os.getpid()))
    (lab.state / "process.json").write_text(record)
    assert site.status(home) is None
    site.down(home)  # must not stop this test's own process


def test_a_lab_that_cannot_start_says_why(home: Path, tmp_path: Path) -> None:
    lab = site.up(home, tmp_path)
    site.down(home)
    (lab.state / "state.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(site.LabError, match="stopped while starting"):
        site.up(home, tmp_path)


def test_it_listens_on_loopback_alone(home: Path, tmp_path: Path) -> None:
    lab = site.up(home, tmp_path)
    listening = [c.laddr.ip for c in psutil.Process(lab.pid).net_connections("inet") if c.status == psutil.CONN_LISTEN]
    assert listening == ["127.0.0.1"]


def test_each_reply_carries_the_labs_header(home: Path, tmp_path: Path) -> None:
    lab = site.up(home, tmp_path)
    context = ssl.create_default_context(cadata=lab.ca_pem)
    for path in ("/api/class/fvTenant.json", "/lab/", "/nonsense"):
        try:
            with urllib.request.urlopen(f"https://{lab.apic}{path}", context=context) as reply:
                headers = reply.headers
        except urllib.error.HTTPError as error:
            headers = error.headers
        assert headers["X-Anchorage-Lab"] == "apic-simulator", path
