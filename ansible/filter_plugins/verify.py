"""Decisions of the roles verify and verify_probes, as filters. PURE: data in, data out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

POD_PORT, SERVICE_PORT, API_PORT, BGP_PORT = 8080, 80, 443, 179


def look_of(masters: Iterable[str], hostvars: Mapping[str, Any]) -> dict[str, Any]:
    """What the master that was asked told; {} where none answered."""
    found = (hostvars[name].get("verify_look") or {} for name in masters)
    return next((dict(one) for one in found if "objects" in one), {})


def family(address: str) -> str:
    """v4 or v6."""
    return "v6" if ":" in address else "v4"


def verify_targets(
    masters: Iterable[str], hostvars: Mapping[str, Any], me: str, leaves: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """What one node asks, for the module `verify_probe`; names as `webui.verify` has them."""
    look = look_of(masters, hostvars)
    work = look.get("workload") or {}
    up = established((look.get("sessions") or {}).get(me) or {})
    found = (
        [_tcp(f"kubernetes {family(work['kubernetes'])}", work["kubernetes"], API_PORT)]
        if work.get("kubernetes")
        else []
    )
    for kind in ("service", "balancer"):
        found += [_http(f"{kind} {family(at)}", at, SERVICE_PORT) for at in work.get(kind) or ()]
    for node, addresses in (work.get("pods") or {}).items():
        if node != me:
            found += [_http(f"pod {node} {family(at)}", at, POD_PORT) | {"kind": "pod"} for at in addresses]
    return found + [target for leaf in leaves for target in _leaf(leaf, hostvars[me], up)]


def _tcp(name: str, address: str, port: int) -> dict[str, Any]:
    return {"name": name, "kind": "tcp", "address": address, "port": port}


def _http(name: str, address: str, port: int) -> dict[str, Any]:
    return _tcp(name, address, port) | {"kind": "http"}


def established(sessions: Mapping[str, str]) -> set[str]:
    """Neighbours with which a node's BIRD has a session, from what it says of its protocols."""
    found, state = set(), ""
    for line in "\n".join(sessions.values()).splitlines():
        name, _, value = line.strip().partition(":")
        if name == "BGP state":
            state = value.strip()
        elif name == "Neighbor address" and state == "Established":
            found.add(value.strip().partition("%")[0])
    return found


def _leaf(leaf: Mapping[str, Any], host: Mapping[str, Any], up: set[str]) -> list[dict[str, Any]]:
    """A leaf of the node's own rack: a ping of both sizes, and, without a session, how its BGP port takes a stranger.

    A leaf with a password logs each unsigned connection: those that are up are left alone."""
    if leaf["rack"] != host.get("node_rack"):
        return []
    found = []
    for kind in ("v4", "v6"):
        address = leaf.get(kind)
        if address:
            name = f"leaf {leaf['node']} {kind}"
            found.append({"name": name, "kind": "ping", "address": address})
            found += [_tcp(f"{name} bgp", address, BGP_PORT)] if address not in up else []
    return found


def verify_handover(hosts: Iterable[str], hostvars: Mapping[str, Any], groups: Mapping[str, Any]) -> dict[str, Any]:
    """All that was seen, as the installer reads it: objects, sessions, workload, answers by node, who is silent."""
    look = look_of(groups.get("control_plane", ()), hostvars)
    answers = {name: hostvars[name].get("verify_probes_answers") or {} for name in hosts}
    return {
        **{key: look.get(key) for key in ("objects", "sessions", "workload")},
        "answers": {name: one["answers"] for name, one in answers.items() if "answers" in one},
        "routes": {name: one["routes"] for name, one in answers.items() if one.get("routes") is not None},
        "silent": sorted(groups.get("verify_silent", ())),
    }


class FilterModule:
    """The filters' names for Ansible."""

    def filters(self) -> dict[str, Any]:
        """Name -> function."""
        return {function.__name__: function for function in (verify_targets, verify_handover)}
