"""The cluster's side: BIRD's words, Kubernetes' objects, what a node asks, and the playbook over local machines."""

from __future__ import annotations

import http.server
import json
import os
import socket
import stat
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from tests import verify_scenes as scenes
from tests.ansible_code import load
from webui.lookups.verify import bird, read_cluster
from webui.runs.playbook_code import CODE
from webui.runs.stages.verify import variables
from webui.verify import expected, judge
from webui.verify.checks import targets
from webui.verify.lookup import Looked
from webui.verify.seen import Agent, BgpPeer, Block, NodeSession, Seen

# Of Debian's BIRD 1.6.8, as `birdc show protocols all` printed it; counts of route changes are left out.
BIRD = """BIRD 1.6.8 ready.
name     proto    table    state  since       info
blocks   Static   master   up     06:33:56    
  Routes:         1 imported, 0 exported, 1 preferred

Node_192_0_2_2 BGP      master   start  06:34:04    Active        Socket: Connection reset by peer
  Description:    Connection to BGP peer
  Routes:         0 imported, 0 exported, 0 preferred
  BGP state:          Active
    Neighbor address: 192.0.2.2
    Neighbor AS:      65002
    Connect delay:    1/2
    Last error:       Socket: Connection reset by peer

Node_192_0_2_3 BGP      master   start  2026-11-26 06:33:56  Connect       Socket: No route to host
  Routes:         0 imported, 0 exported, 0 preferred
  BGP state:          Connect
    Neighbor address: 192.0.2.3
    Neighbor AS:      65002

Node_192_0_2_4 BGP      master   up     06:34:04    Established   
  Routes:         0 imported, 1 exported, 0 preferred
  BGP state:          Established
    Neighbor address: 192.0.2.4
    Neighbor AS:      65002
    Neighbor ID:      192.0.2.2
    Session:          external multihop AS4
    Hold timer:       3/3
    Keepalive timer:  1/1
"""  # noqa: W291


filters = load("filter_plugins/verify.py")


def test_birds_sessions_are_read() -> None:
    assert bird.sessions("n", BIRD) == (
        NodeSession("n", "192.0.2.2", "active", "Socket: Connection reset by peer", 65002, 0),
        NodeSession("n", "192.0.2.3", "connect", "Socket: No route to host", 65002, 0),
        NodeSession("n", "192.0.2.4", "established", "", 65002, 1),
    )
    assert bird.sessions("n", "Unable to connect to server control socket") == ()


def test_a_port_is_asked_only_where_no_session_is() -> None:
    assert filters.established({"v4": BIRD}) == {"192.0.2.4"}


