"""guestinfo as cloud-init's VMware data source takes it, read into a machine."""

from __future__ import annotations

import base64
import gzip
import json
from ipaddress import IPv4Address

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lab.machines import LabError, guest
from lab.machines.hook import extra_config
from lab.machines.machine import Machine, from_json, network_config

MAC = "00:50:56:01:02:03"
NETWORK = {
    "version": 2,
    "ethernets": {
        "nic": {
            "match": {"macaddress": MAC},
            "addresses": ["198.18.2.1/24", "2001:2:0:8::1/64"],
            "routes": [{"to": "default", "via": "198.18.2.254"}, {"to": "::/0", "via": "2001:2:0:8::fe"}],
            "nameservers": {"addresses": ["198.18.0.53"], "search": ["lab.example"]},
        }
    },
}
METADATA = {"instance-id": "i-1", "local-hostname": "k8s-cp-1", "network": NETWORK}
USERDATA = {
    "users": [
        "default",
        {"name": "ubuntu", "sudo": "ALL=(ALL) NOPASSWD:ALL", "ssh_authorized_keys": ["ssh-ed25519 AAAA a"]},
    ]
}


def encoded(value: object, encoding: str = "gzip+base64") -> str:
    text = value if isinstance(value, str) else yaml.safe_dump(value)
    content = gzip.compress(text.encode()) if encoding in guest.GZIP else text.encode()
    return base64.b64encode(content).decode()


def config(metadata: object = METADATA, userdata: object = USERDATA, encoding: str = "gzip+base64") -> dict[str, str]:
    return {
        "guestinfo.metadata": encoded(metadata, encoding),
        "guestinfo.metadata.encoding": encoding,
        "guestinfo.userdata": encoded(userdata, encoding),
        "guestinfo.userdata.encoding": encoding,
        "disk.enableUUID": "TRUE",
    }


@pytest.mark.parametrize("encoding", ["gzip+base64", "base64", "gz+b64", "b64"])
def test_it_reads_the_encodings_of_the_data_source(encoding: str) -> None:
    machine = guest.machine("vm", MAC.upper(), config(encoding=encoding))
    assert (machine.v4, machine.prefix, machine.gateway) == ("198.18.2.1", 24, "198.18.2.254")
    assert (machine.v6, machine.prefix_v6, machine.gateway_v6) == ("2001:2:0:8::1", 64, "2001:2:0:8::fe")
    assert (machine.name, machine.hostname, machine.mac) == ("vm", "k8s-cp-1", MAC)
    assert (machine.user, machine.ssh_public_keys) == ("ubuntu", ("ssh-ed25519 AAAA a",))


def test_the_network_may_be_text_with_an_encoding_of_its_own() -> None:
    metadata = {"network": encoded({"network": NETWORK}), "network.encoding": "gzip+base64"}
    assert guest.machine("vm", MAC, config(metadata)).v4 == "198.18.2.1"


def test_a_match_by_address_becomes_one_by_name() -> None:
    written = network_config(guest.machine("vm", MAC, config()))["network"]["ethernets"]["nic"]
    assert written["match"] == {"name": "ens192"}
    assert written["nameservers"] == NETWORK["ethernets"]["nic"]["nameservers"]  # type: ignore[index]


def test_a_user_without_sudo_may_use_none_and_the_default_user_all() -> None:
    named = {"users": [{"name": "ops", "ssh_authorized_keys": ["k"]}]}
    assert guest.account(named, {})["sudo"] is None
    default = guest.account({"ssh_authorized_keys": ["k"]}, {})
    assert (default["user"], default["sudo"]) == ("debian", guest.DEFAULT_SUDO)


def test_a_password_counts_when_it_is_not_locked() -> None:
    user = {"name": "ops", "passwd": "$6$hash", "lock_passwd": False}
    assert guest.account({"users": [user]}, {})["password_hash"] == "$6$hash"
    assert guest.account({"users": [{**user, "lock_passwd": True}]}, {})["password_hash"] is None


@pytest.mark.parametrize(
    ("metadata", "told"),
    [
        ({}, "no network"),
        ({"network": {"version": 1, "config": []}}, "version 2"),
        ({"network": {"version": 2, "ethernets": {"a": {"dhcp4": True}}}}, "no static IPv4"),
        ({"network": {"version": 2, "ethernets": {"a": {}, "b": {}}}}, "2 ethernets"),
        ({"network": {"version": 2, "ethernets": {"a": {"addresses": ["198.18.2.300/24"]}}}}, "198.18.2.300"),
    ],
)
def test_it_says_what_is_wrong_with_a_network(metadata: object, told: str) -> None:
    with pytest.raises(LabError, match=told):
        guest.machine("vm", MAC, config(metadata))


def test_it_says_which_value_is_not_what_its_encoding_says() -> None:
    with pytest.raises(LabError, match=r"guestinfo\.userdata is not gzip\+base64"):
        guest.document(
            {"guestinfo.userdata": "AAAA", "guestinfo.userdata.encoding": "gzip+base64"}, "guestinfo.userdata"
        )
    with pytest.raises(LabError, match="use base64"):
        guest.document({"guestinfo.userdata": "AAAA", "guestinfo.userdata.encoding": "rot13"}, "guestinfo.userdata")


@given(st.text(max_size=60), st.text(max_size=20))
def test_no_value_makes_it_fail_other_than_in_a_sentence(value: str, encoding: str) -> None:
    given_values = {"guestinfo.metadata": value, "guestinfo.metadata.encoding": encoding}
    try:
        guest.machine("vm", MAC, given_values)
    except LabError as wrong:
        assert str(wrong).endswith(".")


@given(st.ip_addresses(v=4), st.integers(min_value=8, max_value=30), st.sampled_from(list(guest.GZIP + guest.BASE64)))
def test_any_address_comes_through(address: IPv4Address, prefix: int, encoding: str) -> None:
    gateway = str(address)
    ethernet = {"addresses": [f"{address}/{prefix}"], "gateway4": gateway}
    found = guest.machine("vm", MAC, config({"network": {"version": 2, "ethernets": {"e": ethernet}}}, {}, encoding))
    assert (found.v4, found.prefix, found.gateway) == (str(address), prefix, gateway)


@pytest.mark.parametrize("name", ["../x", "a/b", "", "-a", "a" * 64, "a b"])
def test_it_refuses_names_that_are_no_machine(name: str) -> None:
    with pytest.raises(LabError, match="no name"):
        Machine(name, MAC, "198.18.2.1", 24, "198.18.2.254")


def test_it_refuses_a_key_that_would_be_two_lines() -> None:
    with pytest.raises(LabError, match="more than one line"):
        Machine("a", MAC, "198.18.2.1", 24, "198.18.2.254", ssh_public_keys=("ssh-ed25519 AAAA\nssh-ed25519 BBBB",))


def test_a_machine_survives_its_json() -> None:
    machine = guest.machine("vm", MAC, config())
    assert from_json(json.loads(json.dumps(machine.to_json()))) == machine


def test_extra_config_may_be_an_object_or_a_list() -> None:
    assert extra_config('{"a": "b"}') == extra_config('[{"key": "a", "value": "b"}]') == {"a": "b"}
    with pytest.raises(LabError, match="no JSON object"):
        extra_config("[1]")
