"""What a cluster's life costs those who use it: `.venv/bin/python tests/bench/living_cluster.py [STEP…]`.

Makes the example (3 control-plane machines, 2 workers), puts a service on it, and lets a client outside the fabric ask
it 20 times a second through the border leaf while leaves and workers come and go (`changes`), a leaf's bgpd is killed
(`bgpd`), a node falls silent (`node`), the leaf that holds the gateway does (`leaf`), a control-plane machine comes and
the first one goes (`masters`), the machine that holds the VIP dies and another takes its place in the spec (`vip`).
Prints the requests that were lost and the longest time without an answer.
Needs root, as the lab does; about 25 minutes on two cores. Everything that it made is gone at the end.
"""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from lab import whole  # noqa: E402
from lab.fabric import daemons  # noqa: E402
from lab.fabric.plan import client  # noqa: E402
from lab.fabric.space import port  # noqa: E402
from lab.machines import cgroups, names  # noqa: E402
from lab.machines.network import leaf_namespace  # noqa: E402
from tests.lab_fabric.live import until  # noqa: E402
from tests.whole_lab import Whole, times  # noqa: E402

WORKLOAD = """
apiVersion: v1
kind: ConfigMap
metadata: {name: asked, namespace: default}
data: {Corefile: ".:5353 {\\n health :8080 {\\n lameduck 5s\\n }\\n errors\\n}\\n"}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: asked, namespace: default}
spec:
  replicas: 4
  selector: {matchLabels: {app: asked}}
  template:
    metadata: {labels: {app: asked}}
    spec:
      topologySpreadConstraints:
        - {maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: ScheduleAnyway,
           labelSelector: {matchLabels: {app: asked}}}
      containers:
        - name: asked
          image: IMAGE
          args: [-conf, /etc/asked/Corefile]
          ports: [{name: http, containerPort: 8080}]
          readinessProbe: {httpGet: {path: /health, port: http}, periodSeconds: 1}
          volumeMounts: [{name: config, mountPath: /etc/asked}]
      volumes: [{name: config, configMap: {name: asked}}]
---
apiVersion: v1
kind: Service
metadata: {name: asked, namespace: default}
spec:
  type: LoadBalancer
  selector: {app: asked}
  ports: [{name: http, port: 80, targetPort: http}]
"""

CLIENT = """
import socket, sys, time
address, source, every = sys.argv[1], sys.argv[2], 0.05
def ask():
    with socket.create_connection((address, 80), 1.0, (source, 0)) as link:
        link.settimeout(1.0)
        link.sendall(b"GET /health HTTP/1.0\\r\\n\\r\\n")
        return link.recv(64).startswith(b"HTTP/1.")
while True:
    began = time.time()
    try:
        good = ask()
    except OSError:
        good = False
    print(f"{began:.3f} {int(good)} {time.time() - began:.3f}", flush=True)
    time.sleep(max(0.0, every - (time.time() - began)))
"""


@dataclass
class Client:
    """Asks all the time; `lost` tells of a span."""

    log: Path

    def lost(self, since: float) -> str:
        rows = [line.split() for line in self.log.read_text().splitlines() if line.count(" ") == 2]
        span = [(float(at), good == "1", float(took)) for at, good, took in rows if float(at) >= since]
        bad = sum(not good for _, good, _ in span)
        gap, last = 0.0, since
        for at, good, took in span:
            if good:
                gap, last = max(gap, at + took - last), at + took
        return f"{bad} of {len(span)} requests lost, at most {gap:.2f} s without an answer"


