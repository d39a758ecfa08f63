"""The preset fabric has what the wizard reads, and leaves room for the example."""

import ipaddress
import re

import pytest

from lab.apic.core import Apic


@pytest.fixture(scope="module")
def apic() -> Apic:
    return Apic()


def names(apic: Apic, cls: str) -> set[str]:
    return {node.get("name") for node in apic.tree.of_class(cls)}


def test_the_inventory(apic) -> None:
    roles = [node.get("role") for node in apic.tree.of_class("fabricNode")]
    assert (roles.count("leaf"), roles.count("spine"), roles.count("controller")) == (8, 4, 3)
    assert len(apic.tree.of_class("fabricPod")) == 2
    assert apic.tree.get("topology/pod-1/node-1/sys/ctrlrfwstatuscont/ctrlrrunning").get("version") == "6.1(3f)"
    assert apic.tree.get("uni/fabric/bgpInstP-default/as").get("asn") == "65002"


def test_the_site(apic) -> None:
    assert {"common", "infra", "mgmt", "k8s-prod", "k8s-test", "legacy"} <= names(apic, "fvTenant")
    assert apic.tree.get("uni/tn-legacy/ctx-enforced").get("bdEnforcedEnable") == "yes"
    assert apic.tree.get("uni/tn-common/brc-k8s-permit") is not None
    block = apic.tree.get("uni/infra/vlanns-[k8s-static]-static/from-[vlan-300]-to-[vlan-349]")
    assert block is not None
    assert apic.tree.get("uni/phys-phys-k8s/rsvlanNs").get("tDn") == "uni/infra/vlanns-[k8s-static]-static"


def test_only_test_networks_are_used(apic) -> None:
    allowed = [ipaddress.ip_network("198.18.0.0/15"), ipaddress.ip_network("2001:db8::/32")]
    harmless = {"0.0.0.0", "::", "225.0.0.0", "0.0.0.0/0", "::/0"}
    for node in apic.tree:
        for value in node.attrs.values():
            if (
                value in harmless
                or not re.fullmatch(r"[0-9a-fA-F:.]+(/\d+)?", value)
                or not re.search("[.:].*[.:]", value)
            ):
                continue
            try:
                address = ipaddress.ip_interface(value).ip
            except ValueError:
                continue
            assert any(address in network for network in allowed), (node.dn, value)


def test_the_example_is_free_of_conflicts(apic) -> None:
    ours = [ipaddress.ip_network(text) for text in ("198.18.2.0/24", "198.19.0.0/24")]
    for node in apic.tree:
        for value in node.attrs.values():
            if "/" in value and re.fullmatch(r"[0-9.]+/\d+", value) and value != "0.0.0.0/0":
                assert not any(ipaddress.ip_network(value, strict=False).overlaps(network) for network in ours), node.dn
    assert apic.tree.get("uni/tn-k8s-prod/out-k8s-dc1") is None
    assert not [
        node for node in apic.tree.of_class("l3extRsNodeL3OutAtt") if re.search("node-(101|102|201)$", node.get("tDn"))
    ]
    assert "vlan-310" not in {node.get("encap") for node in apic.tree.of_class("l3extVirtualLIfP")}
