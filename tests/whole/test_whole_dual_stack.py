"""The dual-stack example with one machine of each role: every peer, pool, service and check in both families."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from aci.mo import Mo
from aci.query import of_class
from tests.calico_lab import until
from tests.whole_lab import Whole, times

pytestmark = pytest.mark.job


@pytest.fixture
def example() -> str:
    return "lab-dual-stack.yaml"


@pytest.mark.timeout(900)
def test_a_dual_stack_cluster_is_made_and_proven(site: Whole) -> None:
    site.small()
    report = site.json("apply", "SPEC", "--yes", "-q")["outputs"]["verify"]
    print(times())
    assert report["green"], report["findings"]
    assert report["families"] == ["v4", "v6"]
    cells = [cell["words"] for row in report["sessions"] for leaf in row["cells"][:2] for cell in leaf]
    assert cells == ["Up"] * 8, "two nodes, two leaves of their rack, two families"
    assert {ip_address(row["prefix"].split("/")[0]).version for row in report["prefixes"]} == {4, 6}
    assert len(sessions(site)) == 8
    assert site.json("plan", "SPEC", "-q", code=0)["changes"] is False
    site.json("destroy", "SPEC", "--yes", "-q")
    until(lambda: site.running() == set(), "machines that ended", 60)


def sessions(site: Whole) -> list[str]:
    """Sessions with nodes that are established, by the node's address, as the APIC has them."""
    subnets = [ip_network(subnet) for subnet in site.spec["l3out"]["node_subnet"].values()]
    with site.apic() as apic:
        found: list[Mo] = apic.get(of_class("bgpPeerEntry"))
    up = [one.get("addr") for one in found if one.get("operSt") == "established"]
    return [address for address in up if any(ip_address(address) in subnet for subnet in subnets)]
