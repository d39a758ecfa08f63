"""What Kubernetes' tools say is a card with its cause, the remedy and the field."""

from __future__ import annotations

import pytest

from webui.runs.playbook_failures import Trouble, of_trouble

SAID = [
    ('failed to pull image "registry.k8s.io/etcd:3.6.8-0": rpc error: code = NotFound desc = failed to pull and unpack '
     'image: registry.k8s.io/etcd:3.6.8-0: not found', "k8s-cp-1 cannot get an image.", "cluster.registries"),
    ('Head "https://mirror/v2/etcd/manifests/3.6.8-0": tls: failed to verify certificate: x509: certificate signed by '
     'unknown authority', "k8s-cp-1 does not trust the registry.", "cluster.registries"),
    ("failed to pull image: pull access denied, 401 Unauthorized", "The registry refuses k8s-cp-1.",
     "cluster.registries"),
    ('error execution phase preflight: couldn\'t validate the identity of the API Server: could not find a JWS '
     'signature in the cluster-info ConfigMap for token ID "abcdef"', "The token with which k8s-cp-1 was to join has "
     "expired.", ""),
    ("error execution phase etcd-join: etcdserver: re-configuration failed due to not enough started members",
     "etcd is not healthy.", "machines.control_plane"),
    ("kubelet is configured to not run on a host using cgroup v1. cgroup v1 support is unsupported; set FailCgroupV1",
     "The kubelet of k8s-cp-1 refuses cgroup v1.", "cluster.expert.kubelet"),
    ('Get "https://198.18.2.252:8443/livez?timeout=10s": dial tcp 198.18.2.252:8443: connect: connection refused',
     "The Kubernetes API does not answer.", "cluster.vip.v4"),
    ("container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin "
     "returns error: cni plugin not initialized", "A node is not Ready: its pod network does not run.", "cluster.cni"),
    ("[preflight] Some fatal errors occurred: [ERROR NumCPU]: the number of available CPUs 1 is less than the required "
     "2", "k8s-cp-1 does not meet what kubeadm asks for.", "cluster.expert.ignore_preflight"),
    ("[ERROR FileAvailable--etc-kubernetes-manifests-kube-apiserver.yaml]: already exists",
     "k8s-cp-1 holds another Kubernetes, or what is left of one.", "machines"),
    ('strict decoding error: unknown field "apiServr"', "A setting that is passed on is not understood on k8s-cp-1.",
     "cluster.expert.kubeadm"),
    ('error when evicting pods/"web-0": Cannot evict pod as it would violate the pod\'s disruption budget.',
     "A machine cannot be drained: a disruption budget forbids it.", "machines.workers"),
    ("E: Unable to fetch some archives", "k8s-cp-1 cannot get its packages.", "cluster.apt_mirror"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "what", "field"), SAID)
def test_it_puts_into_words_what_went_wrong(text: str, what: str, field: str) -> None:
    card = of_trouble(Trouble("k8s-cp-1", "Make the control plane", text))
    assert (card.what, card.field) == (what, field)
    assert card.cause and card.remedy.endswith(".")


def test_a_roles_own_sentence_about_images_leads_to_the_registries() -> None:
    said = "The registry lacks registry.k8s.io/coredns/coredns:v1.14.2, which k8s-cp-1 needs."
    assert of_trouble(Trouble("k8s-cp-1", "Check", said, asserted=True)).field == "cluster.registries"
