"""ClusterSpec -> Calico: its resources, its makers' manifest with our changes, the variables of its roles. PURE.

The resources are `crd.projectcalico.org/v1`: what the API server serves with Calico's definitions alone, in every
release that can be chosen. `projectcalico.org/v3` would need Calico's own API server in the cluster; the specs are
the same.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from webui.render import calico_manifest, kube_router, metallb, racks
from webui.render.overlay import MANAGED, Document
from webui.spec import ClusterSpec, versions
from webui.spec.model import Anchor
from webui.spec.model.types import Subnets

API = "crd.projectcalico.org/v1"
SECRET = "bgp-password"  # noqa: S105 - the name of the object, not what it holds
SECRET_KEY = "password"  # noqa: S105
NAMESPACE = "kube-system"
BLOCK = {"v4": 26, "v6": 122}

rack_label = racks.label


def variables(spec: ClusterSpec) -> dict[str, Any]:
    """Of the roles calico, kube_router and load_balancer; each name begins with its role's, no secret among them."""
    if spec.mode == "no-cluster":
        return {}
    return _of_calico(spec) | kube_router.variables(spec)


def secret_variables(spec: ClusterSpec) -> dict[str, Any]:
    """What of it is secret: it reaches Ansible by `Job.secrets` alone."""
    if spec.mode == "no-cluster":
        return {}
    if spec.cluster.cni == "kube-router":
        return kube_router.secret_variables(spec)
    return {"calico_secrets": secrets(spec)}


def manifest(spec: ClusterSpec, documents: Iterable[Mapping[str, Any]]) -> list[Document]:
    """The makers' manifest with our changes; `documents` is what it says, parsed. Raises ValueError."""
    return calico_manifest.changed(spec, documents)


def manifest_name(spec: ClusterSpec) -> str:
    """Which of the makers' manifests is wanted."""
    return "calico-typha.yaml" if spec.cluster.typha else "calico.yaml"


def resources(spec: ClusterSpec) -> list[Document]:
    """Calico's own objects, without the secret ones: pools, BGP, Felix, and who may read the password."""
    return [*pools(spec), bgp_configuration(spec), felix_configuration(spec), *reader(spec), *peers(spec)]


def secrets(spec: ClusterSpec) -> list[Document]:
    """The Secret with the BGP password; none without a password."""
    password = _password(spec)
    if not password:
        return []
    data = {SECRET_KEY: base64.b64encode(password.encode()).decode()}
    return [_of_password("v1", "Secret", SECRET, {"type": "Opaque", "data": data})]


def pools(spec: ClusterSpec) -> list[Document]:
    """A pool of each family for pods, and for LoadBalancer services where Calico hands out their addresses."""
    found = [_pool(f"pods-{family}", net, BLOCK[family]) for family, net in _pair(spec.network.pods)]
    if not hands_out(spec):
        return found
    for family, net in _pair(spec.network.external_services):
        length = max(BLOCK[family], int(net.rpartition("/")[2]))
        found.append(_pool(f"external-services-{family}", net, length, {"allowedUses": ["LoadBalancer"]}))
    return found + _reserved(spec)


def _reserved(spec: ClusterSpec) -> list[Document]:
    """The ingress address is nobody's who does not ask for it by name."""
    address = spec.network.ingress
    about = {"reservedCIDRs": [f"{address}/32"]}
    return [_object(API, "IPReservation", "ingress", {"spec": about})] if address is not None else []


def hands_out(spec: ClusterSpec) -> bool:
    """Whether this Calico gives LoadBalancer services their addresses."""
    row = versions.calico(spec.cluster.calico_version)
    return spec.cluster.load_balancer == "built-in" and row is not None and row.allocates


def bgp_configuration(spec: ClusterSpec) -> Document:
    """The cluster's AS, no mesh between nodes, and the service subnets that every node announces."""
    network = spec.network
    outside = [{"cidr": net} for _, net in _pair(network.external_services)]
    about = {
        "logSeverityScreen": "Info",
        "asNumber": spec.l3out.bgp.cluster_as,
        "nodeToNodeMeshEnabled": False,
        "serviceClusterIPs": [{"cidr": net} for _, net in _pair(network.services)],
        "serviceExternalIPs": outside,
        "serviceLoadBalancerIPs": outside,
    }
    return _object(API, "BGPConfiguration", "default", {"spec": about})


