"""What the network's roles decide: whose nodes and pods are waited for."""

from __future__ import annotations

from typing import Any

from tests.ansible_code import load

filters = load("filter_plugins/network.py")


def thing(name: str, ready: str, node: str = "") -> dict[str, Any]:
    """A node, or a pod on a node. `ready`: True, False, Unknown, or "" for none of these yet."""
    conditions = [{"type": "Ready", "status": ready}] if ready else []
    return {"metadata": {"name": name}, "spec": {"nodeName": node}, "status": {"conditions": conditions}}


def test_silent_is_who_kubernetes_hears_nothing_from_and_not_who_has_no_network_yet() -> None:
    nodes = [thing("up", "True"), thing("new", "False"), thing("off", "Unknown"), thing("newest", "")]
    assert filters.silent_nodes({"items": nodes}) == ["off"]


def test_pods_of_a_silent_node_are_not_waited_for() -> None:
    pods = {"items": [thing("one", "True", "up"), thing("two", "False", "off"), thing("three", "", "off")]}
    assert filters.waiting_words(pods) != ""
    assert filters.waiting_words(filters.pods_but_on(pods, ["off"])) == ""


def test_a_pod_that_nobody_runs_yet_is_waited_for() -> None:
    pods = {"items": [thing("one", "False"), thing("two", "True", "up")]}
    assert "one" in filters.waiting_words(filters.pods_but_on(pods, ["off"]))
