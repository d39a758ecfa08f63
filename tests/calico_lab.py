"""Nodes that run the stand-in of Calico, and leaves (FRR), in network namespaces on one bridge, with a real etcd and
kube-apiserver. Everything is ended by its process id and every namespace removed, whatever happens."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from lab import mirror
from lab.calico import layers
from lab.machines import rootfs
from lab.mirror import sources
from webui.settings import load

SUBNET, V6 = "192.0.2", "2001:db8:2"
API = f"{SUBNET}.1"
FABRIC_AS, CLUSTER_AS = 65002, 65003
PODS, PODS6, SERVICES, SERVICES6 = "10.244.0.0/16", "fd00:244::/64", "10.96.0.0/16", "fd00:96::/112"
EXTERNAL = "203.0.113.0/24"
FRR = Path("/usr/lib/frr")

CONFLIST = {
    "name": "k8s-pod-network",
    "cniVersion": "0.3.1",
    "type": "calico",
    "log_level": "info",
    "datastore_type": "kubernetes",
    "mtu": 0,
    "ipam": {"type": "calico-ipam", "assign_ipv4": "true", "assign_ipv6": "true"},
}


def run(*words: str | Path, stdin: str | None = None, check: bool = True, timeout: float = 30) -> str:
    done = subprocess.run(
        [str(word) for word in words], input=stdin, capture_output=True, text=True, timeout=timeout, check=False
    )
    assert not check or done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout


def until(true: Callable[[], Any], what: str, patience: float = 20.0) -> float:
    """Wait for something; the seconds it took."""
    start = time.monotonic()
    while not true():
        assert time.monotonic() < start + patience, f"not within {patience} s: {what}"
        time.sleep(0.05)
    return time.monotonic() - start


@dataclass
class CalicoLab:
    """`folder` holds everything, `name` begins the namespaces' names."""

    folder: Path
    name: str
    program: Path
    binaries: Path
    birds: Path
    templates: Path
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    spaces: list[str] = field(default_factory=list)

    def space(self, name: str) -> str:
        return f"{self.name}-{name}"

    def inside(self, name: str, *words: str | Path, stdin: str | None = None, check: bool = True) -> str:
        return run("ip", "netns", "exec", self.space(name), *words, stdin=stdin, check=check)

    def add_space(self, name: str, *addresses: str) -> None:
        """A namespace on the bridge."""
        space = self.space(name)
        run("ip", "netns", "add", space)
        self.spaces.append(space)
        bridge = self.space("svi")
        port = f"p{name}"
        run("ip", "-n", bridge, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", space)
        run("ip", "-n", bridge, "link", "set", port, "master", "br0", "up")
        for device in ("lo", "eth0"):
            run("ip", "-n", space, "link", "set", device, "up")
        for address in addresses:
            nodad = ("nodad",) if ":" in address else ()
            run("ip", "-n", space, "addr", "add", address, "dev", "eth0", *nodad)
        sysctls = ["net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1", "net.ipv4.fib_multipath_hash_policy=1"]
        self.inside(name, "sysctl", "-qw", *sysctls)

    def add_bridge(self) -> None:
        space = self.space("svi")
        run("ip", "netns", "add", space)
        self.spaces.append(space)
        run("ip", "-n", space, "link", "add", "br0", "type", "bridge")
        for device in ("lo", "br0"):
            run("ip", "-n", space, "link", "set", device, "up")
        run("ip", "-n", space, "addr", "add", f"{API}/24", "dev", "br0")

    def start(self, title: str, space: str, *words: str | Path, env: dict[str, str] | None = None) -> None:
        """Start a process that goes on in a namespace; its output is in a file."""
        with (self.folder / f"{title}.log").open("ab") as log:
            line = ["ip", "netns", "exec", self.space(space), *map(str, words)]
            environ = {"PATH": os.environ["PATH"], **(env or {})}
            self.processes[title] = subprocess.Popen(line, stdout=log, stderr=log, env=environ)

    def end(self, title: str) -> None:
        process = self.processes.pop(title)
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)

    def log(self, title: str) -> str:
        return (self.folder / f"{title}.log").read_text(errors="replace")

    # the API

    def start_api(self) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        account = self.folder / "account.key"
        account.write_bytes(key.private_bytes(*pem))
        tokens = self.folder / "tokens.csv"
        tokens.write_text(f"{self.token},admin,admin,system:masters\n")
        etcd = ["--data-dir", self.folder / "etcd", "--unsafe-no-fsync", "--log-level", "error"]
        self.start("etcd", "svi", self.binaries / "etcd", *etcd)
        self.start(
            "api",
            "svi",
            self.binaries / "kube-apiserver",
            "--etcd-servers=http://127.0.0.1:2379",
            f"--bind-address={API}",
            f"--advertise-address={API}",
            f"--cert-dir={self.folder / 'certificates'}",
            f"--token-auth-file={tokens}",
            "--authorization-mode=RBAC",
            f"--service-cluster-ip-range={SERVICES},{SERVICES6}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-signing-key-file={account}",
            f"--service-account-key-file={account}",
            "--disable-admission-plugins=ServiceAccount",
            "--endpoint-reconciler-type=none",
        )
        certificate = self.folder / "certificates/apiserver.crt"
        until(certificate.exists, "the API server's certificate", 60)
        self.kubeconfig("admin", self.token)
        until(lambda: "ok" in self.kubectl("get", "--raw", "/readyz", check=False), "the API is ready", 60)

    def kubeconfig(self, name: str, token: str) -> Path:
        path = self.folder / f"{name}.kubeconfig"
        ca = str(self.folder / "certificates/apiserver.crt")
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "c", "cluster": {"server": f"https://{API}:6443", "certificate-authority": ca}}],
            "users": [{"name": "u", "user": {"token": token}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        }
        path.write_text(yaml.safe_dump(document))
        path.chmod(0o600)
        return path

    def kubectl(self, *words: str, stdin: str | None = None, check: bool = True) -> str:
        config = self.folder / "admin.kubeconfig"
        return self.inside("svi", self.binaries / "kubectl", "--kubeconfig", config, *words, stdin=stdin, check=check)

    def apply(self, *documents: dict[str, Any]) -> None:
        self.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=yaml.safe_dump_all(documents))

    def set_status(self, kind: str, name: str, status: dict[str, Any]) -> None:
        patch = json.dumps({"status": status})
        self.kubectl("patch", kind, name, "--subresource=status", "--type=merge", "-p", patch)

    def get(self, *words: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.kubectl("get", *words, "-o", "json"))["items"]
        return found

    # Calico's own manifest: its definitions, accounts and roles

    def apply_calico(self, calico: Path) -> None:
        documents = [one for one in yaml.safe_load_all((calico / "manifests/calico.yaml").read_text()) if one]
        running = {"DaemonSet", "Deployment", "PodDisruptionBudget", "ConfigMap"}
        self.apply(*(one for one in documents if one["kind"] not in running))
        names = [one["metadata"]["name"] for one in documents if one["kind"] == "CustomResourceDefinition"]
        self.kubectl("wait", "--for=condition=Established", "--timeout=30s", *(f"crd/{name}" for name in names))
        self.apply(
            rbac("Role", "bgp-password", rules=[{"apiGroups": [""], "resources": ["secrets"],
                 "resourceNames": ["bgp-password"], "verbs": ["get", "list", "watch"]}]),
            rbac("RoleBinding", "bgp-password",
                 roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "bgp-password"},
                 subjects=[{"kind": "ServiceAccount", "name": "calico-node", "namespace": "kube-system"}]),
        )  # fmt: skip

    def configure(self, **more: Any) -> None:
        spec = {
            "asNumber": CLUSTER_AS,
            "nodeToNodeMeshEnabled": False,
            "serviceClusterIPs": [{"cidr": SERVICES}, {"cidr": SERVICES6}],
            "serviceExternalIPs": [{"cidr": EXTERNAL}],
            "serviceLoadBalancerIPs": [{"cidr": EXTERNAL}],
        } | more
        self.apply(crd("BGPConfiguration", "default", spec), pool("pods-v4", PODS), pool("pods-v6", PODS6))

    def password(self, text: str) -> None:
        secret = {"name": "bgp-password", "namespace": "kube-system"}
        self.apply({"apiVersion": "v1", "kind": "Secret", "metadata": secret, "stringData": {"password": text}})

    def peer(self, number: int, rack: str = "r1", version: int = 4, **more: Any) -> None:
        spec = {
            "peerIP": leaf_address(number, version),
            "asNumber": FABRIC_AS,
            "nodeSelector": f"rack_id == '{rack}'",
            "password": {"secretKeyRef": {"name": "bgp-password", "key": "password"}},
            "maxRestartTime": "5s",
        } | more
        self.apply(crd("BGPPeer", f"leaf-{100 + number}{'' if version == 4 else '-v6'}", spec))

    # nodes

    def add_node(self, number: int, rack: str = "r1", v6: bool = True) -> None:
        """A node: in the API, as a namespace, with the stand-in running under calico-node's own account."""
        name = f"w{number}"
        self.add_space(name, f"{SUBNET}.{10 + number}/24", *([f"{V6}::{10 + number}/64"] if v6 else []))
        labels = {"rack_id": rack, "kubernetes.io/hostname": name}
        self.apply({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}})
        root = self.root(name)
        shutil.copytree(self.templates, root / "etc/calico/confd/templates")
        for folder in ("host/etc/cni/net.d", "host/opt/cni/bin", "opt/cni/bin"):
            (root / folder).mkdir(parents=True)
        for program in ("calico", "calico-ipam", "install"):
            (root / "opt/cni/bin" / program).symlink_to(self.program)
        (root / "calico-node").symlink_to(self.program)
        token = self.kubectl("-n", "kube-system", "create", "token", "calico-node").strip()
        self.kubeconfig(name, token)
        self.start_node(name)

    def root(self, name: str) -> Path:
        return self.folder / name

    def environment(self, name: str) -> dict[str, str]:
        path = f"{self.birds / 'usr/sbin'}:{os.environ['PATH']}"
        kubeconfig = str(self.folder / f"{name}.kubeconfig")
        return {"STAND_IN_ROOT": str(self.root(name)), "PATH": path, "KUBECONFIG": kubeconfig, "NODENAME": name}

    def start_node(self, name: str) -> None:
        settings = {"IP": "autodetect", "IP6": "autodetect", "NO_DEFAULT_POOLS": "true"}
        self.start(name, name, self.root(name) / "calico-node", env=self.environment(name) | settings)

    def probe(self, name: str, *flags: str) -> tuple[int, str]:
        """Run the node's probe as the kubelet does."""
        words = ["ip", "netns", "exec", self.space(name), str(self.root(name) / "calico-node"), *flags]
        done = subprocess.run(
            words, env=self.environment(name), capture_output=True, text=True, timeout=20, check=False
        )
        return done.returncode, done.stderr

    def install(self, name: str) -> None:
        config = {
            **CONFLIST,
            "nodename": "__KUBERNETES_NODE_NAME__",
            "kubernetes": {"kubeconfig": "__KUBECONFIG_FILEPATH__"},
        }
        environ = self.environment(name) | {
            "CNI_NETWORK_CONFIG": json.dumps(config),
            "KUBERNETES_NODE_NAME": name,
            "CNI_CONF_NAME": "10-calico.conf",
            "CNI_NET_DIR": str(self.root(name) / "host/etc/cni/net.d"),
        }
        words = ["ip", "netns", "exec", self.space(name), str(self.root(name) / "opt/cni/bin/install")]
        subprocess.run(words, env=environ, check=True, timeout=30, capture_output=True)

    def cni(
        self, node: str, command: str, pod: str, plugin: str = "calico", config: str = "10-calico.conf"
    ) -> dict[str, Any]:
        """Call the installed plugin as a container runtime does. `pod` is its namespace on this host."""
        root = self.root(node)
        environ = {
            "STAND_IN_ROOT": str(root),
            "PATH": os.environ["PATH"],
            "CNI_COMMAND": command,
            "CNI_CONTAINERID": f"container-{pod}",
            "CNI_NETNS": f"/run/netns/{self.space(pod)}",
            "CNI_IFNAME": "eth0",
            "CNI_ARGS": f"IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME={pod}",
            "CNI_PATH": str(root / "host/opt/cni/bin"),
        }
        words = ["ip", "netns", "exec", self.space(node), str(root / "host/opt/cni/bin" / plugin)]
        text = (root / "host/etc/cni/net.d" / config).read_text()
        done = subprocess.run(words, input=text, env=environ, capture_output=True, text=True, timeout=40, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        answer: dict[str, Any] = json.loads(done.stdout) if done.stdout else {}
        return answer

    def add_pod(self, node: str, pod: str) -> list[str]:
        """The pod's addresses."""
        space = self.space(pod)
        run("ip", "netns", "add", space)
        self.spaces.append(space)
        run("ip", "-n", space, "link", "set", "lo", "up")
        return [ip["address"].split("/")[0] for ip in self.cni(node, "ADD", pod)["ips"]]

    def birdcl(self, node: str, *words: str, program: str = "bird") -> str:
        client = self.root(node) / "birdcl"
        if not client.is_symlink():
            client.symlink_to(self.program)
        return run(client, "-s", self.root(node) / f"var/run/calico/{program}.ctl", *words)

    def start_controllers(self) -> None:
        name = "controllers"
        (self.root(name)).mkdir()
        for program in ("kube-controllers", "check-status"):
            (self.root(name) / program).symlink_to(self.program)
        token = self.kubectl("-n", "kube-system", "create", "token", "calico-kube-controllers").strip()
        self.kubeconfig(name, token)
        self.start(name, "svi", self.root(name) / "kube-controllers", env=self.environment(name))

    def check_controllers(self, flag: str) -> int:
        words = [str(self.root("controllers") / "check-status"), flag]
        return subprocess.run(words, env=self.environment("controllers"), timeout=10, check=False).returncode

    # leaves

    def add_leaf(self, number: int, password: str) -> None:
        name = f"leaf{number}"
        self.add_space(name, f"{leaf_address(number)}/24", f"{leaf_address(number, 6)}/64")
        folder = self.folder / name
        folder.mkdir(mode=0o755)
        config = folder / "frr.conf"
        config.write_text(frr_config(number, password))
        shutil.chown(folder, "frr", "frr")
        shutil.chown(config, "frr", "frr")
        Path(f"/var/run/frr/{self.space(name)}").mkdir(parents=True)
        shutil.chown(f"/var/run/frr/{self.space(name)}", "frr", "frr")
        for daemon in ("zebra", "bgpd"):
            words = ["-N", self.space(name), "-f", config, "-i", folder / f"{daemon}.pid", "-z", folder / "zserv.api"]
            self.start(f"{name}-{daemon}", name, FRR / daemon, *words, "--vty_socket", folder, "-A", "127.0.0.1")
            until(lambda daemon=daemon: (folder / f"{daemon}.vty").exists(), f"{daemon} of {name}")

    def vtysh(self, number: int, *commands: str) -> str:
        words = [word for command in commands for word in ("-c", command)]
        return run("vtysh", "--vty_socket", self.folder / f"leaf{number}", *words)

    def sessions(self, number: int, version: int = 4) -> dict[str, dict[str, Any]]:
        """The leaf's sessions by the node's address."""
        text = self.vtysh(number, f"show bgp ipv{version} unicast summary json")
        found: dict[str, dict[str, Any]] = json.loads(text).get("peers", {})
        return found

    def established(self, number: int, *nodes: int, version: int = 4) -> bool:
        sessions = self.sessions(number, version)
        states = [sessions.get(node_address(node, version), {}).get("state") for node in nodes]
        return states == ["Established"] * len(nodes)

    def routes(self, number: int, version: int = 4) -> dict[str, set[str]]:
        """The leaf's BGP routes: prefix -> next hops."""
        text = self.vtysh(number, f"show bgp ipv{version} unicast json")
        return {
            prefix: {hop["ip"] for path in paths for hop in path["nexthops"] if hop.get("scope") != "link-local"}
            for prefix, paths in json.loads(text)["routes"].items()
        }

    def down(self) -> None:
        for title in reversed(list(self.processes)):
            self.end(title)
        for space in self.spaces:
            run("ip", "netns", "del", space, check=False)
            shutil.rmtree(f"/var/run/frr/{space}", ignore_errors=True)


def leaf_address(number: int, version: int = 4) -> str:
    return f"{SUBNET}.{240 + number}" if version == 4 else f"{V6}::{240 + number}"


def node_address(number: int, version: int = 4) -> str:
    return f"{SUBNET}.{10 + number}" if version == 4 else f"{V6}::{10 + number}"


def crd(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "crd.projectcalico.org/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def pool(name: str, cidr: str) -> dict[str, Any]:
    size = 122 if ":" in cidr else 26
    never = {"ipipMode": "Never", "vxlanMode": "Never", "natOutgoing": False}
    return crd("IPPool", name, {"cidr": cidr, "blockSize": size, "nodeSelector": "all()", **never})


def rbac(kind: str, name: str, **more: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "kube-system"}
    return {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": metadata, **more}


def frr_config(number: int, password: str) -> str:
    """A leaf as it would come of the design: dynamic neighbours of the node subnets, timers 1/3, as-override."""
    groups = "".join(
        f"""\
 neighbor NODES{version} peer-group
 neighbor NODES{version} remote-as {CLUSTER_AS}
 neighbor NODES{version} password {password}
 neighbor NODES{version} timers 1 3
 neighbor NODES{version} graceful-restart-helper
 bgp listen range {network} peer-group NODES{version}
 address-family ipv{version} unicast
  neighbor NODES{version} activate
  neighbor NODES{version} as-override
  maximum-paths 64
 exit-address-family
"""
        for version, network in ((4, f"{SUBNET}.0/24"), (6, f"{V6}::/64"))
    )
    return f"""\
frr defaults datacenter
hostname leaf{number}
router bgp {FABRIC_AS}
 bgp router-id {number}.{number}.{number}.{number}
 no bgp ebgp-requires-policy
 no bgp default ipv4-unicast
 bgp bestpath as-path multipath-relax
{groups}"""


def need() -> None:
    """Skip, loudly, where this cannot run."""
    if os.geteuid() or not (FRR / "bgpd").exists():
        pytest.skip("SKIPPED LOUDLY: no root or no FRR (package frr): the stand-in met no leaf")


@contextmanager
def calico_lab() -> Iterator[CalicoLab]:
    """A lab with an API that has Calico's definitions and roles. No node and no leaf yet."""
    need()
    with tempfile.TemporaryDirectory(prefix="anchorage-calico-") as folder, _lab(Path(folder)) as lab:
        yield lab


@contextmanager
def _lab(folder: Path) -> Iterator[CalicoLab]:
    cache = load().cache
    base = rootfs.build(cache, print)
    calico = sources.calico(cache, print)
    folder.chmod(0o755)  # FRR has a user of its own
    lab = CalicoLab(
        folder=folder,
        name=f"cn{os.getpid() % 10000}",
        program=layers.program(cache, print) / layers.PROGRAM.binary,
        binaries=mirror.binaries(cache, print),
        birds=layers.debian(cache, base, print),
        templates=calico / layers.TEMPLATES,
    )
    try:
        lab.add_bridge()
        lab.start_api()
        lab.apply_calico(calico)
        yield lab
    finally:
        lab.down()
