"""Both families on one segment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lab import fabric
from tests.lab_fabric.anchored import remove_anchor
from tests.lab_fabric.birds import Bird
from tests.lab_fabric.host import answers
from tests.lab_fabric.live import V6, Live, live, until

PODS = "2001:2:0:64::/122"


@pytest.fixture(scope="module")
def site() -> Iterator[Live]:
    """A node in each rack, with a session to each leaf of it in IPv6."""
    with live(V6, password="s3cret") as made:
        for number, racks in ((1, (101, 102)), (3, (201,))):
            leaves = tuple(f"{V6}{node:x}" for node in racks)
            pods = f"2001:2:0:64::{(number - 1) * 64:x}/122" if number > 1 else PODS
            bird = Bird(made.home, f"{V6}{number:x}", f"{V6}fd", leaves, (pods,), "s3cret")
            made.birds.append(bird)
            bird.up()
            for node in racks:
                until(lambda node=node, bird=bird: made.is_up(node, bird.address))
        yield made


def test_sessions_stand_below_the_subnets_peer(site: Live) -> None:
    entry = site.entry(101, f"{V6}1")
    assert entry is not None
    assert f"/peer-[{V6}/64]/ent-[{V6}1]" in entry.dn
    assert site.apic.tree.get(f"{entry.dn}/af-ipv6-ucast") is not None
    assert site.apic.tree.get(f"{entry.dn}/af-ipv4-ucast") is None


def test_routes_come_by_ebgp_in_the_own_rack_and_by_ibgp_from_the_other(site: Live) -> None:
    until(lambda: site.hops(101, PODS, 6) == {(f"{V6}1", "20")})
    until(lambda: site.hops(201, PODS, 6) == {(f"{V6}1", "200")})
    assert site.hops(101, "2001:2:0:9::/64", 6) == {("2001:2:0:9::", "0")}


def test_leaves_and_the_installer_reach_nodes_and_pods_and_nodes_their_gateway(site: Live) -> None:
    until(lambda: fabric.probe(site.home, "leaf-101", f"{V6}1").ok)
    until(lambda: fabric.probe(site.home, "leaf-201", "2001:2:0:64::").ok)
    until(lambda: fabric.probe(site.home, "outside", "2001:2:0:64::").ok)
    until(lambda: site.birds[0].answers(f"{V6}fd"))
    until(lambda: answers(f"{V6}1"))
    until(lambda: answers("2001:2:0:64::"))


def test_the_gateway_moves_with_both_of_its_addresses(site: Live) -> None:
    remove_anchor(site.apic, site.out, 1, 101)
    until(lambda: site.holder() == "leaf-102")
    until(lambda: site.birds[0].answers(f"{V6}fd"))
    until(lambda: {who.split(".")[0] for who in site.leaves.status()["gateways"].values()} == {"leaf-102"})
