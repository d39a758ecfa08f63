"""Decisions of the roles that talk to the cluster, as filters. PURE: data in, data out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

RACK = "rack_id"

Document = Mapping[str, Any]


def different_racks(nodes: Mapping[str, Any], wanted: Mapping[str, str]) -> list[dict[str, str]]:
    """Of `kubectl get nodes -o json`: which nodes need another rack label, as `kubectl label` takes it."""
    found = []
    for node in nodes["items"]:
        name = node["metadata"]["name"]
        now, then = node["metadata"].get("labels", {}).get(RACK, ""), wanted.get(name)
        if then is not None and now != then:
            found.append({"node": name, "label": f"{RACK}={then}" if then else f"{RACK}-"})
    return found


def objects_of(documents: Iterable[Document], *kinds: str) -> list[Document]:
    """The objects of these kinds."""
    return [one for one in documents if one["kind"] in kinds]


def objects_but(documents: Iterable[Document], *kinds: str) -> list[Document]:
    """The objects of all other kinds, definitions and namespaces first."""
    first = ("Namespace", "CustomResourceDefinition")
    return sorted((one for one in documents if one["kind"] not in kinds), key=lambda one: one["kind"] not in first)


def names_of(documents: Iterable[Document], kind: str) -> list[str]:
    """The names of the objects of a kind."""
    return [one["metadata"]["name"] for one in documents if one["kind"] == kind]


def silent_nodes(nodes: Mapping[str, Any]) -> list[str]:
    """Of `kubectl get nodes -o json`: names of nodes that Kubernetes has lost sight of, as of machines that are off."""
    return [one["metadata"]["name"] for one in nodes["items"] if _state(one) == "Unknown"]


def pods_but_on(pods: Mapping[str, Any], nodes: Sequence[str]) -> dict[str, Any]:
    """Of `kubectl get pods -o json`: without those on these nodes."""
    return {"items": [pod for pod in pods["items"] if pod["spec"].get("nodeName") not in nodes]}


def waiting_words(pods: Mapping[str, Any]) -> str:
    """Of `kubectl get pods -o json`: which pods are not ready, and why; empty where all are."""
    found = [_words(pod) for pod in pods["items"] if not _ready(pod)]
    more = f" ({len(found) - 3} more pods wait.)" if len(found) > 3 else ""
    return " ".join(found[:3]) + more


def _ready(pod: Mapping[str, Any]) -> bool:
    return _state(pod) == "True"


def _state(pod_or_node: Mapping[str, Any]) -> str:
    """Status of the condition Ready: True, False or Unknown; empty without."""
    states = pod_or_node.get("status", {}).get("conditions", [])
    return next((str(one["status"]) for one in states if one["type"] == "Ready"), "")


def _words(pod: Mapping[str, Any]) -> str:
    name, node = pod["metadata"]["name"], pod["spec"].get("nodeName", "")
    where = f"{name} on {node}" if node else name
    return f"{where}: {_why(pod)}"


def _why(pod: Mapping[str, Any]) -> str:
    status = pod.get("status", {})
    for one in [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]:
        state = one.get("state", {})
        waiting, ended = state.get("waiting", {}), state.get("terminated") or one.get("lastState", {}).get("terminated")
        if waiting.get("reason") in ("ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName"):
            return f"its image {one['image']} cannot be fetched."
        if ended and ended.get("exitCode"):
            return _told(f"its container {one['name']} ends with {ended['exitCode']}.", ended)
        if waiting.get("reason") not in (None, "PodInitializing", "ContainerCreating"):
            return _told(f"its container {one['name']} waits: {waiting['reason']}.", waiting)
    for one in status.get("conditions", []):
        if one["type"] == "PodScheduled" and one["status"] == "False":
            return f"no node takes it: {_tail(one.get('message', ''))}"
    return f"it is not ready ({status.get('phase', 'unknown')})."


def _told(sentence: str, state: Mapping[str, Any]) -> str:
    return f"{sentence} {_tail(state.get('message', ''))}".strip()


def _tail(text: str) -> str:
    return " ".join(text.split())[-200:]


class FilterModule:
    """The filters' names for Ansible."""

    def filters(self) -> dict[str, Any]:
        """Name -> function."""
        own = (different_racks, objects_of, objects_but, names_of, silent_nodes, pods_but_on, waiting_words)
        return {function.__name__: function for function in own}
