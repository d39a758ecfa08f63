"""Leaves that run, in a lab of their own, with a tree in this process. Taken down whatever happens."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from lab import fabric, machines
from lab.apic.core import Apic
from lab.apic.tree import Node
from lab.fabric import daemons
from lab.fabric.manager import Fabric
from lab.fabric.plan import speaker_name
from lab.machines import names, network
from tests.lab_fabric.anchored import TENANT, VRF, L3Out, post
from tests.lab_fabric.birds import Bird
from tests.nodes_lab import free_subnet

DOM = f"{TENANT}:{VRF}"
V6 = "2001:2:0:9::"


def need_leaves() -> None:
    """Skip, loudly, where leaves cannot run."""
    why = fabric.reasons()
    if why:
        pytest.skip(f"SKIPPED LOUDLY: {why[0]}")


@dataclass
class Live:
    """A lab whose network is up and whose tree is followed."""

    home: Path
    net: str
    apic: Apic
    leaves: Fabric
    out: L3Out
    birds: list[Bird] = field(default_factory=list)

    @property
    def virtual(self) -> str:
        """A load balancer's address."""
        return self.out.external.replace(".0/24", ".9")

    @property
    def gateway(self) -> str:
        return f"{self.net}.253"

    def bird(self, number: int, racks: tuple[int, ...], *announces: str, **more: Any) -> Bird:
        """A node that runs and peers with the leaves of its rack."""
        given = {"password": self.out.password, **more}
        leaves = tuple(f"{self.net}.{node}" for node in racks)
        made = Bird(self.home, f"{self.net}.{number}", self.gateway, leaves, announces, **given)
        self.birds.append(made)
        return made.up()

    def gone(self, *birds: Bird) -> None:
        """Nodes that end in order."""
        for bird in birds:
            bird.stop()
            bird.unplug()
            self.birds.remove(bird)

    def entry(self, node: int, address: str) -> Node | None:
        """The session's object."""
        found = [one for one in self.apic.tree.of_class("bgpPeerEntry") if f"/node-{node}/" in one.dn]
        return next((one for one in found if one.get("addr") == address), None)

    def is_up(self, node: int, address: str) -> bool:
        found = self.entry(node, address)
        return found is not None and found.get("operSt") == "established"

    def hops(self, node: int, prefix: str, version: int = 4) -> set[tuple[str, str]]:
        """(address, pref) of a route's next hops."""
        return {
            (one.get("addr").partition("/")[0], one.get("pref"))
            for one in self.apic.tree.of_class(f"uribv{version}Nexthop")
            if f"/node-{node}/" in one.dn and f"/rt-[{prefix}]/" in one.dn
        }

    def prefixes(self, node: int) -> set[str]:
        """Of all BGP routes that a leaf has."""
        found = [one for one in self.apic.tree.of_class("uribv4Nexthop") if f"/node-{node}/" in one.dn]
        return {one.dn.partition("/rt-[")[2].partition("]")[0] for one in found if one.get("owner") != "direct"}

    def connections(self, node: int) -> dict[str, str]:
        """Each session of a leaf by its connection: another one has another port."""
        found = [one for one in self.apic.tree.of_class("bgpPeerEntry") if f"/node-{node}/" in one.dn]
        return {
            one.get("addr"): f"{one.get('localPort')} {one.get('remotePort')}"
            for one in found
            if one.get("operSt") == "established"
        }

    def daemon(self, node: int, name: str = daemons.BGPD) -> int:
        found = daemons.pid(names.of(self.home), speaker_name("leaf", DOM, node), name)
        assert found is not None
        return found

    def holder(self) -> str:
        return str(self.leaves.status()["gateways"].get(f"{self.gateway}/24", "nobody")).split(".")[0]

    def alive(self) -> set[int]:
        return {leaf["node"] for leaf in self.leaves.status()["leaves"] if leaf["alive"]}


def until(true: Callable[[], object], patience: float = 30.0) -> float:
    """Wait; the seconds it took. Fails when it does not come true."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < patience, "it did not come true in time"
        time.sleep(0.02)
    return time.monotonic() - began


@contextmanager
def live(v6: str = "", *, revives: bool = True, **settings: Any) -> Iterator[Live]:
    """A lab with its leaves, without nodes."""
    need_leaves()
    with tempfile.TemporaryDirectory(prefix="anchorage-leaves-") as folder:
        home, net = Path(folder) / "lab", free_subnet()
        apic = Apic()
        # Of addresses that the installer reaches through leaves, the first lab of a machine has the routes.
        external = f"198.19.{int(net.rpartition('.')[2]) - 100}.0/24"
        out = L3Out(net, v6=v6, external=external, **settings)
        leaves = Fabric(apic, home, revives=revives)
        made = Live(home, net, apic, leaves, out)
        try:
            own = (f"{v6}/64", f"{v6}fd") if v6 else (None, None)
            network.up(home, f"{net}.0/24", f"{net}.253", *own)
            post(apic, out)
            leaves.start()
            until(lambda: made.alive() >= {101, 102, 201})
            yield made
        finally:
            made.leaves.stop()
            for bird in made.birds:
                bird.stop()
            machines.down(home)
            fabric.down(home)
