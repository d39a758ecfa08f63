"""The look at a cluster against a real API server: what is asked is understood, the test workload is taken as it is."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from tests.ansible_code import load
from tests.kube_api import KubeApi, kube_api
from tests.verify_scenes import workload_of
from webui.lookups.verify import read_cluster

__all__ = ["kube_api"]
pytestmark = pytest.mark.job

look = load("library/cluster_look.py")


@pytest.fixture
def asked(kube_api: KubeApi, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`asked(documents)`: a look at this cluster, with a short patience."""
    monkeypatch.setenv("PATH", f"{kube_api.programs}{os.pathsep}{os.environ['PATH']}")
    kubectl = look.Kubectl(str(kube_api.kubeconfig))

    def ask(documents: list[dict[str, Any]], patience: int = 1) -> dict[str, Any]:
        given = {"documents": documents, "agent": "calico-node", "families": ["v4"], "patience": patience}
        found: dict[str, Any] = look.look(kubectl, given)
        return found

    return ask


def node(kube_api: KubeApi, name: str) -> None:
    """A node that is ready."""
    kube_api.apply({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": {"rack_id": "r1"}}})
    ready = {"status": {"conditions": [{"type": "Ready", "status": "True"}]}}
    kube_api.kubectl("patch", "node", name, "--subresource=status", "--type=merge", "-p", json.dumps(ready))


def test_the_workload_is_made_and_what_is_missing_is_told(kube_api: KubeApi, asked: Any) -> None:
    node(kube_api, "verify-n1")
    found = asked(workload_of("v4"))
    assert found["workload"]["problem"] == "The test pods did not run in time on verify-n1."
    services = {one["metadata"]["name"]: one["spec"] for one in kube_api.get("services", "-n", look.SPACE)["items"]}
    assert services["verify-balancer"]["externalTrafficPolicy"] == "Local"
    assert found["workload"]["service"] == services["verify"]["clusterIPs"]
    (made,) = kube_api.get("daemonsets", "-n", look.SPACE)["items"]
    assert made["spec"]["template"]["spec"]["tolerations"] == [{"operator": "Exists"}]
    balancer = json.dumps({"status": {"loadBalancer": {"ingress": [{"ip": "198.18.5.9"}]}}})
    line = ["-n", look.SPACE, "verify-balancer", "--subresource=status", "--type=merge", "-p", balancer]
    kube_api.kubectl("patch", "service", *line)
    again = asked(workload_of("v4"))
    assert again["workload"]["balancer"] == ["198.18.5.9"]
    read = read_cluster(json.dumps(again | {"answers": {}, "silent": []}))
    assert read.cluster
    assert read.cluster.blocks is None
    assert [one.name for one in read.cluster.nodes] == ["verify-n1"]
    own = next(one for one in read.cluster.services if one.name == "anchorage-verify/verify-balancer")
    assert (own.local, own.balancer_ips) == (True, ("198.18.5.9",))


def test_two_families_are_asked_for_in_so_many_words(kube_api: KubeApi, asked: Any) -> None:
    found = asked(workload_of("v4", "v6"))
    assert "The test workload could not be made" in found["workload"]["problem"]
    assert "dual" in found["workload"]["problem"].lower() or "ipv6" in found["workload"]["problem"].lower()


def test_without_documents_nothing_is_made(kube_api: KubeApi, asked: Any) -> None:
    before = kube_api.get("namespaces")["items"]
    found = asked([])
    assert found["workload"]["made"] is False
    assert found["objects"]["services"] is not None
    assert {one["metadata"]["name"] for one in kube_api.get("namespaces")["items"]} == {
        one["metadata"]["name"] for one in before
    }
