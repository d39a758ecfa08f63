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
from webui.runs.failures import Failure

pytestmark = [pytest.mark.job, pytest.mark.timeout(600)]

NOTES = "/var/lib/anchorage/kubernetes"
BOOKS = ("prepare.yml", "control_plane.yml", "workers.yml", "network.yml")


@pytest.fixture(scope="module")
def lab() -> Iterator[ClusterLab]:
    with (
        tempfile.TemporaryDirectory(prefix="anchorage-cluster-") as folder,
        cluster_lab(Path(folder), [1, 3], [2]) as up,
    ):
        yield up


def test_the_playbooks_make_a_cluster_that_peers_with_the_leaf(lab: ClusterLab) -> None:
    for book in BOOKS:
        lab.play(book)
    until(lambda: lab.established() == {lab.address(1), lab.address(2), lab.address(3)}, "a session of each node", 60)
    lab.kubectl("wait", "--for=condition=Ready", "nodes", "--all", "--timeout=60s")
    lab.kubectl("-n", "kube-system", "rollout", "status", "deployment/coredns", "--timeout=60s")
    nodes = json.loads(lab.kubectl("get", "nodes", "-o", "json"))["items"]
    assert {node["metadata"]["labels"]["rack_id"] for node in nodes} == {"r1"}


def test_once_more_they_change_nothing(lab: ClusterLab) -> None:
    for book in BOOKS:
        assert lab.play(book).changed == {}, book


def test_no_token_outlives_the_run_by_much(lab: ClusterLab) -> None:
    """Neither those of the run, nor the one of a day that kubeadm makes unless it is told otherwise. Nobody can sign in
    with the one that only ends the certificates, two hours after they were laid out."""
    secrets = json.loads(lab.kubectl("-n", "kube-system", "get", "secrets", "-o", "json"))["items"]
    ends = [
        dt.datetime.fromisoformat(base64.b64decode(one["data"]["expiration"]).decode())
        for one in secrets
        if one["type"] == "bootstrap.kubernetes.io/token" and "usage-bootstrap-authentication" in one["data"]
    ]
    assert ends
    assert max(ends) < dt.datetime.now(dt.UTC) + dt.timedelta(minutes=31)


def test_a_broken_load_balancer_is_mended_by_the_playbook_that_made_it(lab: ClusterLab) -> None:
    for number in lab.masters:
        lab.nodes.ssh(lab.address(number), "sudo systemctl stop haproxy && sudo rm /etc/haproxy/haproxy.cfg")
    assert lab.kubectl("--request-timeout=2s", "get", "nodes", check=False) == ""
    lab.play("control_plane.yml")
    until(lambda: lab.kubectl("--request-timeout=2s", "get", "nodes", "-o", "name", check=False), "the API", 30)


def test_programs_for_the_control_plane_come_and_go(lab: ClusterLab) -> None:
    for add_ons in (["completion", "helm", "kustomize"], ["kustomize"], []):
        wanted = lab.spec(add_ons=add_ons)
        lab.play("add_ons.yml", wanted)
        assert lab.play("add_ons.yml", wanted).changed == {}, add_ons
        for number in lab.masters:
            found = lab.nodes.ssh(
                lab.address(number), "which helm kustomize; ls /var/lib/anchorage/add-ons || true"
            ).split()
            programs = {f"/usr/bin/{name}" for name in ("helm", "kustomize") if name in add_ons}
            assert set(found) == programs | {f"addon_{name}" for name in add_ons}


def test_a_join_that_was_cut_off_does_not_cost_etcd_its_majority(lab: ClusterLab) -> None:
    """All was done but the note, as when a run ends between etcd's word and ours: one of two members is wiped."""
    lab.nodes.ssh(lab.address(3), f"sudo rm {NOTES}/member")
    lab.play("control_plane.yml")
    assert members(lab, "node-1") == {"node-1", "node-3"}
    lab.kubectl("wait", "--for=condition=Ready", "nodes", "--all", "--timeout=60s")


def test_a_node_that_was_deleted_joins_again_and_its_machine_is_never_taken_for_an_empty_one(lab: ClusterLab) -> None:
    authority = "sha256sum /etc/kubernetes/pki/ca.crt"
    before = lab.nodes.ssh(lab.address(1), authority)
    lab.kubectl("delete", "node", "node-1")
    lab.play("workers.yml")
    assert members(lab, "node-3") == {"node-1", "node-3"}, "the workers' playbook takes no control-plane machine apart"
    lab.play("control_plane.yml")
    assert members(lab, "node-3") == {"node-1", "node-3"}
    assert lab.nodes.ssh(lab.address(1), authority) == before
    lab.kubectl("wait", "--for=condition=Ready", "nodes", "--all", "--timeout=60s")


def test_a_cluster_that_knows_none_of_its_control_plane_is_left_as_it_is(lab: ClusterLab) -> None:
    lab.kubectl("delete", "node", "node-1", "node-3")
    with pytest.raises(Failure, match=r"none of its control-plane machines is a node.*restart kubelet"):
        lab.play("control_plane.yml")


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
    lab.play("network.yml")
    assert any("node-2: not waited for" in line for line in lab.said)
    lab.play("nodes_remove.yml", removals_nodes=["node-2"])
    assert lab.kubectl("get", "nodes", "-o", "name").split() == ["node/node-1", "node/node-3"]


def test_a_control_plane_machine_leaves_with_its_member_of_etcd(lab: ClusterLab) -> None:
    lab.play("nodes_remove.yml", removals_nodes=["node-3"])
    assert lab.kubectl("get", "nodes", "-o", "name").split() == ["node/node-1"]
    assert members(lab, "node-1") == {"node-1"}


def members(lab: ClusterLab, asked: str) -> set[str]:
    """Names of etcd's members that vote and have started, as one of them says."""
    place = "/etc/kubernetes/pki/etcd"
    keys = [f"--cacert={place}/ca.crt", f"--cert={place}/server.crt", f"--key={place}/server.key"]
    line = ["etcdctl", "--endpoints=https://127.0.0.1:2379", *keys, "member", "list", "--write-out=json"]
    found = json.loads(lab.kubectl("-n", "kube-system", "exec", f"etcd-{asked}", "--", *line))["members"]
    return {one.get("name", "") for one in found if not one.get("isLearner")}
