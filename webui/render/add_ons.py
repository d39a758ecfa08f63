"""ClusterSpec -> variables of what installs add-ons. PURE."""

from __future__ import annotations

import json
from typing import Any

from webui.spec import ClusterSpec
from webui.spec.add_ons import AddOn, chosen


def variables(spec: ClusterSpec) -> dict[str, Any]:
    """Of the role add_ons: which add-ons, with what; and where images are fetched. No secret among them."""
    if spec.mode == "no-cluster":
        return {}
    wanted = chosen(spec.cluster.add_ons)
    return {
        "add_ons_wanted": [_plain(one) for one in wanted],
        "add_ons_site": _site(spec, wanted),
        "images_registries": [
            {"upstream": one.upstream, "mirror": one.mirror} for one in spec.cluster.registries if one.mirror
        ],
    }


def secret_variables(spec: ClusterSpec) -> dict[str, Any]:
    """Who signs in to the registries' mirrors."""
    if spec.mode == "no-cluster":
        return {}
    logins = {
        str(one.upstream): {"user": one.user, "password": one.password.get_secret_value()}
        for one in spec.cluster.registries
        if one.user and one.password
    }
    return {"images_logins": logins} if logins else {}


def _plain(one: AddOn) -> dict[str, Any]:
    return {
        "name": one.name,
        "title": one.title,
        "role": one.role,
        "place": one.place,
        "version": one.version,
        "images": dict(one.images),
    }


def _site(spec: ClusterSpec, wanted: list[AddOn]) -> dict[str, Any]:
    """What add-ons need to know of their cluster."""
    holder = next((one for one in wanted if one.needs_address), None)
    address = str(spec.network.ingress or "")
    return {
        "ingress_class": holder.ingress_class if holder else "",
        "ingress_address": address,
        "ingress_annotations": _asking(spec, address) if address else {},
        "workers": len(spec.machines.workers),
    }


def _asking(spec: ClusterSpec, address: str) -> dict[str, str]:
    """How a service asks for one address, by who hands them out."""
    if spec.cluster.load_balancer == "metallb":
        return {"metallb.io/loadBalancerIPs": address}
    if spec.cluster.load_balancer == "built-in" and spec.cluster.cni == "calico":
        return {"projectcalico.org/ipv4addrs": json.dumps([address])}
    return {}
