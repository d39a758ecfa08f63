"""What the playbook verify handed over, as the judge wants it. PURE: Kubernetes' own objects in, plain data out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from webui.lookups.verify import bird
from webui.verify.expected import normal
from webui.verify.seen import Agent, BgpPeer, Block, Cluster, Node, NodeSession, Reach, Service, Workload

_RACK = re.compile(r"rack_id\s*==\s*'([^']*)'")
Found = Mapping[str, Any]


@dataclass(frozen=True)
class Brought:
    """What came from the machines. `cluster` is None where no control-plane machine could be asked."""

    cluster: Cluster | None
    workload: Workload | None
    reaches: tuple[Reach, ...]


def read_cluster(text: str) -> Brought:
    """The handed file. Raises ValueError for what is no such file."""
    found = json.loads(text)
    silent = frozenset(found.get("silent") or ())
    objects = found.get("objects")
    routes = {node: frozenset(map(normal, prefixes)) for node, prefixes in (found.get("routes") or {}).items()}
    reaches = tuple(
        Reach(node, target, state)
        for node, row in (found.get("answers") or {}).items()
        for target, state in row.items()
    )
    if not objects or not objects.get("nodes"):
        return Brought(None, None, reaches)
    cluster = Cluster(
        nodes=tuple(_node(one) for one in _list(objects, "nodes")),
        blocks=_maybe(objects, "blocks", _block),
        services=tuple(_services(objects)),
        peers=_maybe(objects, "peers", _peer),
        agents=tuple(_agent(one) for one in _list(objects, "agents")),
        sessions=tuple(_sessions(found.get("sessions") or {})),
        routes=routes,
        silent=silent,
    )
    return Brought(cluster, _workload(found.get("workload") or {}), reaches)


def _list(objects: Found, name: str) -> list[Any]:
    return list(objects.get(name) or ())


def _maybe(objects: Found, name: str, read: Any) -> tuple[Any, ...] | None:
    """None where the cluster does not know the resource."""
    found = objects.get(name)
    return None if found is None else tuple(one for one in map(read, found) if one)


def _name(found: Found) -> str:
    return str(found["metadata"]["name"])


def _node(found: Found) -> Node:
    status, spec = found.get("status", {}), found.get("spec", {})
    condition: Found = next((one for one in status.get("conditions", []) if one.get("type") == "Ready"), {})
    is_ready = condition.get("status") == "True"
    subnets = spec.get("podCIDRs") or ([spec["podCIDR"]] if spec.get("podCIDR") else [])
    return Node(
        name=_name(found),
        ready=is_ready,
        why="" if is_ready else str(condition.get("message") or condition.get("reason") or ""),
        addresses=tuple(one["address"] for one in status.get("addresses", []) if one.get("type") == "InternalIP"),
        labels=dict(found["metadata"].get("labels") or {}),
        pod_subnets=tuple(map(normal, subnets)),
    )


def _block(found: Found) -> Block | None:
    """A block that belongs to a node; one that is being given up belongs to nobody."""
    spec = found["spec"]
    owner = str(spec.get("affinity") or "")
    if not owner.startswith("host:") or spec.get("deleted"):
        return None
    return Block(normal(spec["cidr"]), owner.removeprefix("host:"))


def _services(objects: Found) -> Iterator[Service]:
    ready: dict[tuple[str, str], set[str]] = {}
    for one in _list(objects, "slices"):
        owner = (one.get("metadata", {}).get("labels") or {}).get("kubernetes.io/service-name", "")
        nodes = ready.setdefault((one["metadata"]["namespace"], owner), set())
        nodes |= {str(at["nodeName"]) for at in one.get("endpoints") or () if _is_ready(at)}
    for one in _list(objects, "services"):
        key = (one["metadata"]["namespace"], _name(one))
        yield _service(one, frozenset(ready.get(key, ())))


def _is_ready(endpoint: Found) -> bool:
    return bool(endpoint.get("nodeName")) and endpoint.get("conditions", {}).get("ready") is not False


def _service(found: Found, ready: frozenset[str]) -> Service:
    spec = found["spec"]
    balancer = (found.get("status", {}).get("loadBalancer") or {}).get("ingress") or ()
    cluster_ips = spec.get("clusterIPs") or [spec.get("clusterIP", "")]
    return Service(
        name=f"{found['metadata']['namespace']}/{_name(found)}",
        kind=str(spec.get("type", "ClusterIP")),
        local=spec.get("externalTrafficPolicy") == "Local",
        cluster_ips=tuple(at for at in cluster_ips if at and at != "None"),
        external_ips=tuple(spec.get("externalIPs") or ()),
        balancer_ips=tuple(at["ip"] for at in balancer if at.get("ip")),
        ready=ready,
    )


def _peer(found: Found) -> BgpPeer:
    spec = found["spec"]
    selector = str(spec.get("nodeSelector") or "")
    rack = _RACK.search(selector)
    number = spec.get("asNumber")
    return BgpPeer(
        name=_name(found),
        address=str(spec.get("peerIP") or ""),
        asn=int(number) if number is not None and str(number).isdecimal() else None,
        rack=rack[1] if rack else "",
        selector=selector,
        password=bool(spec.get("password")),
    )


def _agent(found: Found) -> Agent:
    status = found.get("status", {})
    containers = status.get("containerStatuses") or ()
    is_ready = bool(containers) and all(one.get("ready") for one in containers)
    waiting = [one["state"]["waiting"] for one in containers if (one.get("state") or {}).get("waiting")]
    why = next((f"{one.get('reason', '')} {one.get('message', '')}".strip() for one in waiting), "")
    phase = str(status.get("phase", "unknown"))
    return Agent(
        str(found["spec"].get("nodeName", "")),
        is_ready and phase == "Running",
        why or ("its pod is not ready" if phase == "Running" else f"its pod is {phase.lower()}"),
    )


def _sessions(found: Mapping[str, Mapping[str, str]]) -> Iterator[NodeSession]:
    for node, families in found.items():
        for text in families.values():
            yield from bird.sessions(node, text)


def _workload(found: Found) -> Workload:
    return Workload(
        pods={str(node): tuple(at) for node, at in (found.get("pods") or {}).items()},
        service=tuple(found.get("service") or ()),
        balancer=tuple(found.get("balancer") or ()),
        kubernetes=str(found.get("kubernetes") or ""),
        problem=str(found.get("problem") or ""),
        made=bool(found.get("made", True)),
    )
