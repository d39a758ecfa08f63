"""ClusterSpec -> variables of terraform/fabric. The spec is complete: what is derived is filled in."""

from __future__ import annotations

from typing import Any

from webui.spec import ClusterSpec
from webui.spec.model import Anchor, L3Out
from webui.spec.model.types import Addresses, Subnets

SCOPES = ("import-security", "shared-security", "shared-rtctrl")
"""In the order in which the APIC gives them back."""


def tfvars(spec: ClusterSpec, apic_url: str) -> dict[str, Any]:
    """The content of terraform.tfvars.json for terraform/fabric; plain JSON data, without secrets."""
    l3out = spec.l3out
    return {
        "apic_url": apic_url,
        "apic_insecure": spec.fabric.tls.unverified,
        "tenant": l3out.tenant,
        "vrf": {"tenant": l3out.vrf.tenant, "name": l3out.vrf.name},
        "physical_domain": l3out.domain,
        "contract": {"tenant": l3out.contract.tenant, "name": l3out.contract.name},
        "l3out": _l3out(l3out),
        "node_subnet": _pair(l3out.node_subnet),
        "floating": _pair(l3out.floating),
        "secondary": _pair(l3out.secondary),
        "anchors": {str(anchor.node): _anchor(anchor) for anchor in l3out.anchors},
        "external_epg": {"name": l3out.external_epg.name, "subnets": _subnets(spec)},
        "prefixes": _prefixes(spec),
        "bgp": _bgp(l3out),
    }


def tfvars_secrets(spec: ClusterSpec) -> dict[str, str]:
    """Secret variables by name; they reach Terraform as TF_VAR_<name> in its environment and are never written."""
    password = spec.l3out.bgp.password
    return {"bgp_password": password.get_secret_value() if password else ""}


def _l3out(l3out: L3Out) -> dict[str, Any]:
    return {
        "name": l3out.name,
        "node_profile": l3out.node_profile,
        "interface_profile": l3out.interface_profile,
        "vlan": l3out.vlan,
        "mtu": l3out.mtu,
        "default_route": bool(l3out.default_route),
    }


def _anchor(anchor: Anchor) -> dict[str, Any]:
    pair = Addresses.model_construct(v4=anchor.v4, v6=anchor.v6)
    return {"pod": anchor.pod, "node": anchor.node, "router_id": _text(anchor.router_id), **_pair(pair)}


def _bgp(l3out: L3Out) -> dict[str, Any]:
    bgp = l3out.bgp
    return {
        "cluster_as": bgp.cluster_as,
        "keepalive": bgp.keepalive,
        "hold": bgp.hold,
        "stale": bgp.stale,
        "max_prefixes": bgp.max_prefixes,
        "next_hop_unchanged": bool(bgp.next_hop_unchanged),
        "manage_vrf_policy": bgp.vrf_policy != "existing",
    }


def _prefixes(spec: ClusterSpec) -> dict[str, list[str]]:
    network = spec.network
    kinds = {"pods": network.pods, "services": network.services, "external_services": network.external_services}
    return {kind: list(_pair(pair).values()) for kind, pair in kinds.items()}


def _subnets(spec: ClusterSpec) -> dict[str, Any]:
    """Subnets of the external EPG. The node subnet is never leaked into another VRF."""
    chosen = [scope for scope in SCOPES if scope in spec.l3out.external_epg.scopes]
    own = {prefix: {"scope": ["import-security"], "aggregate": ""} for prefix in _pair(spec.l3out.node_subnet).values()}
    # aggregate makes the leak hold for the /26 and /32 routes below the prefix too
    learnt = {"scope": chosen, "aggregate": "shared-rtctrl" if "shared-rtctrl" in chosen else ""}
    return own | {prefix: learnt for prefixes in _prefixes(spec).values() for prefix in prefixes}


def _pair(pair: Addresses | Subnets) -> dict[str, str]:
    return {family: str(value) for family, value in (("v4", pair.v4), ("v6", pair.v6)) if value is not None}


def _text(value: object) -> str | None:
    return None if value is None else str(value)
