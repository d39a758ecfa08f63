"""The stand-in against a real API, Debian's BIRD and FRR leaves: sessions, prefixes, passwords, pods.

The tests of this file share one lab and run in their order; each leaves two nodes in rack r1 and their sessions up.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.calico_lab import (
    EXTERNAL,
    SERVICES,
    SERVICES6,
    CalicoLab,
    calico_lab,
    node_address,
    pool,
    run,
    until,
)

pytestmark = pytest.mark.job

PASSWORD = "s3cret-of-the-fabric"


@pytest.fixture(scope="module")
def lab() -> Iterator[CalicoLab]:
    with calico_lab() as made:
        made.configure()
        made.password(PASSWORD)
        for version in (4, 6):
            made.peer(1, version=version)
        made.add_leaf(1, PASSWORD)
        for number in (1, 2):
            made.add_node(number)
            made.install(f"w{number}")
        yield made


def service(lab: CalicoLab, name: str, cluster: str, external: str, policy: str) -> None:
    ports = [{"port": 80}]
    spec = {"type": "LoadBalancer", "clusterIP": cluster, "externalTrafficPolicy": policy, "ports": ports}
    lab.apply({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "default"}, "spec": spec})
    lab.set_status("service", name, {"loadBalancer": {"ingress": [{"ip": external}]}})


def endpoints(lab: CalicoLab, name: str, **ready: bool) -> None:
    found = [
        {"addresses": [f"10.244.0.{i}"], "nodeName": node, "conditions": {"ready": is_ready}}
        for i, (node, is_ready) in enumerate(ready.items(), 1)
    ]
    metadata = {"name": name, "namespace": "default", "labels": {"kubernetes.io/service-name": name}}
    head = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": metadata}
    lab.apply({**head, "addressType": "IPv4", "ports": [{"port": 80}], "endpoints": found})


def since(lab: CalicoLab, number: int) -> dict[str, int]:
    """How often each session of a leaf came up."""
    neighbours = json.loads(lab.vtysh(number, "show bgp neighbors json"))
    return {address: about["connectionsEstablished"] for address, about in neighbours.items()}


def test_every_session_stands_with_the_leafs_timers(lab: CalicoLab) -> None:
    for version in (4, 6):
        until(lambda version=version: lab.established(1, 1, 2, version=version), f"IPv{version} sessions")
    about = json.loads(lab.vtysh(1, f"show bgp neighbors {node_address(1)} json"))[node_address(1)]
    assert (about["remoteAs"], about["bgpTimerHoldTimeMsecs"], about["bgpTimerKeepAliveIntervalMsecs"]) == (
        65003,
        3000,
        1000,
    )
    assert about["gracefulRestartInfo"]["timers"]["receivedRestartTimer"] == 5, "the BGPPeer's maxRestartTime"


def test_the_nodes_are_annotated_and_their_network_is_available(lab: CalicoLab) -> None:
    for number, node in enumerate(sorted(lab.get("nodes"), key=lambda one: one["metadata"]["name"]), 1):
        assert node["metadata"]["annotations"] == {
            "projectcalico.org/IPv4Address": f"{node_address(number)}/24",
            "projectcalico.org/IPv6Address": f"{node_address(number, 6)}/64",
        }
        condition = next(one for one in node["status"]["conditions"] if one["type"] == "NetworkUnavailable")
        assert (condition["status"], condition["reason"]) == ("False", "CalicoIsUp")


def test_its_probes_hold(lab: CalicoLab) -> None:
    until(lambda: lab.probe("w1", "-felix-ready", "-bird-ready", "-bird6-ready")[0] == 0, "it is ready")
    assert lab.probe("w1", "-felix-live", "-bird-live") == (0, "")
    code, said = lab.probe("w1", "-bird-liver")
    assert code == 1
    assert "bird-liver" in said


def test_without_pods_leaves_hold_the_services_networks_and_nothing_else(lab: CalicoLab) -> None:
    v4, v6 = {node_address(1), node_address(2)}, {node_address(1, 6), node_address(2, 6)}
    until(lambda: lab.routes(1) == {SERVICES: v4, EXTERNAL: v4}, "exactly the services' networks")
    until(lambda: lab.routes(1, 6) == {SERVICES6: v6}, "exactly the services' IPv6 network")


def test_pods_on_two_nodes_reach_each_other(lab: CalicoLab) -> None:
    pods = {pod: lab.add_pod(node, pod) for pod, node in (("a", "w1"), ("b", "w2"), ("c", "w2"))}
    for pod in ("b", "c"):
        lab.start(f"web-{pod}", pod, "python3", "-m", "http.server", "80", "--bind", "::")
    for pod in ("b", "c"):
        for address in pods[pod]:
            until(lambda address=address: reaches(lab, "a", address), f"a reaches {pod} at {address}")
    until(lambda: reaches(lab, "c", pods["b"][0]), "two pods of one node reach each other")
    until(lambda: reaches(lab, "w1", pods["b"][0]), "a node reaches another's pod")
    until(lambda: reaches(lab, "leaf1", pods["b"][0]), "the leaf reaches a pod")


def reaches(lab: CalicoLab, source: str, address: str) -> bool:
    words = f"import socket; socket.create_connection(({address!r}, 80), 1)"
    done = lab.inside(source, "python3", "-c", f"{words}; print('reached')", check=False)
    return "reached" in done


def test_leaves_hold_each_nodes_block_alone_besides(lab: CalicoLab) -> None:
    owned = {one["spec"]["cidr"]: one["spec"]["node"] for one in lab.get("blockaffinities")}
    assert sorted(owned.values()) == ["w1", "w1", "w2", "w2"]
    assert {one["spec"]["state"] for one in lab.get("blockaffinities")} == {"confirmed"}
    for version, networks in ((4, {SERVICES, EXTERNAL}), (6, {SERVICES6})):
        everyone = {node_address(1, version), node_address(2, version)}
        wanted = dict.fromkeys(networks, everyone) | {
            cidr: {node_address(int(node[1:]), version)}
            for cidr, node in owned.items()
            if (":" in cidr) == (version == 6)
        }
        until(lambda version=version, wanted=wanted: lab.routes(1, version) == wanted, f"exactly {wanted}")


def test_a_pod_that_goes_gives_back_its_addresses(lab: CalicoLab) -> None:
    before = held(lab)
    assert device(lab, "w2", "c")
    lab.end("web-c")
    for _ in range(2):
        lab.cni("w2", "DEL", "c")
    assert before - held(lab) == {("w2", "c")}
    assert device(lab, "w2", "c") == ""


def held(lab: CalicoLab) -> set[tuple[str, str]]:
    """Node and pod of every address that is handed out."""
    return {
        (attribute["secondary"]["node"], attribute["secondary"]["pod"])
        for block in lab.get("ipamblocks")
        for attribute in block["spec"]["attributes"]
    }


def device(lab: CalicoLab, node: str, pod: str) -> str:
    """The node's end of a pod's veth, named as Calico names it; empty when there is none."""
    name = "cali" + hashlib.sha1(f"default.{pod}".encode(), usedforsecurity=False).hexdigest()[:11]
    return lab.inside(node, "ip", "-o", "link", "show", name, check=False)


def test_calls_at_once_get_an_address_each_from_several_blocks(lab: CalicoLab) -> None:
    lab.apply(pool("small", "10.245.0.0/24") | {"spec": pool("small", "10.245.0.0/24")["spec"] | {"blockSize": 29}})
    for name in ("w1", "w2"):
        path = lab.root(name) / "host/etc/cni/net.d/10-calico.conf"
        config = json.loads(path.read_text())
        config["ipam"] = {"type": "calico-ipam", "ipv4_pools": ["small"]}
        path.with_name("small.conf").write_text(json.dumps(config))
    with ThreadPoolExecutor(8) as pool_of_threads:
        calls = [(f"w{1 + i % 2}", f"many-{i}") for i in range(24)]
        found = list(pool_of_threads.map(lambda call: address_alone(lab, *call), calls))
    assert len(set(found)) == 24
    blocks = [one for one in lab.get("blockaffinities") if one["spec"]["cidr"].startswith("10.245.")]
    assert sorted(one["spec"]["node"] for one in blocks) == ["w1", "w1", "w2", "w2"], "12 addresses of 8 a block"
    for call in calls:
        address_alone(lab, *call, command="DEL")
    assert not [one for one in held(lab) if one[1].startswith("many-")]


def address_alone(lab: CalicoLab, node: str, pod: str, command: str = "ADD") -> str:
    answer = lab.cni(node, command, pod, plugin="calico-ipam", config="small.conf")
    return answer["ips"][0]["address"] if answer else ""


def test_a_local_services_address_comes_from_nodes_with_a_ready_endpoint_alone(lab: CalicoLab) -> None:
    service(lab, "local", "10.96.7.7", "203.0.113.9", "Local")
    service(lab, "anywhere", "10.96.7.8", "203.0.113.10", "Cluster")
    endpoints(lab, "local", w1=True, w2=False)
    endpoints(lab, "anywhere", w1=True)
    wanted = {"10.96.7.7/32": {node_address(1)}, "203.0.113.9/32": {node_address(1)}}
    until(lambda: singles(lab) == wanted, f"exactly {wanted}")
    endpoints(lab, "local", w1=True, w2=True)
    until(lambda: all(len(hops) == 2 for hops in singles(lab).values()), "both nodes")
    endpoints(lab, "local", w1=False, w2=True)
    until(lambda: singles(lab) == {one: {node_address(2)} for one in wanted}, "the second alone")
    lab.kubectl("delete", "service", "local", "anywhere")
    until(lambda: singles(lab) == {}, "no addresses of services")


def singles(lab: CalicoLab) -> dict[str, set[str]]:
    return {prefix: hops for prefix, hops in lab.routes(1).items() if prefix.endswith("/32")}


def test_a_node_that_is_excluded_speaks_for_no_service(lab: CalicoLab) -> None:
    label = "node.kubernetes.io/exclude-from-external-load-balancers"
    lab.kubectl("label", "node", "w2", f"{label}=true")
    until(lambda: lab.routes(1)[SERVICES] == {node_address(1)}, "the first node alone")
    lab.kubectl("label", "node", "w2", f"{label}-")
    until(lambda: len(lab.routes(1)[SERVICES]) == 2, "both nodes")


def test_what_is_no_service_is_unreachable_at_once(lab: CalicoLab) -> None:
    words = "import socket\ntry: socket.create_connection(('10.96.200.1', 80), 5)\nexcept OSError as e: print(e)"
    # Told at once: what nobody answers would end as "timed out", a neighbour that is not there as "No route to host".
    assert "Network is unreachable" in lab.inside("a", "python3", "-c", words)


def test_another_peer_is_added_and_removed_and_the_first_never_flaps(lab: CalicoLab) -> None:
    before = since(lab, 1)
    lab.add_leaf(2, PASSWORD)
    lab.peer(2)
    until(lambda: lab.established(2, 1, 2), "sessions of the second leaf")
    lab.kubectl("delete", "bgppeer", "leaf-102")
    until(lambda: not lab.established(2, 1) and not lab.established(2, 2), "they are gone")
    assert since(lab, 1) == before


def test_a_new_password_in_the_secret_makes_the_sessions_anew(lab: CalicoLab) -> None:
    changed = "another-secret-of-the-fabric"
    commands = [f"neighbor NODES{version} password {changed}" for version in (4, 6)]
    lab.vtysh(1, "configure terminal", "router bgp 65002", *commands)
    until(lambda: not lab.established(1, 1), "the old password no longer counts")
    lab.password(changed)
    for version in (4, 6):
        until(lambda version=version: lab.established(1, 1, 2, version=version), "sessions with the new password", 30)
    for name in ("w1", "w2"):
        assert PASSWORD not in lab.log(name)
        assert changed not in lab.log(name)


def test_the_rack_decides_which_leaves_a_node_peers_with(lab: CalicoLab) -> None:
    lab.kubectl("label", "node", "w2", "rack_id=r2", "--overwrite")
    until(lambda: not lab.established(1, 2) and lab.established(1, 1), "no session of the node in the other rack")
    lab.kubectl("label", "node", "w2", "rack_id=r1", "--overwrite")
    until(lambda: lab.established(1, 1, 2), "both again")


def test_a_bird_that_dies_comes_back(lab: CalicoLab) -> None:
    config = str(lab.root("w1") / "etc/calico/confd/config/bird.cfg")
    victim = next(pid for pid, line in running().items() if config in line)
    os.kill(victim, signal.SIGKILL)
    until(lambda: any(config in line for pid, line in running().items() if pid != victim), "another BIRD")
    until(lambda: lab.established(1, 1, 2), "its session", 30)


def running() -> dict[int, str]:
    """Command lines of this host's processes."""
    listing = run("ps", "-ww", "-eo", "pid=,args=").splitlines()
    return {int(line.split()[0]): line.split(maxsplit=1)[1] for line in listing}


