"""Where a speaker of the lab's fabric lives in the kernel: its namespace, its cables and addresses.

A cable leads from a bridge in the lab's namespace: the L3Out's segment, another VLAN, or the fabric's core of a VRF.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_interface
from pathlib import Path
from typing import Any

from lab.machines.command import run, succeeds
from lab.machines.names import Names, digest, mac
from lab.machines.network import MTU, leaf_namespace

SETTINGS = {
    "net/ipv4/ip_forward": 1,
    "net/ipv4/fib_multipath_hash_policy": 1,
    "net/ipv4/conf/all/rp_filter": 0,
    "net/ipv4/conf/default/rp_filter": 0,
    "net/ipv4/conf/all/send_redirects": 0,
    "net/ipv4/conf/default/send_redirects": 0,
    "net/ipv4/conf/all/arp_notify": 1,
    "net/ipv4/conf/default/arp_notify": 1,
    "net/ipv6/conf/all/forwarding": 1,
    "net/ipv6/conf/default/accept_ra": 0,
    "net/ipv6/conf/default/accept_dad": 0,
    "net/ipv6/fib_multipath_hash_policy": 1,
}
"""ECMP by addresses and ports; loose about where an answer comes from; no advice to hosts to go another way."""

SWITCHES = "".join(f"echo {value} >/proc/sys/{name} || true\n" for name, value in SETTINGS.items())


@dataclass(frozen=True, slots=True)
class Cable:
    """An interface of a speaker and the bridge in the lab's namespace that it hangs on."""

    name: str
    bridge: str
    addresses: tuple[str, ...] = ()
    mtu: int = MTU
    mac: str = ""


@dataclass(frozen=True, slots=True)
class Space:
    """A speaker's surroundings. `routes`: words after `ip route replace`, what the lab itself needs."""

    name: str
    cables: tuple[Cable, ...] = ()
    loopbacks: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()


def exists(lab: Names, name: str) -> bool:
    """Whether the namespace is there."""
    return (Path("/run/netns") / leaf_namespace(lab, name)).exists()


def existing(lab: Names) -> set[str]:
    """Names of all speakers that have a namespace."""
    mark = leaf_namespace(lab, "")
    folder = Path("/run/netns")
    return {path.name.removeprefix(mark) for path in folder.glob(f"{mark}*")} if folder.is_dir() else set()


def bridge(lab: Names, name: str, *addresses: str) -> None:
    """Make a bridge of the lab's namespace, unless it is there.

    Its MAC is given: without, a bridge takes that of its lowest port, and those who know the old one lose it for half
    a minute when a port comes or goes.
    """
    lines = [
        f"link add {name} address {mac(name)} mtu {MTU} type bridge forward_delay 0 mcast_snooping 0",
        f"link set {name} mtu {MTU} up",
        *(f"address add {address} dev {name} nodad" for address in addresses),
    ]
    if not succeeds("ip", "-n", lab.namespace, "link", "show", "dev", name):
        run("ip", "-n", lab.namespace, "-batch", "-", stdin="\n".join(lines))


def make(lab: Names, wanted: Space, kept: Mapping[str, frozenset[str]] = {}) -> None:
    """Make of the namespace what is wanted, touching only what differs. `kept`: addresses that may stay on a cable."""
    own = leaf_namespace(lab, wanted.name)
    if not exists(lab, wanted.name):
        run("ip", "netns", "add", own)
        run("ip", "netns", "exec", own, "sh", "-c", SWITCHES)
        run("ip", "-n", own, "link", "set", "lo", "up")
    now = _interfaces(own)
    for name in now.keys() - {"lo"} - {cable.name for cable in wanted.cables}:
        succeeds("ip", "-n", own, "link", "del", name)
    for cable in wanted.cables:
        _plug(lab, wanted.name, cable, now.get(cable.name))
    lines = [line for cable in wanted.cables for line in _changes(cable, now.get(cable.name), kept)]
    _batch(own, lines + _changes(Cable("lo", "", wanted.loopbacks, 0), now.get("lo"), kept))
    _batch(own, [f"route replace {route}" for route in wanted.routes])


def remove(lab: Names, name: str) -> None:
    """Take the namespace and its cables away; nothing there is no error."""
    own = leaf_namespace(lab, name)
    if exists(lab, name):
        for cable in _interfaces(own).keys() - {"lo"}:
            succeeds("ip", "-n", lab.namespace, "link", "del", port(name, cable))
        succeeds("ip", "netns", "del", own)


def port(speaker: str, cable: str) -> str:
    """The bridge's end of a cable."""
    return f"l-{digest(f'{speaker} {cable}')}"


def _interfaces(own: str) -> dict[str, dict[str, Any]]:
    found = json.loads(run("ip", "-n", own, "-j", "address") or "[]")
    return {one["ifname"]: one for one in found if one.get("ifname")}


def _plug(lab: Names, speaker: str, cable: Cable, now: dict[str, Any] | None) -> None:
    if now is not None:
        return
    own, end = leaf_namespace(lab, speaker), port(speaker, cable.name)
    succeeds("ip", "-n", lab.namespace, "link", "del", end)
    address = cable.mac or mac(speaker, cable.name)
    line = f"link add {end} mtu {MTU} type veth peer name {cable.name} address {address} mtu {cable.mtu} netns {own}"
    run("ip", "-n", lab.namespace, "-batch", "-", stdin=f"{line}\nlink set {end} master {cable.bridge} up\n")
    run("ip", "-n", own, "link", "set", cable.name, "up")


def _changes(cable: Cable, now: dict[str, Any] | None, kept: Mapping[str, frozenset[str]]) -> list[str]:
    """Lines that give an interface its addresses and MTU."""
    has = _addresses(now) if now else set()
    wanted = {str(ip_interface(address)) for address in cable.addresses}
    lines = [
        f"address del {address} dev {cable.name}" for address in sorted(has - wanted - kept.get(cable.name, set()))
    ]
    lines += [address_line("add", address, cable.name) for address in cable.addresses if _plain(address) not in has]
    if now and cable.mtu and now.get("mtu") != cable.mtu:
        lines.insert(0, f"link set {cable.name} mtu {cable.mtu}")
    return lines


def _plain(address: str) -> str:
    return str(ip_interface(address))


def address_line(verb: str, address: str, interface: str) -> str:
    """A line of `ip -batch` for an address; in IPv6 nobody looks for duplicates."""
    return f"address {verb} {_plain(address)} dev {interface}{' nodad' if ':' in address and verb != 'del' else ''}"


def _addresses(now: dict[str, Any]) -> set[str]:
    found = now.get("addr_info", [])
    scoped = [one for one in found if one.get("scope") not in ("link", "host")]
    return {_plain(f"{one['local']}/{one['prefixlen']}") for one in scoped}


def _batch(own: str, lines: Iterable[str]) -> None:
    text = "\n".join(lines)
    if text:
        run("ip", "-n", own, "-batch", "-", stdin=text)
