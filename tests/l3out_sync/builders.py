"""Short forms for what the tables are made of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from l3out_sync.core.annotation import OURS
from l3out_sync.core.cluster import Namespace, Pod, Ref, ReplicaSet, Service, Snapshot, Workload
from l3out_sync.core.fabric import Epg, Fabric, L3Out, Subnet
from l3out_sync.core.naming import EpgKey, L3OutKey
from l3out_sync.core.policy import Policy
from l3out_sync.core.prefixes import host_prefixes

HOME = L3OutKey("k8s-prod", "k8s")
POLICY = Policy(cluster="c1", home=HOME, default_epg="k8s-ext")
MARKER = POLICY.marker
OTHER = "orchestrator:anchorage-l3out-sync:c2"
ANNOTATION = OURS


def epg(name: str, l3out: str = "k8s", tenant: str = "k8s-prod") -> EpgKey:
    return EpgKey(tenant, l3out, name)


def labels(pairs: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((pairs or {}).items()))


def text(annotation: str | Mapping[str, Any] | None) -> str | None:
    return annotation if annotation is None or isinstance(annotation, str) else json.dumps(annotation)


def pod(name: str, *addresses: str, owner: str = "", said: Any = None, theirs: str | None = None, **more: Any) -> Pod:
    """`owner`: `ReplicaSet/web-1`; `labels` as a dictionary."""
    kind, _, of = owner.partition("/")
    known = {"phase": "Running", "ready": True, "created": "2026-01-01T00:00:00Z"} | more
    known["labels"] = labels(known.get("labels"))
    return Pod(
        Ref("Pod", more.pop("namespace", "shop"), name, f"uid-{name}"),
        ours=text(said),
        theirs=theirs,
        prefixes=host_prefixes(addresses),
        owner=(kind, of) if owner else None,
        **{key: value for key, value in known.items() if key != "namespace"},
    )


def workload(name: str, said: Any = None, kind: str = "Deployment", theirs: str | None = None, **more: Any) -> Workload:
    ref = Ref(kind, more.pop("namespace", "shop"), name, f"uid-{name}")
    created = more.pop("created", "2026-01-01T00:00:00Z")
    return Workload(ref, text(said), theirs, created, labels(more.pop("labels", {"app": name})))


def service(name: str, *addresses: str, said: Any = None, selector: Mapping[str, str] | None = None) -> Service:
    ref = Ref("Service", "shop", name, f"uid-{name}")
    return Service(ref, text(said), None, "2026-01-01T00:00:00Z", host_prefixes(addresses), labels(selector))


def namespace(name: str = "shop", said: Any = None) -> Namespace:
    return Namespace(Ref("Namespace", "", name, f"uid-{name}"), text(said))


def snapshot(*items: Any) -> Snapshot:
    """Objects sorted into a snapshot."""
    places: dict[str, dict[tuple[str, str], Any]] = {}
    kinds = {"Deployment": "deployments", "StatefulSet": "stateful_sets", "DaemonSet": "daemon_sets"}
    plain = {"Pod": "pods", "Service": "services", "Namespace": "namespaces"}
    for item in items:
        if isinstance(item, ReplicaSet):
            places.setdefault("replica_sets", {})[(item.namespace, item.name)] = item
            continue
        place = (kinds | plain)[item.ref.kind]
        places.setdefault(place, {})[(item.ref.namespace, item.ref.name)] = item
    return Snapshot(**places)


def deployment(name: str, said: Any, *addresses: str, theirs: str | None = None, **more: Any) -> list[Any]:
    """A Deployment, its ReplicaSet and a pod for each address."""
    replica_set = f"{name}-5d"
    pods = [pod(f"{replica_set}-{n}", a, owner=f"ReplicaSet/{replica_set}") for n, a in enumerate(addresses)]
    return [workload(name, said, theirs=theirs, **more), ReplicaSet("shop", replica_set, name), *pods]


def fabric(epgs: Mapping[str, Epg] | None = None, key: L3OutKey = HOME) -> Fabric:
    """One L3Out that was read and has these EPGs."""
    return Fabric({key: L3Out(True, dict(epgs or {}))})


def standing(
    *ips: str, mark: str = MARKER, scope: str = "import-security", owner: str = MARKER, **contracts: Any
) -> Epg:
    """An EPG that stands there. `mark`: annotation of its subnets; `owner`: its own; contracts by class."""
    held = {cls: dict(contracts.get(cls, {})) for cls in ("fvRsProv", "fvRsCons")}
    return Epg(annotation=owner, subnets={ip: Subnet(mark, scope) for ip in ips}, contracts=held)
