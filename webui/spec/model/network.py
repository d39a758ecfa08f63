"""Section `network`: the cluster's own subnets."""

from __future__ import annotations

from webui.spec.model.types import V4, Part, Subnets, field, part


class ClusterNetwork(Part):
    """Subnets of pods and services; the leaves learn them from the nodes by BGP."""

    pods: Subnets = part(
        Subnets,
        "Pod subnet",
        "Addresses of the pods. Each node takes blocks of 64 (/26) from it, so leave room to grow.",
    )
    services: Subnets = part(
        Subnets, "Service subnet", "Addresses of services inside the cluster (ClusterIP). IPv6: at most a /108."
    )
    external_services: Subnets = part(
        Subnets, "External service subnet", "Addresses of services that clients outside the cluster use (LoadBalancer)."
    )
    ingress: V4 | None = field(
        "Ingress address",
        "The address in the external service subnet on which HTTP enters the cluster.",
        "198.51.100.193",
    )
