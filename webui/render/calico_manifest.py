"""Our changes to the manifest of Calico's makers, as data. PURE. Image names stay as they are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from webui.render.overlay import MANAGED, Document, patched
from webui.render.overlay import variables as environment
from webui.spec import ClusterSpec, versions

WITH_AS = ("bgpconfigurations", "bgppeers")
SERVICES = "kubernetes-services-endpoint"
"""ConfigMap that every container of the manifest reads, if it is there: where the Kubernetes API is reached."""


def changed(spec: ClusterSpec, documents: Iterable[Mapping[str, Any]]) -> list[Document]:
    """The manifest as this cluster wants it. Raises ValueError where it is not the one that was expected."""
    documents = list(documents)
    patches: dict[tuple[str, str], Any] = {
        **{("CustomResourceDefinition", f"{kind}.crd.projectcalico.org"): _wide_as() for kind in WITH_AS},
        ("ConfigMap", "calico-config"): {"data": _configuration(spec, documents)},
        ("DaemonSet", "calico-node"): _container("calico-node", _node(spec)),
        ("Deployment", "calico-kube-controllers"): _container("calico-kube-controllers", _controllers(spec)),
    }
    if spec.cluster.typha:
        patches["Deployment", "calico-typha"] = {"spec": {"replicas": typhas(spec)}}
    return [*patched(documents, patches), *_api_address(spec)]


def settings(spec: ClusterSpec) -> dict[str, Any]:
    """What the manifest is made of, in short: when this changes, it is to be applied again."""
    return {
        "version": versions.bare(spec.cluster.calico_version or ""),
        "typhas": typhas(spec) if spec.cluster.typha else 0,
        "mtu": spec.cluster.calico_mtu or spec.l3out.mtu,
        "node": _node(spec),
        "controllers": _controllers(spec),
        "api": [document["data"] for document in _api_address(spec)],
    }


def typhas(spec: ClusterSpec) -> int:
    """Replicas of Typha: three, and one for each further two hundred nodes; never more than there are nodes."""
    nodes = len(spec.machines.control_plane) + len(spec.machines.workers)
    return max(1, min(nodes, 3 + nodes // 200))


def _wide_as() -> dict[str, Any]:
    """AS numbers of four bytes: as its makers wrote it, the API server would refuse those above 2147483647."""
    spec = {"properties": {"asNumber": {"format": "int64"}}}
    schema = {"openAPIV3Schema": {"properties": {"spec": spec}}}
    return {"spec": {"versions": [{"name": "v1", "schema": schema}]}}


def _node(spec: ClusterSpec) -> dict[str, str]:
    """Environment of calico-node. Pools are resources of ours: it makes none of its own.

    A node's address is the one that the kubelet was given; "autodetect" would take the first interface's.
    """
    dual = spec.l3out.node_subnet.v6 is not None
    six = {"IP6": "autodetect", "IP6_AUTODETECTION_METHOD": "kubernetes-internal-ip"} if dual else {"IP6": "none"}
    return {
        "IP": "autodetect",
        "IP_AUTODETECTION_METHOD": "kubernetes-internal-ip",
        **six,
        "NO_DEFAULT_POOLS": "true",
        "CALICO_IPV4POOL_IPIP": "Never",
        "CALICO_IPV4POOL_VXLAN": "Never",
        "CALICO_IPV6POOL_VXLAN": "Never",
        "CLUSTER_TYPE": "k8s,bgp",
        "FELIX_IPV6SUPPORT": "true" if dual else "false",
    }


def _controllers(spec: ClusterSpec) -> dict[str, str]:
    row = versions.calico(spec.cluster.calico_version)
    gives = spec.cluster.load_balancer == "built-in" and row is not None and row.allocates
    return {"ENABLED_CONTROLLERS": "node,loadbalancer" if gives else "node"}


def _configuration(spec: ClusterSpec, documents: list[Mapping[str, Any]]) -> dict[str, str]:
    """The pods' MTU, and addresses of both families with dual stack."""
    found = {"veth_mtu": str(spec.cluster.calico_mtu or spec.l3out.mtu or 0)}
    if spec.l3out.node_subnet.v6 is None:
        return found
    given = next(d["data"]["cni_network_config"] for d in documents if d and d["metadata"]["name"] == "calico-config")
    return found | {"cni_network_config": _both_families(given)}


def _both_families(text: str) -> str:
    """The CNI configuration with IPAM for both families. Calico's installer fills in what stands in underscores."""
    config = json.loads(text.replace("__CNI_MTU__", '"__CNI_MTU__"'))
    for plugin in config["plugins"]:
        if plugin["type"] == "calico":
            plugin["ipam"] |= {"assign_ipv4": "true", "assign_ipv6": "true"}
    return json.dumps(config, indent=2).replace('"__CNI_MTU__"', "__CNI_MTU__")


def _api_address(spec: ClusterSpec) -> list[Document]:
    """Without kube-proxy, Calico must not reach the API through a service that it is itself to provide."""
    address = spec.cluster.vip.v4 or spec.cluster.vip.v6
    if not spec.cluster.ebpf or address is None:
        return []
    data = {"KUBERNETES_SERVICE_HOST": str(address), "KUBERNETES_SERVICE_PORT": str(spec.cluster.port)}
    metadata = {"name": SERVICES, "namespace": "kube-system", "labels": dict(MANAGED)}
    return [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}]


def _container(name: str, values: Mapping[str, str]) -> dict[str, Any]:
    return {"spec": {"template": {"spec": {"containers": [{"name": name, "env": environment(values)}]}}}}
