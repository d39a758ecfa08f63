"""Leaves with nodes: sessions, routes, traffic, and what happens when objects change. A lab that all tests share."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from aci.mo import Mo, mo
from lab import fabric
from lab.apic.errors import ApicError
from lab.machines import names, network
from tests.lab_fabric.anchored import post, remove_anchor
from tests.lab_fabric.host import answers
from tests.lab_fabric.live import DOM, Live, live, until

SERVICES = "198.18.4.0/24"
SAID_SO = "Cease/Administrative Shutdown, received"


@pytest.fixture(scope="module")
def site() -> Iterator[Live]:
    """Two nodes in the rack of leaves 101 and 102, one in that of 201, all with a password."""
    with live(password="s3cret-word!") as made:
        for number, racks in ((1, (101, 102)), (2, (101, 102)), (3, (201,))):
            made.bird(number, racks, f"198.18.64.{(number - 1) * 64}/26", SERVICES, f"{made.virtual}/32", restart=5)
        for number, racks in ((1, (101, 102)), (2, (101, 102)), (3, (201,))):
            for node in racks:
                until(lambda node=node, number=number: made.is_up(node, f"{made.net}.{number}"))
        yield made


def test_each_node_has_a_session_with_each_leaf_of_its_rack(site: Live) -> None:
    entry = site.entry(101, f"{site.net}.1")
    assert entry is not None
    assert entry.dn == (f"topology/pod-1/node-101/sys/bgp/inst/dom-{DOM}/peer-[{site.net}.0/24]/ent-[{site.net}.1]")
    shown = {
        name: entry.get(name) for name in ("operSt", "holdIntvl", "kaIntvl", "passwdSet", "type", "rtrId", "connEst")
    }
    assert shown == {
        "operSt": "established",
        "holdIntvl": "3",
        "kaIntvl": "1",
        "passwdSet": "enabled",
        "type": "ebgp",
        "rtrId": f"{site.net}.1",
        "connEst": "1",
    }
    assert entry.parent is not None
    assert entry.parent.get("asn") == "65003"
    assert site.entry(201, f"{site.net}.1") is None


def test_a_leaf_tells_how_many_prefixes_it_takes_and_sends(site: Live) -> None:
    until(lambda: len(site.prefixes(101)) >= 5)
    entry = site.entry(101, f"{site.net}.1")
    assert entry is not None
    place = f"{entry.dn}/af-ipv4-ucast"
    until(lambda: (family := site.apic.tree.get(place)) and family.get("acceptedPaths") == "3")


def test_own_racks_routes_come_by_ebgp_and_other_racks_by_ibgp_with_the_node_as_next_hop(site: Live) -> None:
    own = {(f"{site.net}.1", "20"), (f"{site.net}.2", "20")}
    for node, hops in ((101, own), (102, own), (201, {(f"{site.net}.3", "20")})):
        until(lambda node=node, hops=hops: site.hops(node, SERVICES) == hops)
        until(lambda node=node, hops=hops: site.hops(node, f"{site.virtual}/32") == hops)
    until(lambda: site.hops(101, "198.18.64.128/26") == {(f"{site.net}.3", "200")})
    until(lambda: site.hops(201, "198.18.64.0/26") == {(f"{site.net}.1", "200")})


def test_a_leaf_holds_what_the_import_rules_list_and_nothing_else(site: Live) -> None:
    liar = site.bird(20, (101,), "198.18.30.0/24", "198.18.70.0/26", "8.8.8.0/24")
    until(lambda: site.hops(101, "198.18.70.0/26"))
    blocks = {f"198.18.64.{at}/26" for at in (0, 64, 128)}
    others = {"0.0.0.0/0", "198.18.240.0/24", "198.18.255.0/31", "198.18.255.2/31"}
    assert site.prefixes(101) == blocks | others | {SERVICES, f"{site.virtual}/32", "198.18.70.0/26"}
    site.gone(liar)
    until(lambda: not site.hops(101, "198.18.70.0/26"))


def test_nodes_get_each_others_pods_and_neither_a_default_route_nor_services(site: Live) -> None:
    first = site.birds[0]
    until(lambda: f"198.18.64.128/26 via {site.net}.3" in first.routes() or not site.is_up(101, first.address))
    routes = first.routes()
    assert f"198.18.64.64/26 via {site.net}.2" in routes
    assert "default via " + site.gateway in routes
    assert routes.count("default") == 1
    assert "198.18.240" not in routes
    assert "198.18.4.0" not in routes


def test_the_leaf_and_the_client_outside_reach_services_and_pods(site: Live) -> None:
    until(lambda: site.hops(104, f"{site.virtual}/32") == {(f"{site.net}.{node}", "200") for node in (1, 2, 3)})
    for source in ("leaf-101", "leaf-201", "outside"):
        for address in (site.virtual, "198.18.64.0", "198.18.64.128"):
            until(lambda source=source, address=address: fabric.probe(site.home, source, address).ok)
    refused = fabric.probe(site.home, "outside", site.virtual, 9)
    assert not refused.ok
    assert "refused" in refused.detail
    assert not fabric.probe(site.home, "leaf-999", "198.18.5.9").ok


def test_nodes_reach_the_gateway_the_outside_and_the_sites_servers(site: Live) -> None:
    node = site.birds[2]
    for address in (site.gateway, "198.18.240.1", network.MIRROR):
        until(lambda address=address: node.answers(address))


def test_the_installer_reaches_nodes_and_what_is_behind_them(site: Live) -> None:
    until(lambda: answers(f"{site.net}.3"))
    until(lambda: answers(site.virtual))


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"asn": 65009}, "OPEN Message Error/Bad Peer AS, sent"),
        ({"announces": 510}, "Cease/Maximum Number of Prefixes"),
    ],
)
def test_a_refused_session_stays_as_an_entry_with_the_reason(site: Live, wrong: dict[str, int], why: str) -> None:
    many = [f"198.18.{80 + at // 250}.{at % 250}/32" for at in range(wrong.pop("announces", 1))]
    bird = site.bird(21, (102,), *many, **wrong)
    until(lambda: (found := site.entry(102, bird.address)) and why in found.get("stReason"))
    site.gone(bird)


def test_another_password_is_told_as_a_fault_of_the_peer(site: Live) -> None:
    bird = site.bird(22, (102,), "198.18.71.0/26", password="wrong")
    fault = f"topology/pod-1/node-102/sys/bgp/inst/dom-{DOM}/peer-[{site.net}.0/24]/fault-F-lab-md5"
    until(lambda: site.apic.tree.get(fault))
    assert site.entry(102, bird.address) is None
    site.gone(bird)


def test_what_answers_on_the_segment_is_an_end_point(site: Live) -> None:
    until(
        lambda: {one.get("addr") for one in site.apic.tree.of_class("fvIp")} >= {f"{site.net}.{at}" for at in (1, 2, 3)}
    )
    point = site.apic.tree.of_class("fvCEp")[0]
    assert point.dn.startswith("uni/tn-k8s-prod/ctx-main/cep-00:50:56:")
    assert point.get("encap") == "vlan-310"


def test_a_changed_rule_reaches_leaves_and_no_session_flaps(site: Live) -> None:
    bird = site.bird(23, (101,), "198.18.90.0/26", "198.18.200.0/26")
    # Both: a look reads sessions first, so that a route may be told before its session.
    until(lambda: site.hops(101, "198.18.90.0/26") and site.is_up(101, bird.address))
    before = site.connections(101)
    dest = "uni/tn-k8s-prod/subj-k8s-dc1-import/dest-[198.18.200.0/26]"
    site.apic.change([("", Mo("rtctrlMatchRtDest", {"dn": dest, "aggregate": "yes"}))])
    until(lambda: site.hops(101, "198.18.200.0/26"))
    site.apic.change([("", Mo("rtctrlMatchRtDest", {"dn": dest, "status": "deleted"}))])
    until(lambda: not site.hops(101, "198.18.200.0/26"))
    assert site.connections(101) == before
    site.gone(bird)


def test_a_silent_node_loses_its_routes_within_the_hold_time(site: Live) -> None:
    bird = site.bird(24, (101, 102), "198.18.91.0/26")
    until(lambda: site.hops(102, "198.18.91.0/26"))
    bird.unplug()
    # How many seconds it takes is measured by tests/bench/graceful_restart.py.
    until(lambda: not site.hops(102, "198.18.91.0/26"))
    bird.stop()
    site.birds.remove(bird)


def test_a_node_that_ends_cleanly_loses_its_routes_at_once(site: Live) -> None:
    bird = site.bird(25, (101, 102), "198.18.92.0/26")
    until(lambda: site.hops(101, "198.18.92.0/26") and site.is_up(101, bird.address) and site.is_up(102, bird.address))
    bird.stop()
    for node in (101, 102):
        until(lambda node=node: not site.hops(node, "198.18.92.0/26"))
        # At once, for the node said so: of a silent one it would be "Hold Timer Expired, sent".
        until(lambda node=node: (found := site.entry(node, bird.address)) and found.get("stReason") == SAID_SO)
    bird.unplug()
    site.birds.remove(bird)


def test_a_removed_leaf_takes_its_routes_along_and_the_gateway_still_answers(site: Live) -> None:
    node, there = site.birds[0], {bird.address for bird in site.birds}
    until(lambda: site.holder() == "leaf-101")
    # Of a node that has just ended a leaf may still show the session.
    before = {address: one for address, one in site.connections(102).items() if address in there}
    assert len(before) >= 2
    remove_anchor(site.apic, site.out, 1, 101)
    until(lambda: site.holder() == "leaf-102")
    until(lambda: node.answers(site.gateway))
    until(lambda: 101 not in site.alive() and not site.prefixes(101))
    assert site.entry(101, node.address) is None
    assert f"via {site.net}.101" not in node.routes()
    assert not [
        path for path in Path("/run/netns").iterdir() if f"{names.of(site.home).namespace}.leaf-101" in path.name
    ]
    kept = site.connections(102)
    assert {addr: kept[addr] for addr in before} == before
    post(site.apic, site.out)
    until(lambda: site.is_up(101, node.address) and site.hops(101, SERVICES))
    assert site.holder() == "leaf-102"


def test_a_changed_password_makes_the_sessions_anew_with_it(site: Live) -> None:
    bird = site.bird(26, (102,), "198.18.93.0/26", password="rotated")
    peer = site.out.peer(1, 102)
    site.apic.change([("", Mo("bgpPeerP", {"dn": peer, "password": "rotated"}))])
    until(lambda: site.is_up(102, bird.address))
    until(lambda: not site.is_up(102, site.birds[0].address))
    assert site.is_up(101, site.birds[0].address)
    site.apic.change([("", Mo("bgpPeerP", {"dn": peer, "password": site.out.password}))])
    until(lambda: site.is_up(102, site.birds[0].address))
    until(lambda: not site.is_up(102, bird.address))
    site.gone(bird)


def test_a_default_route_comes_only_when_asked_and_goes_again(site: Live) -> None:
    node = site.birds[0]
    dn = f"{site.out.dn}/defrtleak"
    site.apic.change([("", Mo("l3extDefaultRouteLeakP", {"dn": dn, "always": "no", "criteria": "in-addition"}))])
    until(lambda: f"via {site.net}.101" in node.learned("0.0.0.0/0"))
    site.apic.change([("", Mo("l3extDefaultRouteLeakP", {"dn": dn, "status": "deleted"}))])
    until(lambda: f"via {site.net}.101" not in node.learned("0.0.0.0/0"))


def test_a_killed_daemon_and_a_removed_namespace_come_back(site: Live) -> None:
    address = site.birds[2].address
    before = site.connections(201)[address]
    os.kill(site.daemon(201), signal.SIGKILL)
    # Not that it goes in between, which may be shorter than from one look to the next.
    until(lambda: site.connections(201).get(address) not in (None, before))
    network.run("ip", "netns", "del", f"{names.of(site.home).namespace}.leaf-201.k8s-prod.main")
    time.sleep(1)
    until(lambda: site.is_up(201, address) and site.hops(201, SERVICES))


def test_nodes_are_on_link_for_the_lab_while_a_leaf_holds_the_gateway(site: Live) -> None:
    """The kernel takes an interface's routes with its last address; the installer's way must not lead over a leaf."""
    assert site.holder().startswith("leaf-")
    routes = network.run("ip", "-n", names.of(site.home).namespace, "route", "get", f"{site.net}.1")
    assert f"{site.net}.1 dev {names.SEGMENT} " in routes


def test_bridges_keep_their_address_whatever_ports_come_and_go(site: Live) -> None:
    """It would be that of the lowest port: who had learnt it would lose the lab's servers, and those the leaves."""
    shown = json.loads(network.run("ip", "-n", names.of(site.home).namespace, "-j", "link", "show", "type", "bridge"))
    assert len(shown) >= 3
    assert [one["address"] for one in shown] == [names.mac(one["ifname"]) for one in shown]


