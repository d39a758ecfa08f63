"""What the fabric says about a value, in place of a field's general help. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from webui.spec import ClusterSpec, Proposal
from webui.spec.site import Domain, SiteFacts
from webui.steps.words import ranges


def notes(facts: SiteFacts | None, spec: ClusterSpec, proposals: Mapping[str, Proposal]) -> dict[str, str]:
    """Short help by path; a field without a note keeps its own help."""
    found = {"l3out.node_subnet.v4": _size(spec), "l3out.external_epg.name": _scopes(spec)}
    if facts:
        found |= {
            "l3out.tenant": f"{len(facts.tenants)} tenants on this fabric",
            "l3out.vrf": _vrf(facts, spec),
            "l3out.domain": _domain(facts, spec),
            "l3out.vlan": _vlan(facts, spec),
            "l3out.name": _name(facts, spec, proposals),
        }
    return {path: note for path, note in found.items() if note}


def _size(spec: ClusterSpec) -> str:
    subnet = spec.l3out.node_subnet.v4
    if subnet is None or subnet.prefixlen > 30:
        return ""
    leaves = len(spec.l3out.anchors)
    words = "1 leaf" if leaves == 1 else f"{leaves} leaves"
    return f"{subnet.num_addresses - 2:,} usable: {words}, 3 shared, the rest machines"


def _scopes(spec: ClusterSpec) -> str:
    scopes = spec.l3out.external_epg.scopes or ("import-security",)
    return "import-security alone" if tuple(scopes) == ("import-security",) else ", ".join(scopes)


def _vrf(facts: SiteFacts, spec: ClusterSpec) -> str:
    vrf = facts.vrf(spec.l3out.vrf.tenant or spec.l3out.tenant, spec.l3out.vrf.name)
    return "" if vrf is None or vrf.bd_enforced else "BD enforcement is off, as required"


def _found(facts: SiteFacts, spec: ClusterSpec) -> Domain | None:
    return next((domain for domain in facts.domains if domain.name == spec.l3out.domain), None)


def _domain(facts: SiteFacts, spec: ClusterSpec) -> str:
    domain = _found(facts, spec)
    if domain is None or not domain.vlans:
        return ""
    return f"VLAN pool {domain.pool}: {ranges(domain.vlans)}"


def _vlan(facts: SiteFacts, spec: ClusterSpec) -> str:
    domain, vlan = _found(facts, spec), spec.l3out.vlan
    inside = domain is not None and vlan is not None and any(a <= vlan <= b for a, b in domain.vlans)
    return "Inside the pool" if inside else ""


def _name(facts: SiteFacts, spec: ClusterSpec, proposals: Mapping[str, Proposal]) -> str:
    name = spec.l3out.name or (proposals["l3out.name"].value if "l3out.name" in proposals else None)
    taken = any((o.tenant, o.name) == (spec.l3out.tenant, name) for o in facts.l3outs)
    return f"Free in {spec.l3out.tenant}" if name and spec.l3out.tenant in facts.tenants and not taken else ""
