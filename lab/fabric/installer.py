"""How the installer reaches what is behind leaves: by the leaf that holds the gateway, over the fabric's core.

Nodes themselves it reaches straight over the segment, whatever happens to leaves.
"""

from __future__ import annotations

import json
from ipaddress import ip_network

from lab.fabric.plan import CORE_V6_SUBNET, Plan, core_v6
from lab.machines.command import run, succeeds
from lab.machines.errors import LabError
from lab.machines.names import Names
from lab.machines.network import Segment, clashing


class Installer:
    """The routes of the lab's own namespace and of this machine."""

    def __init__(self, lab: Names) -> None:
        self._lab = lab
        self._set: tuple[str, ...] = ()
        self._host: tuple[str, ...] = ()

    def forget(self) -> None:
        """The network is gone, and all routes with it."""
        self._set = self._host = ()

    def settle(self, plan: Plan, segment: Segment, holders: dict[str, str]) -> None:
        """Follow the gateway."""
        lines = tuple(self._lines(plan, segment, holders))
        if lines != self._set:
            for line in lines:
                succeeds("ip", "-n", self._lab.namespace, "route", "replace", *line.split())
            self._set = lines
        if plan.reached != self._host:
            self._reach(plan.reached)
            self._host = plan.reached

    def _lines(self, plan: Plan, segment: Segment, holders: dict[str, str]) -> list[str]:
        if not plan.core:
            return []
        leaves = {one.name: one.leaf for one in plan.speakers if one.leaf and one.leaf.tep}
        mine = {name: leaf for name, leaf in leaves.items() if leaf and leaf.vrf == _vrf(plan)}
        lines = [f"{leaf.tep}/32 dev {plan.core} scope link" for leaf in mine.values()]
        if segment.subnet_v6 and mine:
            lines.append(f"{CORE_V6_SUBNET} dev {plan.core}")
        length = ip_network(segment.subnet_v4).prefixlen
        holder = mine.get(holders.get(f"{segment.gateway_v4}/{length}", ""))
        if holder:
            lines.append(f"default via {holder.tep} dev {plan.core} onlink")
            if segment.subnet_v6:
                lines.append(f"default via {core_v6(holder.tep)} dev {plan.core} onlink")
        return lines

    def _reach(self, prefixes: tuple[str, ...]) -> None:
        """What another network of this machine has already stays there."""
        here = self._lab.host_link
        try:
            routes = json.loads(run("ip", "-j", "route")) + json.loads(run("ip", "-6", "-j", "route") or "[]")
        except LabError:
            return
        others = [route for route in routes if route.get("dev") != here and route.get("dst") != "default"]
        for prefix in prefixes:
            family = ip_network(prefix).version
            via = self._lab.links()[1].ip if family == 4 else self._lab.links_v6()[1].ip
            if not clashing([prefix], others):
                succeeds("ip", "route", "replace", prefix, "via", str(via), "dev", here)


def _vrf(plan: Plan) -> str:
    """The VRF of the plan's core."""
    inside = (
        one.leaf.vrf
        for one in plan.speakers
        if one.leaf and any(cable.bridge == plan.core for cable in one.space.cables)
    )
    return next(inside, "")