def test_no_secret_is_shown_anywhere(site: Live) -> None:
    told = "".join(str(node.attrs) for node in site.apic.tree if node.cls.name != "bgpPeerP")
    lines = "".join(Path(f"/proc/{site.daemon(node)}/cmdline").read_text() for node in (101, 102))
    logs = "".join(path.read_text(errors="replace") for path in (site.home / "fabric").glob("*.log"))
    assert (
        "s3cret"
        not in told + lines + logs + str(site.leaves.status()) + (site.home / "fabric/.status.json").read_text()
    )


def test_leaves_survive_a_killed_simulator_and_are_found_again(site: Live) -> None:
    before, pids = site.connections(101), site.daemon(101)
    site.leaves.stop()
    again = type(site.leaves)(site.apic, site.home)
    site.leaves = again
    again.start()
    until(lambda: site.alive() >= {101, 102, 201})
    time.sleep(1)
    assert site.connections(101) == before
    assert site.daemon(101) == pids


def test_users_read_but_do_not_write_what_leaves_see(site: Live) -> None:
    user = site.apic.tree.get("uni/userext/user-admin")
    entry = site.entry(101, f"{site.net}.1")
    assert user is not None
    assert entry is not None
    with pytest.raises(ApicError):
        site.apic.post(user, entry.dn, mo("bgpPeerEntry", operSt="idle"))
