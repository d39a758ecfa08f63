"""A cluster of kubeadm by the product's playbooks, on machines of the lab: the first time, and once more."""

from __future__ import annotations

import base64
import datetime as dt
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.machines import cgroups, names
from tests.calico_lab import until
from tests.cluster_lab import ClusterLab, cluster_lab

pytestmark = [pytest.mark.job, pytest.mark.timeout(600)]

BOOKS = ("prepare.yml", "control_plane.yml", "workers.yml", "network.yml")


@pytest.fixture(scope="module")
def lab() -> Iterator[ClusterLab]:
    with tempfile.TemporaryDirectory(prefix="anchorage-cluster-") as folder, cluster_lab(Path(folder), [1], [2]) as up:
        yield up


def test_the_playbooks_make_a_cluster_that_peers_with_the_leaf(lab: ClusterLab) -> None:
    for book in BOOKS:
        lab.play(book)
    until(lambda: lab.established() == {lab.address(1), lab.address(2)}, "a session of each node", 60)
    lab.kubectl("wait", "--for=condition=Ready", "nodes", "--all", "--timeout=60s")
    lab.kubectl("-n", "kube-system", "rollout", "status", "deployment/coredns", "--timeout=60s")
    nodes = json.loads(lab.kubectl("get", "nodes", "-o", "json"))["items"]
    assert {node["metadata"]["labels"]["rack_id"] for node in nodes} == {"r1"}


def test_once_more_they_change_nothing(lab: ClusterLab) -> None:
    for book in BOOKS:
        assert lab.play(book).changed == {}, book


def test_no_token_outlives_the_run_by_much(lab: ClusterLab) -> None:
    """Neither those of the run, nor the one of a day that kubeadm makes unless it is told otherwise."""
    secrets = json.loads(lab.kubectl("-n", "kube-system", "get", "secrets", "-o", "json"))["items"]
    ends = [
        dt.datetime.fromisoformat(base64.b64decode(one["data"]["expiration"]).decode())
        for one in secrets
        if one["type"] == "bootstrap.kubernetes.io/token"
    ]
    assert ends
    assert max(ends) < dt.datetime.now(dt.UTC) + dt.timedelta(minutes=31)


def test_a_broken_load_balancer_is_mended_by_the_playbook_that_made_it(lab: ClusterLab) -> None:
    lab.nodes.ssh(lab.address(1), "sudo systemctl stop haproxy && sudo rm /etc/haproxy/haproxy.cfg")
    assert lab.kubectl("--request-timeout=2s", "get", "nodes", check=False) == ""
    lab.play("control_plane.yml")
    until(lambda: lab.kubectl("--request-timeout=2s", "get", "nodes", "-o", "name", check=False), "the API", 30)


def test_after_a_reset_the_cluster_is_made_anew(lab: ClusterLab) -> None:
    """Containerd runs on, and sees the new pod network."""
    lab.play("reset.yml")
    for book in BOOKS[1:]:
        lab.play(book)
    lab.kubectl("wait", "--for=condition=Ready", "nodes", "--all", "--timeout=60s")


def test_a_dead_machine_is_taken_out_of_the_cluster(lab: ClusterLab) -> None:
    """Kubernetes believes it after most of a minute; before, its pods would be waited for."""
    cgroups.kill(names.of(lab.nodes.home).cgroup, "node-2")

    def dead() -> bool:
        conditions = json.loads(lab.kubectl("get", "node", "node-2", "-o", "json"))["status"]["conditions"]
        return any(one["type"] == "Ready" and one["status"] != "True" for one in conditions)

    until(dead, "node-2 not ready", 120)
    lab.play("nodes_remove.yml", removals_nodes=["node-2"])
    assert lab.kubectl("get", "nodes", "-o", "name").split() == ["node/node-1"]
