"""The variables of terraform/fabric: the contract's names and kinds, from a complete spec."""

from __future__ import annotations

import json
import re

import pytest

from webui.examples import example
from webui.render import tfvars, tfvars_secrets
from webui.spec import complete, parse


def document(**l3out):
    base = example("lab")
    base["l3out"] = {**base["l3out"], **l3out}
    return base


def rendered(base):
    return tfvars(complete(parse(base).spec), "https://127.0.0.1:8443")


def test_every_variable_that_terraform_declares_without_a_default_is_there(root):
    text = (root / "terraform/fabric/variables.tf").read_text()
    declared = {m[1]: m[2] for m in re.finditer(r'variable "(\w+)" \{(.*?)\n\}', text, re.DOTALL)}
    found = set(rendered(example("lab"))) | set(tfvars_secrets(parse(example("lab")).spec))
    assert found <= set(declared)
    assert {name for name, body in declared.items() if not re.search(r"^  default", body, re.MULTILINE)} <= found


def test_the_labs_example():
    found = rendered(example("lab"))
    assert found["apic_url"] == "https://127.0.0.1:8443"
    assert found["apic_insecure"] is False
    assert found["l3out"]["vlan"] == 310
    assert found["node_subnet"] == {"v4": "198.18.2.0/24"}
    assert found["floating"] == {"v4": "198.18.2.254"}
    assert set(found["anchors"]) == {"101", "102", "201"}
    assert found["anchors"]["201"] == {"pod": 2, "node": 201, "router_id": "198.19.0.201", "v4": "198.18.2.201"}
    assert found["bgp"]["cluster_as"] == 65003
    assert found["bgp"]["manage_vrf_policy"] is True
    assert json.loads(json.dumps(found)) == found


def test_dual_stack_adds_v6_everywhere():
    found = rendered(document(node_subnet={"v4": "198.18.2.0/24", "v6": "2001:db8:2::/64"}))
    assert found["floating"]["v6"] == "2001:db8:2:0:ffff:ffff:ffff:fffe"
    assert all("v6" in anchor for anchor in found["anchors"].values())
    assert all(len(prefixes) == 2 for prefixes in found["prefixes"].values())
    assert len(found["external_epg"]["subnets"]) == 8


def test_leaking_scopes_never_reach_the_node_subnet():
    leaking = ["shared-rtctrl", "import-security", "shared-security"]
    subnets = rendered(document(external_epg={"scopes": leaking}))["external_epg"]["subnets"]
    assert subnets.pop("198.18.2.0/24") == {"scope": ["import-security"], "aggregate": ""}
    assert all(
        subnet == {"scope": ["import-security", "shared-security", "shared-rtctrl"], "aggregate": "shared-rtctrl"}
        for subnet in subnets.values()
    )


def test_without_leaking_scopes_nothing_is_aggregated():
    subnets = rendered(example("lab"))["external_epg"]["subnets"]
    assert {subnet["aggregate"] for subnet in subnets.values()} == {""}


def test_a_leaf_added_changes_its_own_entry_alone():
    before = rendered(example("lab"))
    base = example("lab")
    base["l3out"]["anchors"].insert(0, {"pod": 1, "node": "103", "rack": "r2", "router_id": "198.19.0.103"})
    after = rendered(base)
    assert after["anchors"].pop("103")
    assert after == before


def test_the_password_is_apart():
    base = document(bgp={"fabric_as": "65002", "password": "hunter2"})
    assert "hunter2" not in json.dumps(rendered(base))
    assert tfvars_secrets(parse(base).spec) == {"bgp_password": "hunter2"}
    assert tfvars_secrets(parse(example("lab")).spec) == {"bgp_password": ""}


@pytest.mark.parametrize(("verify", "insecure"), [("false", True), ("true", False), ("", False)])
def test_tls_is_verified_unless_the_user_says_otherwise(verify, insecure):
    base = example("lab")
    base["fabric"]["tls"] = {"verify": verify}
    assert rendered(base)["apic_insecure"] is insecure
    assert tfvars(parse(base).spec, "https://a")["apic_insecure"] is insecure