def test_a_node_that_ends_takes_its_routes_along_at_once(lab: CalicoLab) -> None:
    log = lab.root("leaf1") / "said.log"
    lab.vtysh(1, "configure terminal", f"log file {log}")
    lab.end("w2")
    until(lambda: lab.routes(1)[SERVICES] == {node_address(1)}, "its routes are gone")
    # At once, for the node said so (6/2 is an administrative shutdown): not by the hold time or the restart time.
    said = f"received from neighbor {node_address(2)} 6/2 "
    until(lambda: said in log.read_text(), "it says goodbye")
    lab.start_node("w2")
    until(lambda: lab.established(1, 1, 2), "its session", 30)


def test_the_controllers_give_back_the_blocks_of_a_node_that_is_gone(lab: CalicoLab) -> None:
    lab.end("w2")
    lab.start_controllers()
    until(lambda: lab.check_controllers("-r") == 0, "the controllers are ready")
    assert {one["spec"]["node"] for one in lab.get("blockaffinities")} == {"w1", "w2"}
    lab.kubectl("delete", "node", "w2")
    until(lambda: {one["spec"]["node"] for one in lab.get("blockaffinities")} == {"w1"}, "the other's blocks are gone")
    assert {one["spec"]["affinity"] for one in lab.get("ipamblocks")} == {"host:w1"}
    assert lab.check_controllers("-l") == 0
