"""Lists of the vCenter page, each depending on what was chosen before, and the notes below the fields. Pure."""

from __future__ import annotations

from collections.abc import Callable

from webui.lookups.listing import Choice
from webui.lookups.vcenter import listing
from webui.spec import ClusterSpec
from webui.spec.vcenter_site import VCenterFacts

Look = Callable[[str], str | None]
"""The value of a field by its name in the vcenter section; None where it is empty."""


def _port_groups(facts: VCenterFacts, at: Look) -> list[Choice]:
    vlan = at("l3out.vlan") or ""
    number = int(vlan) if vlan.isascii() and vlan.isdecimal() and len(vlan) < 5 else None
    return listing.port_groups(facts, at("datacenter"), at("switch"), at("compute_cluster"), number)


LISTS: dict[str, Callable[[VCenterFacts, Look], list[Choice]]] = {
    "datacenter": lambda facts, at: listing.datacenters(facts),
    "compute_cluster": lambda facts, at: listing.clusters(facts, at("datacenter")),
    "resource_pool": lambda facts, at: listing.resource_pools(facts, at("datacenter"), at("compute_cluster")),
    "datastore": lambda facts, at: listing.datastores(facts, at("datacenter"), at("compute_cluster")),
    "switch": lambda facts, at: listing.switches(facts, at("datacenter")),
    "port_group": _port_groups,
    "folder": lambda facts, at: listing.folders(facts, at("datacenter")),
    "template": lambda facts, at: listing.templates(facts, at("datacenter")),
}
"""Field of the vcenter section: what can be chosen in it."""
NEEDS = {key: ("datacenter",) for key in LISTS if key != "datacenter"} | {
    "resource_pool": ("datacenter", "compute_cluster")
}
WORDS = {"datacenter": "data centre", "compute_cluster": "cluster"}


def missing(key: str, at: Look) -> str:
    """What has to be chosen first, in a sentence; "" when nothing."""
    first = next((need for need in NEEDS.get(key, ()) if not at(need)), "")
    return f"Choose a {WORDS[first]} first." if first else ""


def notes(facts: VCenterFacts | None, spec: ClusterSpec) -> dict[str, str]:
    """What the vCenter says of the chosen values, by path."""
    if facts is None:
        return {}

    def at(key: str) -> str | None:
        return str(spec.l3out.vlan or "") if key == "l3out.vlan" else getattr(spec.vcenter, key)

    found = {key: _note(make(facts, at), at(key)) for key, make in LISTS.items()}
    named = {f"vcenter.{key}": note for key, note in found.items() if note}
    return named | _folder(facts, spec) | _template(facts, spec)


def _template(facts: VCenterFacts, spec: ClusterSpec) -> dict[str, str]:
    """A template is also known by its bare name."""
    fits = facts.templates_named(spec.vcenter.datacenter, spec.vcenter.template)
    note = _note(listing.templates(facts, spec.vcenter.datacenter), fits[0].name) if len(fits) == 1 else ""
    return {"vcenter.template": note} if note else {}


def _note(choices: list[Choice], value: str | None) -> str:
    return next((choice.note for choice in choices if choice.value == value), "") if value else ""


def _folder(facts: VCenterFacts, spec: ClusterSpec) -> dict[str, str]:
    if not spec.vcenter.folder or not spec.vcenter.datacenter:
        return {}
    _, new = facts.folder_parts(spec.vcenter.datacenter, spec.vcenter.folder)
    return {"vcenter.folder": f"{'/'.join(new)} is made"} if new else {"vcenter.folder": "Exists"}
