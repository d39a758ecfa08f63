"""What kubeadm is given, and which machine speaks for a cluster."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from tests.ansible_code import load
from webui.runs.playbook_code import CODE

filters = load("filter_plugins/kubeadm.py")
WANTED: dict[str, Any] = {
    "version": "1.36.3",
    "v4": "198.18.2.252",
    "v6": "",
    "port": 8443,
    "pods": ["198.18.64.0/18"],
    "services": ["198.18.4.0/24"],
    "block_sizes": {},
    "patch": {},
}


def arguments(document: dict[str, Any]) -> dict[str, str]:
    return {one["name"]: one["value"] for one in document["controllerManager"]["extraArgs"]}


def test_the_endpoint_is_the_vip_and_its_certificate_names_it() -> None:
    found = filters.cluster_configuration(WANTED)
    assert found["controlPlaneEndpoint"] == "198.18.2.252:8443"
    assert found["apiServer"]["certSANs"] == ["198.18.2.252"]
    assert found["networking"] == {"podSubnet": "198.18.64.0/18", "serviceSubnet": "198.18.4.0/24"}


def test_calico_hands_out_blocks_itself_so_nodes_get_none() -> None:
    assert arguments(filters.cluster_configuration(WANTED)) == {"allocate-node-cidrs": "false"}


def test_kube_router_needs_blocks_of_nodes_of_each_family_that_pods_have() -> None:
    sizes = {"v4": 26, "v6": 122}
    assert arguments(filters.cluster_configuration(WANTED | {"block_sizes": sizes})) == {"node-cidr-mask-size": "26"}
    both = WANTED | {"block_sizes": sizes, "pods": ["198.18.64.0/18", "2001:2:0:64::/64"]}
    assert arguments(filters.cluster_configuration(both)) == {
        "node-cidr-mask-size-ipv4": "26",
        "node-cidr-mask-size-ipv6": "122",
    }


def test_a_cluster_without_ipv4_has_a_bracketed_endpoint() -> None:
    found = filters.cluster_configuration(WANTED | {"v4": "", "v6": "2001:2::252"})
    assert found["controlPlaneEndpoint"] == "[2001:2::252]:8443"


def test_an_experts_patch_wins_and_takes_nothing_else_away() -> None:
    patch = {
        "apiServer": {"certSANs": ["k8s.example.net"]},
        "controllerManager": {"extraArgs": [{"name": "v", "value": "4"}]},
    }
    found = filters.cluster_configuration(WANTED | {"patch": patch})
    assert found["apiServer"]["certSANs"] == ["198.18.2.252", "k8s.example.net"]
    assert arguments(found) == {"allocate-node-cidrs": "false", "v": "4"}
    again = {"controllerManager": {"extraArgs": [{"name": "allocate-node-cidrs", "value": "true"}]}}
    assert arguments(filters.cluster_configuration(WANTED | {"patch": again})) == {"allocate-node-cidrs": "true"}


@pytest.mark.parametrize(
    ("patch", "more"),
    [
        ({}, {}),
        ({"imageRepository": "m.example.net/k8s"}, {"imageRepository": "m.example.net/k8s"}),
        ({"dns": {"imageRepository": "m.example.net/dns"}}, {"dns": {"imageRepository": "m.example.net/dns"}}),
        ({"kubernetesVersion": "v1.36.9"}, {"kubernetesVersion": "v1.36.9"}),
    ],
)
def test_images_come_from_where_an_experts_patch_says(patch: dict[str, Any], more: dict[str, Any]) -> None:
    own = {"apiVersion": filters.API, "kind": "ClusterConfiguration", "kubernetesVersion": "v1.36.3"}
    assert filters.images_configuration("v1.36.3", patch) == own | more


documents = st.recursive(
    st.integers() | st.text(max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abcd"), inner, max_size=3) | st.lists(inner, max_size=3),
    max_leaves=12,
)
mappings = st.dictionaries(st.sampled_from("abcd"), documents, max_size=4)


@given(mappings, mappings)
def test_a_patch_that_was_merged_once_changes_nothing_the_second_time(base: Any, patch: Any) -> None:
    once = filters.merged(base, patch)
    assert filters.merged(once, patch) == once
    assert set(once) == set(base) | set(patch)


def test_a_node_enters_itself_under_its_own_addresses() -> None:
    found = filters.node_registration("k8s-w-1", "unix:///run/containerd/containerd.sock", ["198.18.2.4", ""], ["Swap"])
    assert found["kubeletExtraArgs"] == [{"name": "node-ip", "value": "198.18.2.4"}]
    assert found["ignorePreflightErrors"] == ["Swap"]


JOIN = "kubeadm join 198.18.2.252:8443 --token abcdef.0123456789abcdef --discovery-token-ca-cert-hash sha256:12ab "
UPLOAD = "[upload-certs] Storing the certificates\n[upload-certs] Using certificate key:\nfeed5eed\n"


def test_what_is_needed_to_join_is_read_from_what_kubeadm_prints() -> None:
    secrets = filters.join_secrets(JOIN, UPLOAD)
    assert secrets == {
        "endpoint": "198.18.2.252:8443",
        "token": "abcdef.0123456789abcdef",
        "hash": "sha256:12ab",
        "key": "feed5eed",
    }
    assert filters.join_secrets(JOIN, "")["key"] == ""


def test_a_machine_of_the_control_plane_gets_the_certificates_and_a_worker_does_not() -> None:
    secrets = filters.join_secrets(JOIN, UPLOAD)
    master = filters.join_configuration(secrets, {"name": "m"}, "198.18.2.2")
    assert master["controlPlane"]["certificateKey"] == "feed5eed"
    assert master["controlPlane"]["localAPIEndpoint"] == {"advertiseAddress": "198.18.2.2", "bindPort": 6443}
    worker = filters.join_configuration(secrets, {"name": "w"})
    assert "controlPlane" not in worker
    assert worker["discovery"]["bootstrapToken"]["caCertHashes"] == ["sha256:12ab"]
    assert "feed5eed" not in str(worker)


@pytest.mark.parametrize(
    ("joined", "speaks"),
    [
        ((False, False, False), "a"),
        ((False, True, True), "b"),
        ((True, False, False), "a"),
        ((False, False, True), "c"),
    ],
)
def test_who_belongs_to_a_cluster_speaks_for_it(joined: tuple[bool, ...], speaks: str) -> None:
    by_note = {name: {"membership_state": {"joined": state}} for name, state in zip("abc", joined, strict=True)}
    by_node = {name: {"membership_joined": state} for name, state in zip("abc", joined, strict=True)}
    assert filters.first_member(["a", "b", "c"], by_note) == filters.founder(["a", "b", "c"], by_node) == speaks


def test_the_first_api_that_answers_is_asked() -> None:
    states = {"a": {"removals_ready": {"rc": 1}}, "b": {}, "c": {"removals_ready": {"rc": 0}}}
    assert filters.first_ready(["a", "b", "c"], states) == "c"
    assert filters.first_ready(["a", "b"], states) == ""


def test_a_member_of_etcd_is_named_as_etcdctl_takes_it() -> None:
    """Also a learner that has not started: nobody but its peer URL tells whose it is."""
    members = [
        {"ID": 10276657743932975437, "name": "k8s-cp-1", "peerURLs": ["https://198.18.2.2:2380"]},
        {"ID": 26, "name": "", "peerURLs": ["https://198.18.2.3:2380"], "isLearner": True},
        {"ID": 27, "name": "", "peerURLs": ["https://[2001:2::4]:2380"], "isLearner": True},
    ]
    listing = {"members": members}
    assert filters.etcd_member(listing, "k8s-cp-1", "198.18.2.2") == "8e9e05c52164694d"
    assert filters.etcd_member(listing, "k8s-cp-2", "198.18.2.3") == "1a"
    assert filters.etcd_member(listing, "k8s-cp-3", "2001:2::4") == "1b"
    assert filters.etcd_member(listing, "k8s-cp-9", "198.18.2.30") == filters.etcd_member({}, "x", "y") == ""


@pytest.mark.parametrize(
    ("begun", "traces", "done"),
    [
        (False, [], 0),
        (True, ["/etc/kubernetes/admin.conf"], 3),
        # Cut off after the traces went: what comes after them is done all the same.
        (True, [], 2),
    ],
)
def test_a_reset_that_was_cut_off_is_brought_to_its_end(begun: bool, traces: list[str], done: int) -> None:
    found = {"begun": begun, "traces": traces}
    tasks = yaml.safe_load((CODE / "roles/kubernetes_reset/tasks/kubeadm.yml").read_text())
    asks = [Environment(autoescape=True).compile_expression(task["when"]) for task in tasks if "when" in task]
    assert [bool(ask(kubernetes_reset_found=found)) for ask in asks] == [False] * (3 - done) + [True] * done