class Living(Whole):
    """The whole lab and what is done to it."""

    def kubectl_json(self, *words: str) -> Any:
        return json.loads(self.ask(*words, "-o", "json"))

    def ask(self, *words: str, text: str | None = None) -> str:
        path = self.home / "kubeconfig"
        if not path.exists():
            path.write_text(self("kubeconfig", "SPEC").stdout)
            path.chmod(0o600)
        line = [self.kubectl, "--kubeconfig", str(path), "--request-timeout=15s", *words]
        done = subprocess.run(line, input=text, capture_output=True, text=True, timeout=90, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr or done.stdout)
        return done.stdout

    def serve_something(self) -> str:
        """The service's address."""
        pods = self.kubectl_json("get", "deployment", "coredns", "-n", "kube-system")
        image = pods["spec"]["template"]["spec"]["containers"][0]["image"]
        self.ask("apply", "-f", "-", text=WORKLOAD.replace("IMAGE", image))
        self.ask("rollout", "status", "deployment/asked", "--timeout=80s")
        until(lambda: self.kubectl_json("get", "service", "asked")["status"]["loadBalancer"].get("ingress"), 60)
        found = self.kubectl_json("get", "service", "asked")["status"]["loadBalancer"]["ingress"]
        return str(found[0]["ip"])

    @contextmanager
    def client(self, address: str) -> Iterator[Client]:
        space = leaf_namespace(names.of(self.lab_home), self.speaker("outside"))
        log = self.home / "client.log"
        with log.open("w") as out:
            line = ["ip", "netns", "exec", space, sys.executable, "-I", "-S", "-c", CLIENT, address, client(4)]
            process = subprocess.Popen(line, stdout=out)
        try:
            yield Client(log)
        finally:
            process.kill()
            process.wait()

    def speaker(self, start: str) -> str:
        """Full name of a leaf's, or the client's, namespace."""
        mark = leaf_namespace(names.of(self.lab_home), "")
        found = [path.name.removeprefix(mark) for path in Path("/run/netns").iterdir() if path.name.startswith(mark)]
        return next(name for name in found if name.split(".")[0] == start)

    def routes(self, leaf: int) -> str:
        space = leaf_namespace(names.of(self.lab_home), self.speaker(f"leaf-{leaf}"))
        return subprocess.run(["ip", "-n", space, "route"], capture_output=True, text=True, check=True).stdout

    def node_routes(self, machine: str) -> str:
        space = names.of(self.lab_home).machine_namespace(machine)
        return subprocess.run(["ip", "-n", space, "route"], capture_output=True, text=True, check=True).stdout

    def holder_of_vip(self) -> str:
        """ "" while nobody has it."""
        vip = self.spec["cluster"]["vip"]["v4"]
        for name in sorted(self.running()):
            space = names.of(self.lab_home).machine_namespace(name)
            shown = subprocess.run(["ip", "-n", space, "addr"], capture_output=True, text=True, check=False).stdout
            if f" {vip}/" in shown:
                return name
        return ""

    def holder_of_gateway(self) -> tuple[str, str]:
        """(leaf, its interface) with the nodes' next hop."""
        for path in Path("/run/netns").glob(leaf_namespace(names.of(self.lab_home), "leaf-*")):
            line = ["ip", "-n", path.name, "-j", "address"]
            links = json.loads(subprocess.run(line, capture_output=True, text=True, check=True).stdout)
            for link in links:
                if f"{self.net}.253" in [one.get("local") for one in link["addr_info"]]:
                    return path.name.removeprefix(leaf_namespace(names.of(self.lab_home), "")), link["ifname"]
        return "", ""

    def is_ready(self, node: str) -> bool:
        """As Kubernetes has it: most of a minute passes before it believes that a node is dead."""
        conditions = self.kubectl_json("get", "node", node)["status"]["conditions"]
        return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)

    def members(self) -> str:
        """Names of etcd's members, as one of them tells."""
        pods = self.kubectl_json("get", "pods", "-n", "kube-system", "-l", "component=etcd")["items"]
        ready = [
            pod["metadata"]["name"]
            for pod in pods
            if any(one["type"] == "Ready" and one["status"] == "True" for one in pod["status"]["conditions"])
        ]
        pki = "/etc/kubernetes/pki/etcd"
        keys = [f"--cacert={pki}/ca.crt", f"--cert={pki}/server.crt", f"--key={pki}/server.key"]
        line = ["exec", "-n", "kube-system", ready[0], "--", "etcdctl", *keys, "member", "list", "--write-out=json"]
        return ", ".join(sorted(one["name"] for one in json.loads(self.ask(*line))["members"]))

    def api_answers(self) -> bool:
        vip, port = self.spec["cluster"]["vip"]["v4"], self.spec["cluster"]["port"]
        unverified = ssl._create_unverified_context()  # readiness alone is asked; nothing is sent
        try:
            url = f"https://{vip}:{port}/readyz"
            return bool(urllib.request.urlopen(url, timeout=1, context=unverified).status == 200)
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False


def say(text: str) -> None:
    print(text, flush=True)


def apply(site: Living, what: str, asked: Client | None = None) -> None:
    began, at, before = time.monotonic(), time.time(), site.sessions()
    result = site("apply", "SPEC", "--yes", "-q", "--json")
    if result.exit_code:
        raise RuntimeError(result.output)
    if asked:
        time.sleep(3)
    took, after = time.monotonic() - began, site.sessions()
    flapped = [name for name in before if name in after and after[name] != before[name]]
    lost = f"; {asked.lost(at)}; {len(flapped)} of {len(before)} sessions flapped {flapped or ''}" if asked else ""
    say(f"{what}: {took:.0f} s ({times()}){lost}; {len(after)} sessions up")