def felix_configuration(spec: ClusterSpec) -> Document:
    """Felix on every node: IPv6 with dual stack, the eBPF dataplane where it is wanted."""
    about: dict[str, Any] = {"logSeverityScreen": "Info", "ipv6Support": spec.l3out.node_subnet.v6 is not None}
    return _object(API, "FelixConfiguration", "default", {"spec": about | {"bpfEnabled": bool(spec.cluster.ebpf)}})


def peers(spec: ClusterSpec) -> list[Document]:
    """A BGPPeer for each leaf and family: the nodes of the leaf's rack peer with its primary address."""
    return [_peer(spec, leaf, family) for leaf in spec.l3out.anchors for family in ("v4", "v6") if _of(leaf, family)]


def peer_name(leaf: Anchor, family: str = "v4") -> str:
    """The name of a leaf's BGPPeer: leaf-101, leaf-101-v6."""
    return f"leaf-{leaf.node}{'-v6' if family == 'v6' else ''}"


def _of_calico(spec: ClusterSpec) -> dict[str, Any]:
    cluster = spec.cluster
    wanted = cluster.cni in (None, "calico")
    return {
        "calico_wanted": wanted,
        "calico_settings": calico_manifest.settings(spec) if wanted else {},
        "calico_resources": resources(spec) if wanted else [],
        "calico_racks": racks.node_labels(spec),
        "calico_replaces_kube_proxy": bool(wanted and cluster.ebpf),
        "load_balancer_resources": metallb.pools(spec) if metallb.wanted(spec) else [],
        "load_balancer_wanted": metallb.wanted(spec),
    }


def _peer(spec: ClusterSpec, leaf: Anchor, family: str) -> Document:
    bgp, row = spec.l3out.bgp, versions.calico(spec.cluster.calico_version)
    about: dict[str, Any] = {
        "peerIP": str(_of(leaf, family)),
        "asNumber": bgp.fabric_as,
        "nodeSelector": racks.selector(leaf.rack),
        "maxRestartTime": f"{bgp.max_restart}s",
    }
    if row is not None and row.keepalive:
        about["keepaliveTime"] = f"{bgp.keepalive}s"
    if _password(spec):
        about["password"] = {"secretKeyRef": {"name": SECRET, "key": SECRET_KEY}}
    return _object(API, "BGPPeer", peer_name(leaf, family), {"spec": about})


def reader(spec: ClusterSpec) -> list[Document]:
    """What lets calico-node read this one Secret; nothing without a password."""
    if not _password(spec):
        return []
    rbac, name = "rbac.authorization.k8s.io/v1", f"{SECRET}-reader"
    rule = {"apiGroups": [""], "resources": ["secrets"], "resourceNames": [SECRET], "verbs": ["get", "list", "watch"]}
    bound = {
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": "calico-node", "namespace": NAMESPACE}],
    }
    return [
        _of_password(rbac, "Role", name, {"rules": [rule]}),
        _of_password(rbac, "RoleBinding", name, bound),
    ]


def _pool(name: str, net: str, length: int, more: Mapping[str, Any] = {}) -> Document:
    about = {
        "cidr": net,
        "blockSize": length,
        "ipipMode": "Never",
        "vxlanMode": "Never",
        "natOutgoing": False,
        "nodeSelector": "all()",
    }
    return _object(API, "IPPool", name, {"spec": {**about, **more}})


def _of_password(api: str, kind: str, name: str, rest: Mapping[str, Any]) -> Document:
    """An object that goes when the password goes; the role finds it by its label."""
    labels = {**MANAGED, "anchorage/part": SECRET}
    return {
        "apiVersion": api,
        "kind": kind,
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": labels},
        **rest,
    }


def _object(api: str, kind: str, name: str, rest: Mapping[str, Any]) -> Document:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, "labels": dict(MANAGED)}, **rest}


def _password(spec: ClusterSpec) -> str:
    given = spec.l3out.bgp.password
    return given.get_secret_value() if given else ""


def _of(leaf: Anchor, family: str) -> object:
    return leaf.v4 if family == "v4" else leaf.v6


def _pair(pair: Subnets) -> list[tuple[str, str]]:
    return [(family, str(net)) for family, net in (("v4", pair.v4), ("v6", pair.v6)) if net is not None]
