"""Shared addresses: one leaf at a time has each, the lab's bridge where no leaf does; whoever takes one over says so.

On a real fabric all anchors have the address, with one MAC; here it moves within a second of its holder's end.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from ipaddress import ip_interface, ip_network
from pathlib import Path

from lab.fabric import space
from lab.fabric.plan import Gateway, Plan
from lab.machines.command import run, succeeds
from lab.machines.errors import LabError
from lab.machines.names import SEGMENT, Names
from lab.machines.network import Segment, leaf_namespace, on_link

ANNOUNCE = Path(__file__).with_name("announce.py")
LAB = ""
"""Stands for the lab itself among holders."""


class Gateways:
    """Who holds which shared address now."""

    def __init__(self, lab: Names) -> None:
        self._lab = lab
        self.holders: dict[str, str] = {}

    def settle(self, plan: Plan, segment: Segment, is_alive: Callable[[str, str], bool]) -> None:
        """Give each address to a living leaf, the present one if it may; the segment's own also to the lab."""
        wanted = {gateway.address: gateway for gateway in plan.gateways}
        for address in _own(segment):
            wanted.setdefault(address, Gateway(SEGMENT, address, ()))
        for gateway in wanted.values():
            now = self.holders.get(gateway.address)
            living = [(name, port) for name, port in gateway.holders if is_alive(name, port)]
            chosen = next((one for one in living if one[0] == now), living[0] if living else (LAB, gateway.bridge))
            if chosen[0] != now:
                self._move(gateway, chosen, segment)
        self.holders = {address: holder for address, holder in self.holders.items() if address in wanted}

    def _move(self, gateway: Gateway, to: tuple[str, str], segment: Segment) -> None:
        """From whoever may have it, also before this process was there."""
        for name, port in gateway.holders:
            if name != to[0] and space.exists(self._lab, name):
                succeeds("ip", "-n", leaf_namespace(self._lab, name), "address", "del", gateway.address, "dev", port)
        if to[0] != LAB:
            succeeds("ip", "-n", self._lab.namespace, "address", "del", gateway.address, "dev", gateway.bridge)
            run("ip", "-n", self._lab.namespace, "-batch", "-", stdin="\n".join(on_link(segment)))
        if to[0] != LAB or gateway.address in _own(segment):
            own = leaf_namespace(self._lab, to[0]) if to[0] else self._lab.namespace
            line = space.address_line("replace", gateway.address, to[1])
            run("ip", "-n", own, "-batch", "-", stdin=line)
            self._announce(own, to[1], gateway.address)
        self.holders[gateway.address] = to[0]

    def _announce(self, own: str, interface: str, address: str) -> None:
        words: list[str | Path] = [sys.executable, "-I", "-S", ANNOUNCE, interface, str(ip_interface(address).ip)]
        run("ip", "netns", "exec", own, *words)


def _own(segment: Segment) -> list[str]:
    """The segment's gateways with their length."""
    pairs = ((segment.gateway_v4, segment.subnet_v4), (segment.gateway_v6, segment.subnet_v6))
    return [f"{address}/{ip_network(subnet).prefixlen}" for address, subnet in pairs if address and subnet]


def has_carrier(lab: Names, speaker: str, interface: str) -> bool:
    """Whether the speaker's interface is up and its cable plugged."""
    try:
        found = json.loads(run("ip", "-n", leaf_namespace(lab, speaker), "-j", "link", "show", "dev", interface))
    except LabError:
        return False
    return bool(found) and "LOWER_UP" in found[0].get("flags", [])
