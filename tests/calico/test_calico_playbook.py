"""The network stage's playbook against a real API server: what it brings in, leaves alone and takes away."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.calico.wanted import CACHE, PASSWORD, spec
from tests.kube_api import KubeApi
from tests.playing import Played, Pretending, play
from webui.lookups import manifests
from webui.spec import ClusterSpec

FOREIGN = {
    "apiVersion": "crd.projectcalico.org/v1",
    "kind": "BGPPeer",
    "metadata": {"name": "somebody-elses"},
    "spec": {"peerIP": "192.0.2.9", "asNumber": 64999},
}


def network(api: KubeApi, wanted: ClusterSpec, folder: Path, **more: Any) -> Played:
    """Play network.yml as the stage does."""
    files = manifests.lay_out(wanted, CACHE, folder, print)
    return play(api, "network.yml", wanted, folder, files | {"images_registries": []} | more)


def peers(api: KubeApi) -> set[str]:
    return {one["metadata"]["name"] for one in api.get("bgppeers.crd.projectcalico.org")["items"]}


@pytest.mark.job
def test_a_second_run_changes_nothing_and_what_left_the_spec_is_taken_away(empty_api: KubeApi, tmp_path: Path) -> None:
    wanted = spec(l3out__bgp__password=PASSWORD)
    with Pretending(empty_api, wanted):
        first = network(empty_api, wanted, tmp_path)
        assert first.code == 0, first.text
        assert PASSWORD not in first.text
        second = network(empty_api, wanted, tmp_path)
        assert (second.code, second.changed) == (0, 0), second.text
        nodes = {one["metadata"]["name"]: one["metadata"]["labels"] for one in empty_api.get("nodes")["items"]}
        assert {name: labels["rack_id"] for name, labels in nodes.items()} == {
            **dict.fromkeys(("k8s-cp-1", "k8s-cp-2", "k8s-w-1"), "r1"),
            **dict.fromkeys(("k8s-cp-3", "k8s-w-2"), "r2"),
        }
        assert empty_api.get("secret", "bgp-password", "-n", "kube-system")["data"]
        empty_api.apply(FOREIGN)

        document = spec(l3out__anchors__0__rack="r2")
        fewer = document.model_copy(
            update={"l3out": document.l3out.model_copy(update={"anchors": document.l3out.anchors[1:]})}
        )
        third = network(empty_api, fewer, tmp_path)
        assert third.code == 0, third.text
        assert peers(empty_api) == {"leaf-102", "leaf-201", "somebody-elses"}
        assert "password" not in json.dumps(empty_api.get("bgppeers.crd.projectcalico.org", "leaf-102")["spec"])
        assert empty_api.get("secret,role,rolebinding", "-n", "kube-system", "-l", "anchorage/part")["items"] == []


@pytest.mark.job
def test_a_node_that_waits_is_named_with_what_it_waits_for(empty_api: KubeApi, tmp_path: Path) -> None:
    wanted = spec()
    empty_api.kubectl("create", "serviceaccount", "default", "-n", "kube-system")
    empty_api.apply(waiting_pod())
    empty_api.kubectl("patch", "pod/calico-node-x", "-n", "kube-system", "--subresource=status", "-p", STATUS)
    done = network(empty_api, wanted, tmp_path, calico_patience=3)
    assert done.code != 0
    assert "calico-node-x on k8s-w-2: its image docker.io/calico/node:v3.28.5 cannot be fetched." in done.text


STATUS = json.dumps(
    {
        "status": {
            "phase": "Pending",
            "containerStatuses": [
                {
                    "name": "calico-node",
                    "image": "docker.io/calico/node:v3.28.5",
                    "imageID": "",
                    "ready": False,
                    "restartCount": 0,
                    "state": {"waiting": {"reason": "ImagePullBackOff"}},
                }
            ],
        }
    }
)


def waiting_pod() -> dict[str, Any]:
    metadata = {"name": "calico-node-x", "namespace": "kube-system", "labels": {"k8s-app": "calico-node"}}
    container = {"name": "calico-node", "image": "docker.io/calico/node:v3.28.5"}
    about = {"nodeName": "k8s-w-2", "containers": [container], "automountServiceAccountToken": False}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": about}
