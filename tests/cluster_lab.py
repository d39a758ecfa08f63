"""Machines of the lab as a cluster, by the product's own playbooks, with an FRR leaf on their segment. No APIC, no
vCenter, no runs: for what roles do on machines."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab import machines
from lab.machines import names, network
from tests.calico_lab import FRR, run, until
from tests.nodes_lab import NodesLab, nodes_lab
from webui import render, spec
from webui.lookups import manifests
from webui.runs.playbook import Job, Outcome, Progress, run_playbook
from webui.runs.stop import Stop
from webui.settings import load
from webui.spec import ClusterSpec

ROOT = Path(__file__).resolve().parents[1]
PASSWORD = "s3cret-of-the-leaf"
LEAF = 101


@dataclass
class ClusterLab:
    """Machines that are up, and the leaf. `said`: what playbooks told."""

    nodes: NodesLab
    masters: list[int]
    workers: list[int]
    folder: Path
    said: list[str] = field(default_factory=list)
    kubeconfig: str = ""

    @property
    def leaf_space(self) -> str:
        return network.leaf_namespace(names.of(self.nodes.home), "test-101")

    def document(self, **cluster: Any) -> dict[str, Any]:
        """The example with these machines and one leaf."""
        found: dict[str, Any] = yaml.safe_load((ROOT / "examples/lab.yaml").read_text())
        net = self.nodes.net
        found["l3out"] |= {"node_subnet": {"v4": f"{net}.0/24"}, "secondary": {"v4": self.nodes.gateway}}
        found["l3out"]["bgp"]["password"] = PASSWORD
        found["l3out"]["anchors"] = [
            {"pod": 1, "node": LEAF, "router_id": "198.19.0.101", "v4": f"{net}.{LEAF}", "rack": "r1"}
        ]
        found["machines"] = {
            "user": "debian",
            "control_plane": [self._row(number) for number in self.masters],
            "workers": [self._row(number) for number in self.workers],
        }
        mirror = {"apt_mirror_key": machines.mirror_key(self.nodes.home), "vip": {"v4": f"{net}.252"}}
        found["cluster"] |= mirror | cluster
        return found

    def _row(self, number: int) -> dict[str, str]:
        return {"name": f"node-{number}", "v4": f"{self.nodes.net}.{number}", "rack": "r1"}

    def spec(self, **cluster: Any) -> ClusterSpec:
        parsed = spec.parse(self.document(**cluster))
        assert not parsed.problems, parsed.problems
        return spec.complete(parsed.spec)

    def play(self, book: str, wanted: ClusterSpec | None = None, **variables: Any) -> Outcome:
        """Play a playbook over the machines. Its words are kept, and printed when it fails."""
        whole = wanted or self.spec()
        files = manifests.lay_out(whole, load().cache, self.folder / "manifests", self.said.append)
        job = Job(
            book,
            render.inventory(whole),
            self.folder / "ansible",
            ssh_key=self.nodes.private_key,
            variables=files | variables,
            secrets=render.secret_variables(whole),
        )

        def receive(name: str, text: str) -> None:
            if name == "kubeconfig":
                self.kubeconfig = text

        return run_playbook(job, self._told, Stop(), receive)

    def _told(self, level: str, text: str, progress: Progress) -> None:
        self.said.append(f"{level}: {text}")

    def kubectl(self, *words: str, check: bool = True) -> str:
        """On this host, with the kubeconfig that was handed over: so by the VIP."""
        path = self.folder / "kubeconfig"
        path.write_text(self.kubeconfig)
        path.chmod(0o600)
        from lab import mirror

        program = mirror.binaries(load().cache, self.said.append) / "kubectl"
        done = subprocess.run(
            [str(program), "--kubeconfig", str(path), *words], capture_output=True, text=True, timeout=120, check=False
        )
        assert not check or done.returncode == 0, done.stderr or done.stdout
        return done.stdout

    def add_leaf(self) -> None:
        """FRR with dynamic neighbours of the node subnet, as the design's leaves."""
        space, net = self.leaf_space, self.nodes.net
        lab_space = names.of(self.nodes.home).namespace
        run("ip", "netns", "add", space)
        cable = ["link", "add", "test-101", "type", "veth", "peer", "name", "eth0", "netns", space]
        run("ip", "-n", lab_space, *cable)
        run("ip", "-n", lab_space, "link", "set", "test-101", "master", network.SEGMENT, "up")
        for device in ("lo", "eth0"):
            run("ip", "-n", space, "link", "set", device, "up")
        run("ip", "-n", space, "addr", "add", f"{net}.{LEAF}/24", "dev", "eth0")
        folder = self.folder / "leaf"
        folder.mkdir(mode=0o755)
        (folder / "frr.conf").write_text(leaf_config(f"{net}.0/24", self.spec()))
        for path in (folder, folder / "frr.conf"):
            shutil.chown(path, "frr", "frr")
        for daemon in ("zebra", "bgpd"):
            words = ["-d", "-f", folder / "frr.conf", "-i", folder / f"{daemon}.pid", "-z", folder / "zserv.api"]
            run("ip", "netns", "exec", space, FRR / daemon, *words, "--vty_socket", folder, "-A", "127.0.0.1")

    def vtysh(self, command: str) -> dict[str, Any]:
        text = run("vtysh", "--vty_socket", self.folder / "leaf", "-c", f"{command} json", check=False)
        found: dict[str, Any] = json.loads(text or "{}")
        return found

    def established(self) -> set[str]:
        """Addresses of the nodes whose session stands."""
        peers = self.vtysh("show bgp ipv4 unicast summary").get("peers", {})
        return {address for address, about in peers.items() if about["state"] == "Established"}

    def address(self, number: int) -> str:
        return f"{self.nodes.net}.{number}"

    def down(self) -> None:
        for daemon in ("bgpd", "zebra"):
            pid = self.folder / "leaf" / f"{daemon}.pid"
            if pid.exists():
                run("kill", pid.read_text().strip(), check=False)
        run("ip", "netns", "del", self.leaf_space, check=False)


def leaf_config(subnet: str, wanted: ClusterSpec) -> str:
    bgp = wanted.l3out.bgp
    return f"""\
frr defaults datacenter
router bgp {bgp.fabric_as}
 bgp router-id 1.1.1.1
 no bgp ebgp-requires-policy
 bgp bestpath as-path multipath-relax
 neighbor NODES peer-group
 neighbor NODES remote-as {bgp.cluster_as}
 neighbor NODES password {PASSWORD}
 neighbor NODES timers 1 3
 bgp listen range {subnet} peer-group NODES
 address-family ipv4 unicast
  neighbor NODES as-override
  maximum-paths 64
"""


@contextmanager
def cluster_lab(folder: Path, masters: list[int], workers: list[int]) -> Iterator[ClusterLab]:
    """Machines that are booted and nothing more, and a leaf."""
    if not (FRR / "bgpd").exists():
        pytest.skip("SKIPPED LOUDLY: no FRR (package frr): no cluster was brought up")
    folder.chmod(0o755)
    with nodes_lab() as nodes:
        nodes.boot(*masters, *workers)
        lab = ClusterLab(nodes, masters, workers, folder)
        try:
            lab.add_leaf()
            yield lab
        finally:
            lab.down()


__all__ = ["ClusterLab", "cluster_lab", "until"]
