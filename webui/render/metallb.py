"""ClusterSpec -> MetalLB's controller: it hands out addresses; the nodes announce them by BGP. PURE.

Its speakers are left out, for they would be a second BGP speaker on each node, and its webhook too: it would have to
answer before the pool can be made, and what it would check is checked before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from webui.render.overlay import GONE, MANAGED, Document, patched, without
from webui.spec import ClusterSpec
from webui.spec.values import Address, Network

MANIFEST = "metallb-native.yaml"
NAMESPACE = "metallb-system"
POOL, INGRESS = "external-services", "ingress"
CONTROL_PLANE = {"key": "node-role.kubernetes.io/control-plane", "operator": "Exists", "effect": "NoSchedule"}
LEFT_OUT = ("speaker", "metallb-excludel2", "metallb-webhook")


def wanted(spec: ClusterSpec) -> bool:
    """Whether this cluster has MetalLB's controller."""
    return spec.mode != "no-cluster" and spec.cluster.load_balancer == "metallb"


def manifest(documents: Iterable[Mapping[str, Any]]) -> list[Document]:
    """The makers' manifest without speakers and webhook. Raises ValueError where it is another one."""
    kept = without(documents, _unwanted)
    arguments = ["--port=9120", "--log-level=info", "--webhook-mode=disabled", "--disable-cert-rotation"]
    container = {
        "name": "controller",
        "args": arguments,
        "env": [
            {"name": "METALLB_NAMESPACE", "value": NAMESPACE},
            {"name": "METALLB_ML_SECRET_NAME", **GONE},  # a secret that speakers share
            {"name": "METALLB_DEPLOYMENT", **GONE},
        ],
        "volumeMounts": None,
        "ports": None,
    }
    pod = {"containers": [container], "volumes": None, "tolerations": [CONTROL_PLANE]}
    return patched(
        kept,
        {
            ("Namespace", NAMESPACE): {"metadata": {"labels": MANAGED}},
            ("RoleBinding", "pod-lister"): {"subjects": [{"name": "speaker", **GONE}]},
            ("Deployment", "controller"): {"spec": {"template": {"spec": pod}}},
        },
    )


def pools(spec: ClusterSpec) -> list[Document]:
    """The external service subnets, and the ingress address apart: only who asks for that one by name gets it."""
    subnets, ingress = spec.network.external_services, spec.network.ingress
    nets = [net for net in (subnets.v4, subnets.v6) if net is not None]
    free = [part for net in nets for part in _without(net, ingress)]
    apart = subnets.v4 is not None and str(subnets.v4) not in free
    kept = [_pool(INGRESS, [f"{ingress}/32"], by_itself=False)] if apart else []
    return [_pool(POOL, free, by_itself=True), *kept]


def _pool(name: str, addresses: list[str], *, by_itself: bool) -> Document:
    metadata = {"name": name, "namespace": NAMESPACE, "labels": dict(MANAGED)}
    about = {"addresses": addresses, "autoAssign": by_itself, "avoidBuggyIPs": by_itself}
    return {"apiVersion": "metallb.io/v1beta1", "kind": "IPAddressPool", "metadata": metadata, "spec": about}


def _without(net: Network, address: Address | None) -> list[str]:
    """A subnet but for one address of it, as subnets; all of it where that is elsewhere or nothing would be left."""
    if isinstance(net, IPv4Network) and isinstance(address, IPv4Address) and address in net and net.prefixlen < 32:
        return [str(part) for part in sorted(net.address_exclude(IPv4Network(address)))]
    return [str(net)]


def _unwanted(kind: str, name: str) -> bool:
    return kind != "CustomResourceDefinition" and any(part in name for part in LEFT_OUT)
