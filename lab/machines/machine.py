"""A machine as it is asked for, and the network configuration that it boots with. PURE."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from ipaddress import IPv4Interface, IPv6Interface
from typing import Any

from lab.machines.errors import LabError
from lab.machines.names import NIC

NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,61}[A-Za-z0-9])?")
USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")


@dataclass(frozen=True)
class Machine:
    """One machine of the lab. Addresses are text; `v4` without its `prefix` length, gateways without any."""

    name: str
    mac: str
    v4: str
    prefix: int
    gateway: str
    v6: str | None = None
    prefix_v6: int = 64
    gateway_v6: str | None = None
    ssh_public_keys: tuple[str, ...] = ()
    user: str = "debian"
    hostname: str | None = None
    dns: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    mtu: int | None = None
    password_hash: str | None = None
    sudo: str | None = "ALL=(ALL) NOPASSWD:ALL"
    """What the user may do with sudo, as in sudoers after the user's name; None: nothing."""
    network: Mapping[str, Any] = field(default_factory=dict)
    """The network-config (version 2) as the guest was given it; empty: made of the fields above."""

    def __post_init__(self) -> None:
        """Refuse what would end up as a path, an interface or a user that cannot be. Raises LabError."""
        if "\n" in f"{self.sudo}{self.password_hash}{self.hostname}{''.join(self.ssh_public_keys)}":
            raise LabError(f"A value of the machine {self.name} has more than one line.")
        for value, form, what in ((self.name, NAME, "name"), (self.mac, MAC, "MAC address"), (self.user, USER, "user")):
            if not form.fullmatch(value):
                raise LabError(f"{value!r} is no {what} for a machine.")
        try:
            IPv4Interface(f"{self.v4}/{self.prefix}")
            if self.v6:
                IPv6Interface(f"{self.v6}/{self.prefix_v6}")
        except ValueError as wrong:
            raise LabError(f"The machine {self.name} has no usable address: {wrong}.") from None

    def to_json(self) -> dict[str, Any]:
        """As a JSON value."""
        return asdict(self)


def from_json(value: Mapping[str, Any]) -> Machine:
    """The machine of a JSON value that `to_json` made."""
    tuples = {name: tuple(value[name]) for name in ("ssh_public_keys", "dns", "search")}
    return Machine(**{**value, **tuples})


def network_config(machine: Machine) -> dict[str, Any]:
    """The netplan document that the machine boots with, as cloud-init would write it.

    A match by MAC address becomes one by name: networkd compares the permanent address, which a veth has not.
    """
    given = dict(machine.network) or {"version": 2, "ethernets": {NIC: _ethernet(machine)}}
    ethernets = {name: _by_name(name, config) for name, config in given.get("ethernets", {}).items()}
    return {"network": {"version": 2, "renderer": "networkd", "ethernets": ethernets}}


def _by_name(identity: str, config: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in config.items() if key not in ("match", "set-name")}
    return kept if identity == NIC else {**kept, "match": {"name": NIC}}


def _ethernet(machine: Machine) -> dict[str, Any]:
    addresses = [f"{machine.v4}/{machine.prefix}"]
    routes = [{"to": "0.0.0.0/0", "via": machine.gateway}]
    if machine.v6:
        addresses.append(f"{machine.v6}/{machine.prefix_v6}")
    if machine.gateway_v6:
        routes.append({"to": "::/0", "via": machine.gateway_v6})
    config: dict[str, Any] = {"addresses": addresses, "routes": routes}
    if machine.dns:
        config["nameservers"] = {"addresses": list(machine.dns), "search": list(machine.search)}
    return config | ({"mtu": machine.mtu} if machine.mtu else {})
