"""The lab's network: a namespace with the L3Out's segment (a bridge), its gateway, and one link to the host.

The gateway, the L3Out's secondary address, is held by the bridge until leaves do; they become ports of the same bridge.
"""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from ipaddress import ip_interface, ip_network
from pathlib import Path
from typing import Any

from lab.machines import names
from lab.machines.command import run, succeeds
from lab.machines.errors import LabError
from lab.machines.files import locked, read_json, write_json
from lab.machines.machine import Machine
from lab.machines.names import NIC, SEGMENT, UPLINK, Names

MTU = 9216
"""The largest that a leaf takes; machines start with 1500 and are raised by the hosts stage."""

DNS, MIRROR, APIC, NTP = "198.18.0.53", "198.18.0.80", "198.18.0.81", "198.18.0.123"
SERVICE_SUBNET = "198.18.0.0/24"


@dataclass(frozen=True)
class Segment:
    """Subnets with their length and gateways without, as text. `routes`: further prefixes behind the gateway that the
    host reaches through the lab, such as those of services."""

    subnet_v4: str
    gateway_v4: str
    subnet_v6: str | None = None
    gateway_v6: str | None = None
    routes: tuple[str, ...] = ()


def up(
    home: Path,
    subnet_v4: str,
    gateway_v4: str,
    subnet_v6: str | None = None,
    gateway_v6: str | None = None,
    *,
    routes: tuple[str, ...] = (),
) -> None:
    """Make the lab's network; one that is up with the same addresses stays. Raises LabError."""
    wanted = Segment(subnet_v4, gateway_v4, subnet_v6, gateway_v6, routes)
    lab = names.of(home)
    with locked(home / "network.lock"):
        if _exists(lab.namespace) and segment(home) == wanted:
            return
        if any(_namespaces(lab, machines=True)):
            raise LabError("The lab's machines use its network: destroy them before its subnets change.")
        _unmake(lab)
        _refuse_clash(lab, wanted)
        try:
            _make(lab, wanted)
        except LabError:
            _unmake(lab)
            raise
        write_json(_note(home), asdict(wanted))


def down(home: Path) -> None:
    """Remove the lab's network and the cables of its machines; nothing left of it is no error."""
    with locked(home / "network.lock"):
        _note(home).unlink(missing_ok=True)
        _unmake(names.of(home))


def segment(home: Path) -> Segment | None:
    """What the lab's network was made with; None while it is down."""
    found = read_json(_note(home))
    return Segment(**{**found, "routes": tuple(found["routes"])}) if found else None


def hold_gateway(home: Path, *, held: bool) -> None:
    """Give the gateway's address to the bridge, or take it away because a leaf holds it; either may be so already."""
    found = segment(home)
    if found is None:
        raise LabError("The lab's network is down.")
    space = names.of(home).namespace
    if held:
        run("ip", "-n", space, "-batch", "-", stdin="\n".join(_gateway(found, "replace")))
        return
    for line in _gateway(found, "del"):
        succeeds("ip", "-n", space, *line.removesuffix(" nodad").split())


def leaf_namespace(lab: Names, leaf: str) -> str:
    """Network namespace of a leaf; told from machines' by the dot after the lab's name."""
    return f"{lab.namespace}.{leaf}"


def run_folder(lab: Names) -> Path:
    """Where the sockets of leaves' daemons lie: their addresses must be short."""
    return Path("/run") / lab.namespace


def plug(home: Path, machine: Machine) -> str:
    """Give a machine its namespace and its cable into the segment; the namespace's name."""
    lab = names.of(home)
    own, port = lab.machine_namespace(machine.name), lab.port(machine.name)
    unplug(home, machine.name)
    run("ip", "netns", "add", own)
    cable = f"link add {port} mtu {MTU} type veth peer name {NIC} address {machine.mac} mtu 1500 netns {own}"
    run("ip", "-n", lab.namespace, "-batch", "-", stdin=f"{cable}\nlink set {port} master {SEGMENT} up\n")
    run("ip", "-n", own, "link", "set", "lo", "up")
    return own


def unplug(home: Path, machine: str) -> None:
    """Take a machine's cable and namespace away."""
    lab = names.of(home)
    succeeds("ip", "-n", lab.namespace, "link", "del", lab.port(machine))
    if _exists(lab.machine_namespace(machine)):
        run("ip", "netns", "del", lab.machine_namespace(machine))


def _note(home: Path) -> Path:
    return home / "network.json"


def _exists(namespace: str) -> bool:
    return (Path("/run/netns") / namespace).exists()


def _namespaces(lab: Names, *, machines: bool = False) -> Iterable[str]:
    """The lab's namespace, its machines' (`-`) and its leaves' (`.`); or the machines' alone."""
    folder = Path("/run/netns")
    found = sorted(path.name for path in folder.glob(f"{lab.namespace}*")) if folder.is_dir() else []
    marks = ("-",) if machines else ("-", ".", "")
    return [name for name in found if name[len(lab.namespace) :][:1] in marks]


