"""Leaves of the simulator as a process: over REST, through its death, and to the end without a trace."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest

from aci.query import of_class
from aci.session import Password, Session, Tls
from lab import fabric, site, whole
from lab.machines import names, network
from lab.site import LabSite
from tests.lab_fabric.anchored import L3Out
from tests.lab_fabric.live import need_leaves, until
from tests.nodes_lab import free_subnet, traces


@dataclass
class Served:
    """The simulator, a session with it, and what was asked of it."""

    home: Path
    cache: Path
    out: L3Out
    lab: LabSite

    def session(self) -> Session:
        return Session([self.lab.apic], Password("admin", self.lab.password), tls=Tls(ca=self.lab.ca_pem))

    def leaves(self) -> set[int]:
        found = fabric.status(self.home) or {"leaves": []}
        return {leaf["node"] for leaf in found["leaves"] if leaf["alive"]}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """The APIC's simulator and the machines' network, without vCenter."""
    need_leaves()
    with tempfile.TemporaryDirectory(prefix="anchorage-site-") as folder:
        home, net = Path(folder) / "lab", free_subnet()
        try:
            lab = site.up(home, tmp_path / "cache")
            network.up(home, f"{net}.0/24", f"{net}.253")
            made = Served(home, tmp_path / "cache", L3Out(net, password="s3cret"), lab)
            with made.session() as session:
                for body in made.out.bodies():
                    session.post("uni", body)
            until(lambda: made.leaves() >= {101, 102, 201}, 30)
            yield made
        finally:
            whole.down(home)


def test_whoever_asks_the_controller_sees_the_leaves_and_nothing_is_left_in_the_end(served: Served) -> None:
    with served.session() as session:
        assert {one["asn"] for one in session.get(of_class("bgpPeer")) if one["peerType"] == "ebgp"} == {
            "65003",
            "65010",
        }
    page = json.load(urlopen(f"https://{served.lab.apic}/lab/leaves", context=Tls(ca=served.lab.ca_pem).context()))
    assert page["simulated"] is True
    assert len(page["leaves"]) == 5
    whole.down(served.home)
    assert traces(served.home) == set()
    assert not network.run_folder(names.of(served.home)).exists()
    assert not (served.home / "fabric").exists()


def test_a_killed_simulator_leaves_leaves_alive_and_the_next_one_finds_them(served: Served) -> None:
    before = _daemons(served.home)
    assert len(before) == 14
    os.kill(served.lab.pid, signal.SIGKILL)
    time.sleep(0.5)
    assert _daemons(served.home) == before
    served.lab = site.up(served.home, served.cache)
    with served.session() as session:
        until(lambda: any(one["operSt"] == "established" for one in session.get(of_class("bgpPeerEntry"))))
    assert _daemons(served.home) == before


def test_down_after_a_kill_leaves_nothing_behind(served: Served) -> None:
    os.kill(served.lab.pid, signal.SIGKILL)
    whole.down(served.home)
    assert traces(served.home) == set()


def test_what_leaves_see_is_not_stored(served: Served) -> None:
    site.down(served.home)
    text = b"".join(path.read_bytes() for path in (served.home / "apic").glob("state.db*"))
    assert b"l3extVirtualLIfP" in text
    assert b"bgpPeerEntry" not in text


def test_with_a_network_of_other_addresses_leaves_come_up_anew(served: Served) -> None:
    net = free_subnet()
    network.up(served.home, f"{net}.0/24", f"{net}.253")
    until(lambda: "\nv-" in _links(served.home), 30)  # the VLAN is another subnet's now: no segment of the lab
    until(lambda: served.leaves() >= {101, 102, 201}, 30)


def _links(home: Path) -> str:
    shown = ["ip", "-n", names.of(home).namespace, "-br", "link"]
    return subprocess.run(shown, capture_output=True, text=True, check=True).stdout


def _daemons(home: Path) -> set[int]:
    folder = network.run_folder(names.of(home))
    return {int(path.read_text()) for path in folder.glob("*/*.pid")}