NODE = {
    "metadata": {"name": "k8s-w-1", "labels": {"rack_id": "r1"}},
    "spec": {"podCIDRs": ["198.18.70.0/26"]},
    "status": {
        "conditions": [{"type": "Ready", "status": "False", "reason": "KubeletNotReady", "message": "no CNI"}],
        "addresses": [{"type": "InternalIP", "address": "198.18.2.4"}],
    },
}
OBJECTS: dict[str, Any] = {
    "nodes": [NODE],
    "blocks": [
        {"spec": {"cidr": "198.18.64.0/26", "affinity": "host:k8s-w-1"}},
        {"spec": {"cidr": "198.18.64.64/26", "affinity": "host:k8s-w-1", "deleted": True}},
        {"spec": {"cidr": "198.18.64.128/26"}},
    ],
    "peers": [
        {
            "metadata": {"name": "leaf-101"},
            "spec": {
                "peerIP": "198.18.2.101",
                "asNumber": 65002,
                "nodeSelector": "rack_id == 'r1'",
                "password": {"secretKeyRef": {"name": "bgp-password", "key": "password"}},
            },
        }
    ],
    "agents": [
        {"spec": {"nodeName": "k8s-w-1"}, "status": {"phase": "Running", "containerStatuses": [
            {"ready": False, "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}}}]}},
        {"spec": {"nodeName": "k8s-w-2"}, "status": {"phase": "Pending"}},
    ],
    "services": [
        {
            "metadata": {"namespace": "web", "name": "ingress"},
            "spec": {"type": "LoadBalancer", "externalTrafficPolicy": "Local", "clusterIPs": ["198.18.4.9"]},
            "status": {"loadBalancer": {"ingress": [{"ip": "198.18.5.1"}]}},
        },
        {"metadata": {"namespace": "web", "name": "head"}, "spec": {"clusterIP": "None"}},
    ],
    "slices": [
        {
            "metadata": {"namespace": "web", "labels": {"kubernetes.io/service-name": "ingress"}},
            "endpoints": [
                {"nodeName": "k8s-w-1", "conditions": {"ready": True}},
                {"nodeName": "k8s-w-2", "conditions": {"ready": False}},
            ],
        },
        {"metadata": {"namespace": "web", "labels": {"kubernetes.io/service-name": "head"}}, "endpoints": None},
    ],
}  # fmt: skip


def handed(**more: Any) -> str:
    found = {"objects": OBJECTS, "sessions": {"k8s-w-1": {"v4": BIRD}}, "workload": None, "silent": ["k8s-cp-3"]}
    return json.dumps(found | more)


def test_the_clusters_objects_are_read() -> None:
    found = read_cluster(handed(routes={"k8s-w-1": ["198.18.64.64/26", "198.18.5.1"]})).cluster
    assert found
    (node,) = found.nodes
    assert (node.ready, node.why, node.labels["rack_id"], node.pod_subnets) == (
        False,
        "no CNI",
        "r1",
        ("198.18.70.0/26",),
    )
    assert found.blocks == (Block("198.18.64.0/26", "k8s-w-1"),)
    assert found.peers == (BgpPeer("leaf-101", "198.18.2.101", 65002, "r1", "rack_id == 'r1'", True),)
    assert found.agents == (
        Agent("k8s-w-1", False, "CrashLoopBackOff back-off"),
        Agent("k8s-w-2", False, "its pod is pending"),
    )
    ingress, head = found.services
    assert (ingress.local, ingress.balancer_ips, ingress.ready) == (True, ("198.18.5.1",), frozenset({"k8s-w-1"}))
    assert (head.cluster_ips, head.ready) == ((), frozenset())
    assert found.routes == {"k8s-w-1": {"198.18.64.64/26", "198.18.5.1/32"}}
    assert found.silent == {"k8s-cp-3"}
    assert len(found.sessions) == 3


def test_a_cluster_without_calicos_resources_tells_so() -> None:
    found = read_cluster(handed(objects=OBJECTS | {"blocks": None, "peers": None})).cluster
    assert found
    assert (found.blocks, found.peers) == (None, None)


def test_without_a_master_only_the_machines_answers_are_there() -> None:
    found = read_cluster(handed(objects=None, answers={"k8s-w-1": {"leaf 101 v4": "silent"}}))
    assert found.cluster is None
    assert [(one.source, one.target, one.state) for one in found.reaches] == [("k8s-w-1", "leaf 101 v4", "silent")]


def test_what_nodes_ask_are_the_columns_of_the_report() -> None:
    spec = scenes.spec_of("lab-dual-stack.yaml")
    _, seen = scenes.whole(spec)
    assert seen.workload
    work = {"pods": dict(seen.workload.pods), "kubernetes": seen.workload.kubernetes}
    work |= {"service": list(seen.workload.service), "balancer": list(seen.workload.balancer)}
    hostvars = {"k8s-cp-1": {"verify_look": {"objects": {}, "workload": work}, "node_rack": "r1"}}
    leaves = variables(spec)["verify_probes_leaves"]
    asked = {one["name"] for one in filters.verify_targets(["k8s-cp-1"], hostvars, "k8s-cp-1", leaves)}
    wanted = {one.name for one in targets(Looked(expected(spec, seen.cluster), seen)) if one.node != "k8s-cp-1"}
    assert asked - wanted == {
        f"leaf {leaf} {kind}{tail}" for leaf in (101, 102) for kind in ("v4", "v6") for tail in ("", " bgp")
    }
    assert wanted <= asked


def test_variables_fit_what_the_roles_take() -> None:
    given = variables(scenes.spec_of("lab-dual-stack.yaml"))
    known: set[str] = set()
    for role in ("verify", "verify_probes"):
        specs = yaml.safe_load((CODE / "roles" / role / "meta/argument_specs.yml").read_text())["argument_specs"][
            "main"
        ]
        known |= set(specs["options"])
    assert set(given) <= known
    assert given["verify_families"] == ["v4", "v6"]
    assert variables(scenes.spec_of(cluster__cni="aci"))["verify_agent"] == ""
    assert given["verify_balancer"] is True
    assert variables(scenes.spec_of(cluster__load_balancer="none"))["verify_balancer"] is False


def test_without_anybody_who_hands_out_addresses_there_is_no_loadbalancer_to_wait_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    both, one = scenes.workload_of("v4"), scenes.workload_of("v4", verify_balancer=False)
    kinds = [[doc["spec"]["type"] for doc in found if doc["kind"] == "Service"] for found in (both, one)]
    assert kinds == [["ClusterIP", "LoadBalancer"], ["ClusterIP"]]
    look = load("library/cluster_look.py")
    ready = {"conditions": [{"type": "Ready", "status": "True"}], "podIPs": [{"ip": "198.18.64.2"}]}
    lists = {
        "nodes": [{"metadata": {"name": "n"}, "status": ready}],
        "pods": [{"metadata": {"name": "p"}, "spec": {"nodeName": "n"}, "status": ready}],
        "services": [{"metadata": {"name": "verify"}, "spec": {"clusterIPs": ["198.18.4.9"]}}],
    }
    waits: list[float] = []
    monkeypatch.setattr(look.time, "sleep", waits.append)
    kubectl = SimpleNamespace(items=lambda resource, *_: lists[resource])

    def waited(documents: list[dict[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = look.wait(kubectl, {"documents": documents, "families": ["v4"]}, time.monotonic() + 0.1)
        return found

    assert waited(one)["pods"] == {"n": ["198.18.64.2"]}
    assert not waits
    waited(both)
    assert waits


def test_routes_of_bird_and_of_kube_router_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `ip -j route show proto` of iproute2 6.1 printed them; 17 is the number that kube-router writes (0x11)."""
    probe = load("library/verify_probe.py")
    kernel = {
        ("-4", "17"): '[{"dst":"198.18.70.0/26","gateway":"198.18.2.101","dev":"eth0","flags":[]}]',
        ("-6", "17"): '[{"dst":"2001:db8:70::/122","gateway":"2001:db8:2::101","dev":"eth0","metric":1024,"flags":[]}]',
    }
    of_bird = {("-4", "bird"): '[{"type":"blackhole","dst":"198.18.64.0/26"},{"dst":"198.18.64.64/26"}]'}

    def told(line: list[str], **_: object) -> SimpleNamespace:
        assert line[3:6] == ["route", "show", "proto"]
        return SimpleNamespace(stdout=kernel.get((line[2], line[6]), "[]"))

    monkeypatch.setattr(probe.subprocess, "run", told)
    assert probe.routes() == ["198.18.70.0/26", "2001:db8:70::/122"]
    kernel.clear()
    assert probe.routes() == []
    kernel.update(of_bird)
    assert probe.routes() == ["198.18.64.64/26"]


def test_every_object_of_the_test_workload_is_in_its_own_namespace() -> None:
    text = (CODE / "roles/verify/templates/workload.yml.j2").read_text()
    assert text.count("namespace: anchorage-verify") == 3
    assert "anchorage-verify" in (CODE / "verify_remove.yml").read_text()
    assert load("library/cluster_look.py").SPACE == "anchorage-verify"


KUBECTL = """#!{python}
import json, sys
words = [word for word in sys.argv[1:] if not word.startswith("--")]
options = sys.argv[1:]
lists = json.load(open("{lists}"))
if words[:1] == ["apply"]:
    open("{lists}.applied", "w").write(sys.stdin.read())
    sys.exit(0)
if words[:1] == ["exec"]:
    print(lists["bird"])
elif words[:2] == ["get", "deployment"]:
    if not lists["deployment"]:
        sys.exit("Error from server (NotFound)")
    print(lists["deployment"], end="")
elif words[:2] == ["get", "configmap"]:
    print(lists["configmap"], end="")
elif words[:2] == ["get", "pods"]:
    key = "pods" if "--namespace=anchorage-verify" in options else "agents"
    print(json.dumps({{"items": lists[key]}}))
elif words[:2] == ["get", "services"] and "--namespace=anchorage-verify" in options:
    print(json.dumps({{"items": lists["own"]}}))
else:
    found = lists.get(words[1].partition(".")[0])
    if found is None:
        sys.exit("error: the server doesn't have a resource type")
    print(json.dumps({{"items": found}}))
"""


KUBEADM = """#!{python}
import sys
assert sys.argv[1:] == ["config", "images", "list", "--config", "/dev/stdin"]
assert "ClusterConfiguration" in sys.stdin.read()
for name in ("kube-apiserver:v1.36.3", "kube-proxy:v1.36.3", "coredns/coredns:v1.14.2", "pause:3.10"):
    print("registry.example.net/" + name)
"""


@pytest.fixture
def fake(tmp_path: Path) -> Path:
    """A directory with a kubectl that tells of one ready node with a pod of the workload."""
    ready = NODE | {"status": {"conditions": [{"type": "Ready", "status": "True"}]}}
    running = {"conditions": [{"type": "Ready", "status": "True"}], "podIPs": [{"ip": "127.0.0.9"}]}
    pod = {"metadata": {"name": "verify-x"}, "spec": {"nodeName": "k8s-w-1"}, "status": running}
    agent = {"metadata": {"name": "calico-node-x"}, "spec": {"nodeName": "k8s-w-1"}, "status": {"phase": "Running"}}
    balancer = {"metadata": {"name": "verify-balancer"}, "status": {"loadBalancer": {"ingress": [{"ip": "127.0.0.8"}]}}}
    lists = {
        "nodes": [ready], "pods": [pod], "agents": [agent], "own": [balancer], "services": OBJECTS["services"],
        "endpointslices": OBJECTS["slices"], "ipamblocks": None, "bgppeers": OBJECTS["peers"], "bird": BIRD,
        "deployment": "registry.k8s.io/coredns/coredns:v1", "configmap": "kind: ClusterConfiguration",
    }  # fmt: skip
    (tmp_path / "lists.json").write_text(json.dumps(lists))
    for name, text in (("kubectl", KUBECTL), ("kubeadm", KUBEADM)):
        program = tmp_path / name
        program.write_text(text.format(python=sys.executable, lists=tmp_path / "lists.json"))
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return tmp_path


def change(fake: Path, **lists: str) -> None:
    """Have the kubectl tell something else."""
    file = fake / "lists.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | lists))


def image_of(fake: Path) -> str:
    """The image of the pods that were applied."""
    applied = json.loads((fake / "lists.json.applied").read_text())["items"]
    (pods,) = [one["spec"]["template"]["spec"] for one in applied if one["kind"] == "DaemonSet"]
    return str(pods["containers"][0]["image"])


def play(folder: Path, masters: dict[str, Any], workers: dict[str, Any], *more: str) -> dict[str, Any]:
    """Run the playbook as the installer does; what it handed over."""
    children = {"control_plane": {"hosts": masters}, "workers": {"hosts": workers}}
    own = {
        "handover": str(folder),
        "ansible_python_interpreter": sys.executable,
        "verify_probes_timeout": 1,
        "verify_probes_patience": 1,
    }
    inventory = {"all": {"vars": own, "children": {"cluster": {"children": children}}}}
    (folder / "hosts.json").write_text(json.dumps(inventory))
    line = [
        str(Path(sys.executable).parent / "ansible-playbook"),
        "-i",
        str(folder / "hosts.json"),
        "verify.yml",
        *more,
    ]
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    environ = {"PATH": path, "ANSIBLE_CONFIG": str(CODE / "ansible.cfg"), "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    environ |= {"ANSIBLE_BECOME": "False", "ANSIBLE_LOCAL_TEMP": str(folder / "tmp")}
    done = subprocess.run(line, cwd=CODE, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads((folder / "verify.json").read_text())
    return found


class Health(http.server.BaseHTTPRequestHandler):
    """A test pod's /health."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


def test_a_service_that_is_served_a_moment_later_is_waited_for_and_a_leaf_is_not() -> None:
    """As kube-proxy refuses a service until it has seen its endpoints."""
    probe = load("library/verify_probe.py")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    target = {"name": "service v4", "address": "127.0.0.1", "port": port}
    given = {"timeout": 2, "patience": 0, "mtu": 1500, "pod_mtu": 1500}
    assert probe.ask(target | {"kind": "http"}, given) == "refused"
    served: list[http.server.HTTPServer] = []

    def serve() -> None:
        served.append(http.server.HTTPServer(("127.0.0.1", port), Health))
        served[0].serve_forever()

    began = time.monotonic()
    assert probe.ask(target | {"kind": "tcp"}, given | {"patience": 60}) == "refused"
    assert time.monotonic() - began < 30
    later = threading.Timer(0.5, serve)
    later.start()
    try:
        assert probe.ask(target | {"kind": "http"}, given | {"patience": 60}) == "ok"
    finally:
        later.join(0.6)
        served[0].shutdown()
        served[0].server_close()
        later.join()


HERE = {"ansible_connection": "local", "node_rack": "r1", "ansible_become": False}
GONE = {"ansible_host": "127.0.0.1", "ansible_port": 1, "node_rack": "r1"}


def test_the_playbook_hands_over_what_it_saw_and_names_who_is_silent(fake: Path) -> None:
    leaves = json.dumps({"verify_probes_leaves": [{"node": 101, "rack": "r1", "v4": "127.0.0.101", "v6": ""}]})
    found = play(fake, {"k8s-cp-1": GONE, "k8s-cp-2": HERE}, {"k8s-w-1": HERE, "k8s-w-2": GONE}, "-e", leaves)
    assert found["silent"] == ["k8s-cp-1", "k8s-w-2"]
    assert found["objects"]["blocks"] is None
    assert found["workload"]["pods"] == {"k8s-w-1": ["127.0.0.9"]}
    assert found["workload"]["balancer"] == ["127.0.0.8"]
    assert found["answers"].keys() == {"k8s-cp-2", "k8s-w-1"}
    assert found["answers"]["k8s-cp-2"]["pod k8s-w-1 v4"] == "refused"
    assert "pod k8s-w-1 v4" not in found["answers"]["k8s-w-1"]
    assert found["answers"]["k8s-w-1"]["leaf 101 v4 bgp"] == "refused"
    read = read_cluster(json.dumps(found))
    assert read.cluster
    assert [one.address for one in read.cluster.sessions] == ["192.0.2.2", "192.0.2.3", "192.0.2.4"]
    assert read.workload
    assert not read.workload.problem
    assert image_of(fake) == "registry.k8s.io/coredns/coredns:v1"


def test_where_coredns_does_not_run_kubeadm_names_the_test_pods_image(fake: Path) -> None:
    change(fake, deployment="")
    found = play(fake, {"k8s-cp-1": HERE}, {}, "-e", json.dumps({"verify_balancer": False}))
    assert found["workload"]["made"] is True
    assert image_of(fake) == "registry.example.net/coredns/coredns:v1.14.2"
    applied = json.loads((fake / "lists.json.applied").read_text())["items"]
    assert [one["spec"]["type"] for one in applied if one["kind"] == "Service"] == ["ClusterIP"]


def test_where_nothing_names_an_image_no_workload_is_made_and_the_report_is_red(fake: Path) -> None:
    change(fake, deployment="", configmap="")
    brought = read_cluster(json.dumps(play(fake, {"k8s-cp-1": HERE}, {})))
    assert not (fake / "lists.json.applied").exists()
    assert brought.workload
    assert not brought.workload.made
    wanted, seen = scenes.whole(scenes.spec_of())
    report = judge(wanted, replace(seen, workload=brought.workload, reaches=()))
    assert not report.green
    assert "nothing was sent to a pod" in report.findings[0].what


def test_without_any_master_the_playbook_still_ends_well(fake: Path) -> None:
    found = play(fake, {"k8s-cp-1": GONE}, {"k8s-w-1": HERE})
    assert found["objects"] is None
    assert found["silent"] == ["k8s-cp-1"]
    assert read_cluster(json.dumps(found)).cluster is None
    assert Seen(at="").cluster is None