def leaves_and_workers(site: Living, asked: Client) -> None:
    anchors, workers = site.spec["l3out"]["anchors"], site.spec["machines"]["workers"]
    anchors.append({"pod": 1, "node": 103, "router_id": "198.19.0.103", "v4": f"{site.net}.103", "rack": "r1"})
    apply(site, "leaf 103 added", asked)
    workers.append({"name": "k8s-w-3", "v4": f"{site.net}.6", "rack": "r1"})
    apply(site, "worker k8s-w-3 added", asked)
    del workers[0]
    apply(site, "worker k8s-w-1 removed", asked)
    del anchors[0]
    apply(site, "leaf 101 removed", asked)


def a_silent_node(site: Living, asked: Client) -> None:
    """Its cable is pulled and put back."""
    lab, name = names.of(site.lab_home), "k8s-w-2"
    address = next(row["v4"] for row in site.spec["machines"]["workers"] if row["name"] == name)
    cable, at = lab.port(name), time.time()
    subprocess.run(["ip", "-n", lab.namespace, "link", "set", cable, "down"], check=True)
    took = until(lambda: f"via {address} " not in site.routes(201), 60)
    time.sleep(5)
    say(f"node {name} silent: its routes left leaf 201 after {took:.1f} s; {asked.lost(at)}")
    subprocess.run(["ip", "-n", lab.namespace, "link", "set", cable, "up"], check=True)
    until(lambda: f"via {address} " in site.routes(201), 90)
    time.sleep(20)


def a_killed_bgpd(site: Living, asked: Client) -> None:
    """The lab starts it again, as a leaf's own supervisor does."""
    pid = daemons.pid(names.of(site.lab_home), site.speaker("leaf-102"), daemons.BGPD)
    assert pid is not None
    at = time.time()
    os.kill(pid, signal.SIGKILL)
    time.sleep(20)
    say(f"bgpd of leaf 102 killed: {asked.lost(at)}")


def a_silent_leaf(site: Living, asked: Client) -> None:
    """The leaf that is the nodes' next hop: its cable to them is pulled and put back."""
    lab, (leaf, cable) = names.of(site.lab_home), site.holder_of_gateway()
    at = time.time()
    subprocess.run(["ip", "-n", lab.namespace, "link", "set", port(leaf, cable), "down"], check=True)
    took = until(lambda: site.holder_of_gateway()[0] not in ("", leaf), 60)
    time.sleep(15)
    say(f"{leaf}, the gateway, silent: the gateway is elsewhere after {took:.1f} s; {asked.lost(at)}")
    at = time.time()
    subprocess.run(["ip", "-n", lab.namespace, "link", "set", port(leaf, cable), "up"], check=True)
    time.sleep(20)
    say(f"{leaf} is back: {asked.lost(at)}")


def the_vips_machine_dies(site: Living, asked: Client) -> None:
    holder, at = site.holder_of_vip(), time.time()
    cgroups.kill(names.of(site.lab_home).cgroup, holder)
    took = until(lambda: site.holder_of_vip() not in ("", holder) and site.api_answers(), 60)
    time.sleep(10)
    say(f"{holder}, which held the VIP, killed: the API answered on the VIP after {took:.1f} s; {asked.lost(at)}")
    until(lambda: not site.is_ready(holder), 90)
    machines = site.spec["machines"]["control_plane"]
    machines[:] = [row for row in machines if row["name"] != holder]
    machines.append({"name": "k8s-cp-5", "v4": f"{site.net}.8", "rack": "r1"})
    apply(site, f"{holder}, dead, replaced by k8s-cp-5", asked)
    say(f"members of etcd: {site.members()}")


def masters(site: Living, asked: Client) -> None:
    """The first one made the cluster; it goes as any other does."""
    machines = site.spec["machines"]["control_plane"]
    machines.append({"name": "k8s-cp-4", "v4": f"{site.net}.7", "rack": "r1"})
    apply(site, "control-plane machine k8s-cp-4 added", asked)
    say(f"members of etcd: {site.members()}")
    gone = machines.pop(0)
    apply(site, f"control-plane machine {gone['name']} removed", asked)
    say(f"members of etcd: {site.members()}")


STEPS = {
    "changes": leaves_and_workers,
    "bgpd": a_killed_bgpd,
    "node": a_silent_node,
    "leaf": a_silent_leaf,
    "masters": masters,
    "vip": the_vips_machine_dies,
}


def main(steps: list[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="anchorage-living-") as folder:
        site = Living(Path(folder) / "home", ROOT / "examples/lab.yaml")
        os.environ["ANCHORAGE_HOME"] = str(site.home)
        try:
            site.up()
            apply(site, "made, 3 + 2")
            address = site.serve_something()
            with site.client(address) as asked:
                time.sleep(10)
                say(f"at rest: {asked.lost(time.time() - 9)}")
                for step in steps or STEPS:
                    STEPS[step](site, asked)
        finally:
            whole.down(site.lab_home)


if __name__ == "__main__":
    main(sys.argv[1:])
