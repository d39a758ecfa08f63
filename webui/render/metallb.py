"""ClusterSpec -> MetalLB's controller: it hands out addresses; the nodes announce them by BGP. PURE.

Its speakers are left out, for they would be a second BGP speaker on each node, and its webhook too: it would have to
answer before the pool can be made, and what it would check is checked before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from webui.render.overlay import GONE, MANAGED, Document, patched, without
from webui.spec import ClusterSpec

MANIFEST = "metallb-native.yaml"
NAMESPACE = "metallb-system"
POOL = "external-services"
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
    """One pool of the external service subnets."""
    subnets = spec.network.external_services
    nets = [str(net) for net in (subnets.v4, subnets.v6) if net is not None]
    metadata = {"name": POOL, "namespace": NAMESPACE, "labels": dict(MANAGED)}
    about = {"addresses": nets, "autoAssign": True, "avoidBuggyIPs": True}
    return [{"apiVersion": "metallb.io/v1beta1", "kind": "IPAddressPool", "metadata": metadata, "spec": about}]


def _unwanted(kind: str, name: str) -> bool:
    return kind != "CustomResourceDefinition" and any(part in name for part in LEFT_OUT)
