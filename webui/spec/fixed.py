"""What cannot be changed while Kubernetes is installed. PURE."""

from __future__ import annotations

from webui.spec.model import ClusterSpec
from webui.spec.parsing import get
from webui.spec.problem import Problem, blocking

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

PATCHES = (
    ("cluster.expert.kubeadm", "kubeadm's ClusterConfiguration"),
    ("cluster.expert.kubelet", "the KubeletConfiguration"),
    ("cluster.expert.kube_proxy", "the KubeProxyConfiguration"),
)
"""Read when a cluster is made. What kubeadm laid down then is the cluster's own to change."""


def fixed(installed: ClusterSpec, wanted: ClusterSpec) -> list[Problem]:
    """A blocking Problem for each value that an installed cluster was made with and that is another one now."""
    return [*_values(installed, wanted), *_patches(installed, wanted)]


def _values(installed: ClusterSpec, wanted: ClusterSpec) -> list[Problem]:
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
