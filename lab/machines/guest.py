"""Reads what a VM's guestinfo asks for, in the form that cloud-init's VMware data source takes. PURE.

`guestinfo.metadata` (instance-id, local-hostname, network) and `guestinfo.userdata` (#cloud-config), each with
`.encoding` (base64, gzip+base64; also the short forms b64, gz+b64). What a real template ignores or needs is
cloud-init's; the keys that this reader takes from both stand in the README.
"""

from __future__ import annotations

import base64
import binascii
import gzip
from collections.abc import Iterator, Mapping
from ipaddress import ip_address, ip_interface
from typing import Any

import yaml

from lab.machines.errors import LabError
from lab.machines.machine import Machine

BASE64 = ("base64", "b64")
GZIP = ("gzip+base64", "gz+b64")
DEFAULT_USER = "debian"
"""The user that a list entry `default` and top-level keys mean, as in Debian's cloud images."""

DEFAULT_SUDO = "ALL=(ALL) NOPASSWD:ALL"
"""What that user may do; a named user may do what its `sudo` says, and nothing without one."""

DEFAULTS = ("default", "0.0.0.0/0", "::/0", "::")


def machine(name: str, mac: str, extra_config: Mapping[str, str]) -> Machine:
    """The machine that a VM's extraConfig describes. Raises LabError naming the key that is wrong or missing."""
    metadata = document(extra_config, "guestinfo.metadata")
    userdata = document(extra_config, "guestinfo.userdata")
    network = network_of(metadata)
    return Machine(
        name=name,
        mac=mac.lower(),
        hostname=str(metadata.get("local-hostname") or metadata.get("hostname") or name),
        network=network,
        **account(userdata, metadata),
        **_addresses(network),
    )


def document(extra_config: Mapping[str, str], key: str) -> dict[str, Any]:
    """One guestinfo value, decoded by its `.encoding` and read as YAML (JSON is YAML); empty where there is none."""
    text = _decoded(key, extra_config.get(key) or "", extra_config.get(f"{key}.encoding") or "")
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as wrong:
        raise LabError(f"{key} is no YAML: {str(wrong).splitlines()[0]}.") from None
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise LabError(f"{key} is no YAML document with keys (cloud-config is the only form of user data taken).")
    return found


def _decoded(key: str, value: str, encoding: str) -> str:
    form = encoding.strip().lower()
    if not value or form in ("", "plain", "text/plain"):
        return value
    if form not in (*BASE64, *GZIP):
        raise LabError(f"{key}.encoding is {encoding!r}: use base64 or gzip+base64.")
    try:
        content = base64.b64decode(value)
        return (gzip.decompress(content) if form in GZIP else content).decode()
    except (binascii.Error, OSError, EOFError, UnicodeDecodeError):
        raise LabError(f"{key} is not {encoding} as {key}.encoding says.") from None


def network_of(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The network-config (version 2) of the metadata: plain, or encoded with `network.encoding`."""
    found: Any = metadata.get("network")
    if isinstance(found, str):
        encoded = {"network": found, "network.encoding": str(metadata.get("network.encoding") or "")}
        found = document(encoded, "network")
    if not isinstance(found, dict):
        raise LabError("guestinfo.metadata has no network: a machine of the lab needs a static address (version 2).")
    inner = found.get("config", found.get("network", found))
    if not isinstance(inner, dict) or inner.get("version") != 2 or not inner.get("ethernets"):
        raise LabError("network of guestinfo.metadata is not of version 2 with ethernets.")
    return inner


def _addresses(network: Mapping[str, Any]) -> dict[str, Any]:
    ethernets = list(network["ethernets"].values())
    if len(ethernets) != 1:
        raise LabError(f"The network-config has {len(ethernets)} ethernets; a machine of the lab has one.")
    config = ethernets[0]
    try:
        found = [ip_interface(str(address)) for address in config.get("addresses") or []]
        gateways = {ip_address(gateway).version: gateway for gateway in _gateways(config)}
    except ValueError as wrong:
        raise LabError(f"The network-config of guestinfo.metadata is wrong: {wrong}.") from None
    first = {version: next((one for one in found if one.version == version), None) for version in (4, 6)}
    v4, v6 = first[4], first[6]
    if v4 is None or 4 not in gateways:
        raise LabError("The network-config of guestinfo.metadata has no static IPv4 address with a default route.")
    own: dict[str, Any] = {"v4": str(v4.ip), "prefix": v4.network.prefixlen, "gateway": gateways[4]}
    if v6 is not None:
        own |= {"v6": str(v6.ip), "prefix_v6": v6.network.prefixlen, "gateway_v6": gateways.get(6)}
    return own


def _gateways(config: Mapping[str, Any]) -> Iterator[str]:
    yield from (str(config[key]) for key in ("gateway4", "gateway6") if config.get(key))
    for route in config.get("routes") or []:
        if str(route.get("to")) in DEFAULTS and route.get("via"):
            yield str(route["via"])


def account(userdata: Mapping[str, Any], metadata: Mapping[str, Any]) -> dict[str, Any]:
    """User, public keys, password's hash and sudo rule, as cloud-init's users-groups module reads them."""
    users = [one for one in userdata.get("users") or ["default"] if one]
    named = next((one for one in users if isinstance(one, dict)), {})
    keys = [*_lines(named.get("ssh_authorized_keys")), *_lines(userdata.get("ssh_authorized_keys"))]
    keys += [*_lines(named.get("ssh-authorized-keys")), *_lines(metadata.get("public-keys-data"))]
    password = named.get("passwd") or named.get("hashed_passwd")
    sudo = next(iter(_lines(named.get("sudo"))), None) if named else DEFAULT_SUDO
    return {
        "user": str(named.get("name") or _default_name(userdata)),
        "ssh_public_keys": tuple(dict.fromkeys(keys)),
        "password_hash": str(password) if password and named.get("lock_passwd") is False else None,
        "sudo": sudo,
    }


def _default_name(userdata: Mapping[str, Any]) -> str:
    user = userdata.get("user")
    return str(user.get("name") if isinstance(user, dict) else user or DEFAULT_USER)


def _lines(value: Any) -> list[str]:
    many = value.splitlines() if isinstance(value, str) else value or []
    return [str(line).strip() for line in many if str(line).strip()]
