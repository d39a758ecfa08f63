"""Kubernetes as a cluster's page shows it: what is installed, and each node as it was seen last. PURE."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from webui.clusters.documents import at, text
from webui.clusters.states import State
from webui.verify import Report

PLUGINS = {"calico": "Calico", "kube-router": "kube-router", "aci": "Cisco ACI CNI"}


@dataclass(frozen=True)
class Kubernetes:
    """`version` and `network` are as installed; `api` is the address of the API, with its port."""

    version: str
    network: str
    api: str
    add_ons: tuple[str, ...]
    nodes: Mapping[str, State]
    """By name."""
    leaves: tuple[str, ...]
    """Leaves that the nodes peer with."""


def kubernetes(document: Any, outputs: Mapping[str, Any] | None, report: Report | None) -> Kubernetes | None:
    """What stands; None where it was not installed."""
    if not at(outputs, "control plane"):
        return None
    address, port = text(document, "cluster.vip.v4") or text(document, "cluster.vip.v6"), text(document, "cluster.port")
    host = f"[{address}]" if ":" in address else address
    plugin, release = text(document, "cluster.cni") or "calico", text(document, "cluster.calico_version")
    given = at(document, "cluster.add_ons")
    peers = at(outputs, "network.leaves")
    return Kubernetes(
        version=text(document, "cluster.kubernetes_version"),
        network=" ".join(part for part in (PLUGINS.get(plugin, plugin), release if plugin == "calico" else "") if part),
        api=f"https://{host}:{port}" if address else "",
        add_ons=tuple(map(str, given)) if isinstance(given, list) and at(outputs, "add-ons") else (),
        nodes=_nodes(outputs, report),
        leaves=tuple(map(str, peers)) if isinstance(peers, list) else (),
    )


def _nodes(outputs: Any, report: Report | None) -> dict[str, State]:
    """Joined machines; what the last verification saw of them says more."""
    found: dict[str, State] = {}
    for stage in ("control plane", "workers"):
        joined = at(outputs, stage)
        machines = joined.get("machines") if isinstance(joined, Mapping) else None
        found |= dict.fromkeys(map(str, machines or {}), State("ok", "Joined", "placed"))
    for row in report.nodes if report else ():
        if row.name in found and row.ready.state in ("ok", "warn", "bad"):
            found[row.name] = State(row.ready.state, row.ready.words, "placed")
    return found
