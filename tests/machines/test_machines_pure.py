"""Names, routes that clash, apt's sources and the mirror's files: without a kernel."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from ipaddress import IPv4Network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab import machines
from lab.machines import debian, host, names, network, rootfs
from lab.machines.files import write_json
from lab.mirror import apt


@given(st.text(min_size=1, max_size=40).filter(lambda text: "\0" not in text and "/" not in text))
def test_names_fit_the_kernel_and_links_stay_in_their_range(name: str) -> None:
    lab = names.of(Path("/var") / name)
    assert len(lab.host_link) <= 15
    assert len(lab.port("m" * 63)) <= 15
    here, there = lab.links()
    assert here.network == there.network
    assert here.ip in IPv4Network("198.19.192.0/18")
    assert lab.links_v6()[0].network == lab.links_v6()[1].network


def test_two_homes_have_no_name_in_common(tmp_path: Path) -> None:
    one, other = names.of(tmp_path / "a"), names.of(tmp_path / "b")
    assert one.namespace != other.namespace
    assert one.host_link != other.host_link
    assert one.cgroup != other.cgroup


def test_a_machine_that_goes_while_machines_are_listed_is_no_error(tmp_path: Path) -> None:
    folder = tmp_path / "machines" / "vm-1"
    folder.mkdir(parents=True)
    note, key = folder / "machine.json", folder / "upper/etc/ssh/ssh_host_ed25519_key.pub"
    key.parent.mkdir(parents=True)
    known = machines.Machine("vm-1", "00:50:56:00:00:01", "198.18.2.1", 24, "198.18.2.254")
    enough = threading.Event()

    def come_and_go() -> None:
        while not enough.is_set():
            key.write_text("ssh-ed25519 AAAA vm-1")
            write_json(note, known.to_json())
            note.unlink()
            key.unlink()

    other = threading.Thread(target=come_and_go)
    other.start()
    try:
        seen = [len(machines.list(tmp_path)) for _ in range(2000)]
        while set(seen) != {0, 1}:  # the listing must have met it, and missed it
            seen.append(len(machines.list(tmp_path)))
    finally:
        enough.set()
        other.join()


def test_a_route_that_overlaps_is_found_and_the_default_is_not() -> None:
    routes = [
        {"dst": "default", "dev": "eth0"},
        {"dst": "198.18.2.0/25", "dev": "anch1"},
        {"dst": "10.0.0.1", "dev": "x"},
    ]
    assert network.clashing(["198.18.2.0/24"], routes) == [("198.18.2.0/24", "anch1")]
    assert network.clashing(["198.18.3.0/24", "2001:2::/48"], routes) == []


LISTING = """\
http://mirror.example.net/debian/ oldstable bookworm main
http://mirror.example.net/debian/ oldstable-updates bookworm-updates main
http://mirror.example.net/debian-security/ oldstable-security bookworm-security main
https://packages.example.net/apt bookworm bookworm main
http://mirror.example.net/debian/ stable trixie main
"""


def test_the_archives_of_the_release_are_taken_from_apt() -> None:
    assert [source.line for source in debian.configured(LISTING)] == [
        "deb http://mirror.example.net/debian bookworm main",
        "deb http://mirror.example.net/debian bookworm-updates main",
        "deb http://mirror.example.net/debian-security bookworm-security main",
    ]


def test_a_named_mirror_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(debian.MIRROR, "http://mirror.example.net/debian/")
    assert [source.line for source in debian.sources()] == ["deb http://mirror.example.net/debian bookworm main"]


def test_missing_tools_are_named_with_their_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("shutil.which", lambda command: None if command in ("mmdebstrap", "ip", "ss") else command)
    assert host.reasons()[0].endswith("Install them: apt install iproute2 mmdebstrap.")


def test_without_root_it_says_what_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert host.reasons() == [
        "The lab's machines and leaves are left out: they need root, and the lab runs without it."
    ]


def test_a_changed_file_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/a").write_text("one")
    before = rootfs.fingerprint(tmp_path)
    assert rootfs.fingerprint(tmp_path) == before
    (tmp_path / "etc/a").write_text("two")
    assert rootfs.fingerprint(tmp_path) != before


def test_a_release_file_lists_each_index_with_its_sum(tmp_path: Path) -> None:
    (tmp_path / "main").mkdir()
    (tmp_path / "main/Packages").write_text("")
    text = apt.release_file(tmp_path, "amd64", datetime(2026, 1, 2, tzinfo=UTC))
    assert "Date: Fri, 02 Jan 2026 00:00:00 GMT" in text
    assert text.endswith(" e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 0 main/Packages\n")
