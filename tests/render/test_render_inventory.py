"""ClusterSpec -> Ansible's inventory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from webui import render, spec
from webui.spec import versions

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def document(name: str = "lab.yaml") -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((EXAMPLES / name).read_text())
    found["l3out"]["secondary"] = {"v4": "198.18.2.254"}
    return found


def variables(given_document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = render.inventory(spec.parse(given_document).spec)["all"]["vars"]
    return found


def test_machines_stand_in_their_groups_with_address_and_rack() -> None:
    groups = render.inventory(spec.parse(document()).spec)["all"]["children"]["cluster"]["children"]
    assert list(groups["control_plane"]["hosts"]) == ["k8s-cp-1", "k8s-cp-2", "k8s-cp-3"]
    expected = {"ansible_host": "198.18.2.5", "node_v4": "198.18.2.5", "node_rack": "r2"}
    assert groups["workers"]["hosts"]["k8s-w-2"] == expected


def test_the_gateway_is_the_secondary_address_and_the_mtu_the_l3outs() -> None:
    found = variables(document())
    assert (found["network_gateway_v4"], found["network_prefix_v4"], found["network_mtu"]) == ("198.18.2.254", 24, 9000)
    assert found["reachability_gateways"] == ["198.18.2.254"]
    assert (found["network_gateway_v6"], found["kernel_ipv6"]) == ("", False)


def test_dual_stack_has_both_gateways_and_addresses() -> None:
    wanted = document()
    wanted["l3out"]["node_subnet"]["v6"] = "2001:db8:10::/64"
    wanted["l3out"]["secondary"]["v6"] = "2001:db8:10::fe"
    wanted["machines"]["workers"][0]["v6"] = "2001:db8:10::4"
    found = variables(wanted)
    assert found["network_gateway_v6"] == "2001:db8:10::fe"
    assert (found["network_prefix_v6"], found["kernel_ipv6"]) == (64, True)
    hosts = render.inventory(spec.parse(wanted).spec)["all"]["children"]["cluster"]["children"]["workers"]["hosts"]
    assert hosts["k8s-w-1"]["node_v6"] == "2001:db8:10::4"


def test_what_belongs_to_the_cluster_needs_no_proxy() -> None:
    wanted = document()
    wanted["cluster"]["proxy"] = {"http": "http://proxy.example.net:3128", "exceptions": [".example.net", "localhost"]}
    found = variables(wanted)
    assert found["proxies_http"] == "http://proxy.example.net:3128"
    subnets = ["198.18.2.0/24", "198.18.64.0/18", "198.18.4.0/24", "198.18.5.0/24"]
    assert found["proxies_exceptions"] == [
        *("localhost", "127.0.0.1", ".svc", ".cluster.local", ".lab.example"),
        *subnets,
        "198.18.0.80",
        ".example.net",
    ]


def test_mirrors_are_asked_directly_by_their_hosts_alone() -> None:
    wanted = document()
    wanted["cluster"]["apt_mirror"] = "https://Apt.example.net:8443/debian"
    mirrors = ("http://[2001:db8::80]:5000/k8s", "https://images.example.net/hub")
    names = ("registry.k8s.io", "docker.io")
    rows = [{"upstream": name, "mirror": mirror} for name, mirror in zip(names, mirrors, strict=True)]
    wanted["cluster"]["registries"] = rows
    found = variables(wanted)["proxies_exceptions"]
    assert {"apt.example.net", "2001:db8::80", "images.example.net"} <= set(found)
    assert not [one for one in found if "://" in one or "8443" in one]


def test_what_fetches_by_itself_gets_the_proxies_in_both_cases() -> None:
    wanted = document()
    wanted["cluster"]["proxy"] = {"https": "http://proxy.example.net:3128"}
    found = variables(wanted)
    direct = ",".join(found["proxies_exceptions"])
    proxy = {"https_proxy": "http://proxy.example.net:3128", "no_proxy": direct}
    assert found["proxies_environment"] == proxy | {name.upper(): value for name, value in proxy.items()}


def test_without_a_proxy_no_environment_is_given() -> None:
    assert "proxies_environment" not in variables(document())


def test_the_tested_systems_are_those_of_the_table() -> None:
    assert variables(document())["supported_systems"] == versions.SYSTEMS


def test_secrets_are_not_in_the_inventory() -> None:
    wanted = document()
    wanted["machines"] |= {"ssh_key": "-----BEGIN KEY-----", "password": "hunter2-hunter2"}
    text = json.dumps(render.inventory(spec.parse(wanted).spec))
    assert "hunter2" not in text
    assert "BEGIN KEY" not in text


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("*.yaml")))
def test_every_example_with_machines_renders_to_json(name: str) -> None:
    completed = spec.parse(document(name)).spec
    json.dumps(render.inventory(completed))


@given(st.lists(st.integers(min_value=1, max_value=250), unique=True, min_size=1, max_size=20))
def test_every_machine_is_there_once(numbers: list[int]) -> None:
    wanted = document()
    rows = [{"name": f"m{number}", "v4": f"198.18.2.{number}"} for number in numbers]
    wanted["machines"] = {"user": "ops", "control_plane": rows[:1], "workers": rows[1:]}
    children = render.inventory(spec.parse(wanted).spec)["all"]["children"]["cluster"]["children"]
    found = [name for group in children.values() for name in group["hosts"]]
    assert sorted(found) == sorted(row["name"] for row in rows)
