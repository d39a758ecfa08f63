"""Kubernetes' JSON -> the slim objects that decisions stand on."""

import sys
from collections.abc import Mapping
from typing import Any

from l3out_sync.core.annotation import OURS, THEIRS
from l3out_sync.core.cluster import Key, Labels, Namespace, Pod, Ref, ReplicaSet, Service, Workload
from l3out_sync.core.prefixes import host_prefixes

Json = Mapping[str, Any]


def key_of(item: Json) -> Key:
    """Namespace and name."""
    meta = item["metadata"]
    return sys.intern(meta.get("namespace", "")), meta["name"]


def _annotated(item: Json, kind: str) -> dict[str, Any]:
    meta = item["metadata"]
    said = meta.get("annotations") or {}
    ref = Ref(kind, sys.intern(meta.get("namespace", "")), meta["name"], meta.get("uid", ""))
    created = sys.intern(meta.get("creationTimestamp") or "")
    return {"ref": ref, "ours": said.get(OURS), "theirs": said.get(THEIRS), "created": created}


def _labels(pairs: Mapping[str, str] | None) -> Labels:
    return tuple(sorted((sys.intern(name), sys.intern(value)) for name, value in (pairs or {}).items()))


def _controller(item: Json) -> tuple[str, str] | None:
    owners = item["metadata"].get("ownerReferences") or []
    found = next((owner for owner in owners if owner.get("controller")), None)
    return (sys.intern(found["kind"]), sys.intern(found["name"])) if found else None


def pod(item: Json) -> Pod:
    """A pod."""
    spec, status = item.get("spec") or {}, item.get("status") or {}
    owner = _controller(item)
    addresses = [entry.get("ip") for entry in status.get("podIPs") or []] or [status.get("podIP")]
    conditions = status.get("conditions") or []
    return Pod(
        **_annotated(item, "Pod"),
        phase=sys.intern(status.get("phase") or ""),
        ready=any(entry.get("type") == "Ready" and entry.get("status") == "True" for entry in conditions),
        host_network=bool(spec.get("hostNetwork")),
        prefixes=host_prefixes(addresses),
        owner=owner,
        labels=_labels(item["metadata"].get("labels")) if owner is None else (),
    )


def service(item: Json) -> Service:
    """A service; a LoadBalancer that tells a host name alone has no address."""
    spec, status = item.get("spec") or {}, item.get("status") or {}
    ingress = (status.get("loadBalancer") or {}).get("ingress") or []
    balanced = [entry.get("ip") for entry in ingress] if spec.get("type") == "LoadBalancer" else []
    addresses = [*balanced, *(spec.get("externalIPs") or [])]
    return Service(
        **_annotated(item, "Service"), prefixes=host_prefixes(addresses), selector=_labels(spec.get("selector"))
    )


def namespace(item: Json) -> Namespace:
    """A namespace."""
    return Namespace(**_annotated(item, "Namespace"))


def replica_set(item: Json) -> ReplicaSet:
    """A ReplicaSet's link to its Deployment, from its metadata alone."""
    place, name = key_of(item)
    owner = _controller(item)
    return ReplicaSet(place, name, owner[1] if owner and owner[0] == "Deployment" else "")


def workload(kind: str, item: Json) -> Workload:
    """A Deployment, StatefulSet or DaemonSet."""
    template = (item.get("spec") or {}).get("template") or {}
    return Workload(**_annotated(item, kind), labels=_labels((template.get("metadata") or {}).get("labels")))
