"""ClusterSpec -> variables of the roles that install Kubernetes. PURE."""

from __future__ import annotations

from typing import Any

import yaml

from webui.spec import ClusterSpec
from webui.spec.model.types import Addresses, Subnets

SOCKETS = {"containerd": "unix:///run/containerd/containerd.sock", "cri-o": "unix:///run/crio/crio.sock"}
"""Where the kubelet finds the container runtime."""

BLOCKS = {"v4": 26, "v6": 122}
"""Lengths of the pod subnets that nodes get where Kubernetes hands them out: as long as Calico's blocks."""


def variables(spec: ClusterSpec) -> dict[str, Any]:
    """Plain values, each name beginning with its role's; no secret among them."""
    if spec.mode == "no-cluster":
        return {}
    return _runtime(spec) | _packages(spec) | _api(spec) | _kubeadm(spec)


def secret_variables(spec: ClusterSpec) -> dict[str, Any]:
    """Who signs in to the registries' mirrors, by upstream."""
    if spec.mode == "no-cluster":
        return {}
    logins = {
        str(one.upstream): {"user": one.user, "password": one.password.get_secret_value()}
        for one in spec.cluster.registries
        if one.user and one.password
    }
    return {"container_runtime_logins": logins} if logins else {}


def _runtime(spec: ClusterSpec) -> dict[str, Any]:
    cluster = spec.cluster
    runtime = cluster.container_runtime or "containerd"
    return {
        "container_runtime_name": runtime,
        "container_runtime_socket": SOCKETS[runtime],
        "container_runtime_additions": cluster.expert.containerd or "",
        "container_runtime_registries": [
            {"upstream": one.upstream, "mirror": one.mirror, "ca": one.ca or ""}
            for one in cluster.registries
            if one.upstream and one.mirror
        ],
    }


def _packages(spec: ClusterSpec) -> dict[str, Any]:
    return {"kubernetes_packages_version": _version(spec)}


def _api(spec: ClusterSpec) -> dict[str, Any]:
    cluster = spec.cluster
    return {
        "api_loadbalancer_v4": str(cluster.vip.v4 or ""),
        "api_loadbalancer_v6": str(cluster.vip.v6 or ""),
        "api_loadbalancer_port": cluster.port,
        "api_loadbalancer_router_id": cluster.keepalived_router_id,
    }


def _kubeadm(spec: ClusterSpec) -> dict[str, Any]:
    expert = spec.cluster.expert
    return {
        "kubeadm_init_version": f"v{_version(spec)}",
        "kubeadm_init_pods": _both(spec.network.pods),
        "kubeadm_init_services": _both(spec.network.services),
        "kubeadm_init_cluster_patch": _patch(expert.kubeadm),
        "kubeadm_init_kubelet_patch": _patch(expert.kubelet),
        "kubeadm_init_proxy_patch": _patch(expert.kube_proxy),
        "kubeadm_init_ignored": list(expert.ignore_preflight),
        "kubeadm_init_block_sizes": BLOCKS if spec.cluster.cni == "kube-router" else {},
    }


def _version(spec: ClusterSpec) -> str:
    return (spec.cluster.kubernetes_version or "").removeprefix("v")


def _patch(text: str | None) -> dict[str, Any]:
    return dict(yaml.safe_load(text) or {}) if text else {}


def _both(pair: Addresses | Subnets) -> list[str]:
    return [str(value) for value in (pair.v4, pair.v6) if value is not None]