def _unmake(lab: Names) -> None:
    shutil.rmtree(run_folder(lab), ignore_errors=True)
    # The kernel removes a namespace's links some time after the namespace: not soon enough for one who looks.
    if lab.host_link in {name for _, name in socket.if_nameindex()}:
        succeeds("ip", "link", "del", lab.host_link)
    for name in _namespaces(lab):
        run("ip", "netns", "del", name)


def _make(lab: Names, wanted: Segment) -> None:
    space = lab.namespace
    run("ip", "netns", "add", space)
    # Answers of machines come back by their leaf: not by the way that the question took.
    loose = "for each in all default; do echo 0 >/proc/sys/net/ipv4/conf/$each/rp_filter; done"
    forwarding = "echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding || true"
    run("ip", "netns", "exec", space, "sh", "-c", loose)
    run("ip", "netns", "exec", space, "sh", "-c", forwarding)
    run("ip", "link", "add", lab.host_link, "type", "veth", "peer", "name", UPLINK, "netns", space)
    run("ip", "-n", space, "-batch", "-", stdin="\n".join(_inside(lab, wanted)))
    run("ip", "-batch", "-", stdin="\n".join(_outside(lab, wanted)))


def _inside(lab: Names, wanted: Segment) -> list[str]:
    uplink_v6 = [f"address add {lab.links_v6()[1]} dev {UPLINK} nodad"] if wanted.subnet_v6 else []
    return [
        "link set lo up",
        # An address of its own: else it would change with the ports that come and go (lab.fabric.space.bridge).
        f"link add {SEGMENT} address {names.mac(SEGMENT)} mtu {MTU} type bridge forward_delay 0 mcast_snooping 0",
        f"link set {SEGMENT} mtu {MTU} up",
        *_gateway(wanted, "add"),
        *on_link(wanted),
        *(f"address add {address}/32 dev lo" for address in (DNS, MIRROR, APIC, NTP)),
        f"address add {lab.links()[1]} dev {UPLINK}",
        *uplink_v6,
        f"link set {UPLINK} up",
    ]


def on_link(wanted: Segment) -> list[str]:
    """Lines for `ip -batch`: machines are reached straight, also while a leaf holds the gateway and the bridge has no
    address. With the bridge's last address the kernel takes its IPv4 routes away, so they are set anew then."""
    v6 = [f"route replace {wanted.subnet_v6} dev {SEGMENT} metric 4096"] if wanted.subnet_v6 else []
    return [f"route replace {wanted.subnet_v4} dev {SEGMENT} scope link metric 4096", *v6]


def _gateway(wanted: Segment, verb: str) -> list[str]:
    v4 = f"{wanted.gateway_v4}/{ip_network(wanted.subnet_v4).prefixlen}"
    lines = [f"address {verb} {v4} dev {SEGMENT}"]
    if wanted.subnet_v6 and wanted.gateway_v6:
        v6 = f"{wanted.gateway_v6}/{ip_network(wanted.subnet_v6).prefixlen}"
        lines.append(f"address {verb} {v6} dev {SEGMENT} nodad")
    return lines


def _outside(lab: Names, wanted: Segment) -> list[str]:
    here, there = lab.links()
    lines = [f"address add {here} dev {lab.host_link}"]
    if wanted.subnet_v6:
        lines.append(f"address add {lab.links_v6()[0]} dev {lab.host_link} nodad")
    lines.append(f"link set {lab.host_link} up")
    for prefix in _routed(wanted):
        via = lab.links_v6()[1].ip if ip_network(prefix).version == 6 else there.ip
        lines.append(f"route add {prefix} via {via} dev {lab.host_link}")
    if not clashing([SERVICE_SUBNET], _host_routes()):
        lines.append(f"route add {SERVICE_SUBNET} via {there.ip} dev {lab.host_link}")
    return lines


def _routed(wanted: Segment) -> list[str]:
    return [prefix for prefix in (wanted.subnet_v4, wanted.subnet_v6, *wanted.routes) if prefix]


def _host_routes() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for family in ("-4", "-6"):
        found += json.loads(run("ip", family, "-j", "route", "show", "table", "main") or "[]")
    return found


def clashing(prefixes: Iterable[str], routes: Iterable[dict[str, Any]]) -> list[tuple[str, str]]:
    """Pairs of a wanted prefix and the device of a route that overlaps it; the default route does not count. PURE."""
    found = []
    for route in routes:
        if route["dst"] == "default":
            continue
        there = ip_interface(route["dst"]).network
        found += [
            (prefix, route.get("dev", "another network"))
            for prefix in prefixes
            if ip_network(prefix).version == there.version and ip_network(prefix).overlaps(there)
        ]
    return found


def _refuse_clash(lab: Names, wanted: Segment) -> None:
    for prefix, device in clashing([*_routed(wanted), str(lab.links()[0].network)], _host_routes()):
        other = "another lab" if device.startswith("anch") else f"the network behind {device}"
        raise LabError(
            f"{prefix} is routed to {other} ({device}) on this machine already. "
            "Take that lab down, or give the node subnet of this one other addresses."
        )
