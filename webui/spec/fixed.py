"""What cannot be changed while Kubernetes is installed. PURE."""

from __future__ import annotations

from webui.spec.model import ClusterSpec
from webui.spec.parsing import get
from webui.spec.problem import Problem, blocking
from webui.spec.proposing import complete

RESET = "Put the old value back; or reset Kubernetes first, which loses what runs on it, and apply then."
UPGRADE = f"Anchorage does not upgrade a living cluster yet. {RESET}"
FIXED = (
    ("cluster.kubernetes_version", "The Kubernetes version", UPGRADE),
    ("cluster.vip.v4", "The API address", RESET),
    ("cluster.vip.v6", "The API address", RESET),
    ("cluster.port", "The API port", RESET),
    ("cluster.cni", "The pod network", RESET),
    ("cluster.container_runtime", "The container runtime", RESET),
    ("network.pods.v4", "The pod subnet", RESET),
    ("network.pods.v6", "The pod subnet", RESET),
    ("network.services.v4", "The service subnet", RESET),
    ("network.services.v6", "The service subnet", RESET),
)
"""Path, what it is called, and what to do."""

NODES = "l3out.node_subnet.v6"
FAMILY = (NODES, "network.pods.v6", "network.services.v6", "cluster.vip.v6")
"""What makes a cluster dual stack. The others are derived from the node subnet: where that came or went, it alone is
told."""

OTHERWISE = "make another cluster; or reset Kubernetes first, which loses what runs on it."

PATCHES = (
    ("cluster.expert.kubeadm", "kubeadm's ClusterConfiguration"),
    ("cluster.expert.kubelet", "the KubeletConfiguration"),
    ("cluster.expert.kube_proxy", "the KubeProxyConfiguration"),
)
"""Read when a cluster is made. What kubeadm laid down then is the cluster's own to change."""


def fixed(installed: ClusterSpec, wanted: ClusterSpec) -> list[Problem]:
    """A blocking Problem for each value that an installed cluster was made with and that is another one now.

    Both are completed: a value that is derived in one and given in the other is no change.
    """
    before = complete(installed)
    after = complete(wanted, applied=before)
    return [*_families(before, after), *_values(before, after), *_patches(before, after)]


def _families(installed: ClusterSpec, wanted: ClusterSpec) -> list[Problem]:
    """Without a cluster of ours the fabric may get IPv6: who runs Kubernetes then sees to it."""
    turned = [path for path in FAMILY if (get(installed, path) is None) != (get(wanted, path) is None)]
    told = turned[:1] if NODES in turned else turned
    return [_family(path, get(installed, path)) for path in told if wanted.mode != "no-cluster"]


def _family(path: str, was: object) -> Problem:
    sentence = (
        f"An installed cluster keeps its address families: this one was made {'with' if was else 'without'} IPv6."
    )
    undo = f"Put {was} back; for IPv4 alone" if was else "Leave it empty; for dual stack"
    return blocking(path, sentence, f"{undo} {OTHERWISE}")


def _values(installed: ClusterSpec, wanted: ClusterSpec) -> list[Problem]:
    """None on one side is of a family (told above), or of a mode without a cluster."""
    pairs = ((path, what, remedy, get(installed, path), get(wanted, path)) for path, what, remedy in FIXED)
    return [
        blocking(path, f"{what} of an installed cluster stays what it is: {was}.", remedy)
        for path, what, remedy, was, will in pairs
        if was != will and was is not None and will is not None
    ]


def _patches(installed: ClusterSpec, wanted: ClusterSpec) -> list[Problem]:
    return [
        blocking(path, f"The patch of {what} is used when a cluster is made, and this one is.", RESET)
        for path, what in PATCHES
        if (get(installed, path) or "") != (get(wanted, path) or "")
    ]
