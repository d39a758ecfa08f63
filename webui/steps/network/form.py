"""Fields of the Network page: the prefixes of the cluster and the ingress address."""

from __future__ import annotations

from webui.steps.fields import Look, Text, page_form

NetworkForm = page_form(
    "NetworkForm",
    {
        "network.pods.v4": Text("Pods, IPv4", Look("One /26 of it for each node at a time.", topic="pods")),
        "network.pods.v6": Text("Pods, IPv6", Look("One /122 of it for each node at a time.", topic="pods")),
        "network.services.v4": Text("Services, IPv4", Look("Cluster addresses of services.", topic="services")),
        "network.services.v6": Text(
            "Services, IPv6", Look("A /108, the largest that Kubernetes takes.", topic="services")
        ),
        "network.external_services.v4": Text(
            "External services, IPv4", Look("Addresses that clients outside the cluster use.", topic="external")
        ),
        "network.external_services.v6": Text("External services, IPv6", Look("As for IPv4.", topic="external")),
        "network.ingress": Text("Ingress address", Look("One of the external services.", topic="ingress")),
    },
)
