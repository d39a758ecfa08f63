"""Names made of the cluster's name."""

from __future__ import annotations

from collections.abc import Iterator

from webui.spec.addressing.context import Context, Derived
from webui.spec.parsing import get


def names(context: Context) -> Iterator[Derived]:
    """L3Out, profiles and external EPG by the cluster's name; tenants by the L3Out's."""
    spec = context.spec
    l3out = spec.l3out.name or spec.name
    if spec.name:
        yield Derived("l3out.name", spec.name, "the cluster's name")
    if l3out:
        yield Derived("l3out.node_profile", f"{l3out}-nodes", "the L3Out's name and -nodes")
        yield Derived("l3out.interface_profile", f"{l3out}-nodes", "the L3Out's name and -nodes; -v4 and -v6 are added")
        yield Derived("l3out.external_epg.name", f"{l3out}-ext", "the L3Out's name and -ext")
    yield from _tenants(context)


def _tenants(context: Context) -> Iterator[Derived]:
    tenant = context.spec.l3out.tenant
    facts = context.facts
    known = {
        "vrf": [(vrf.tenant, vrf.name) for vrf in (facts.vrfs if facts else ())],
        "contract": [(contract.tenant, contract.name) for contract in (facts.contracts if facts else ())],
    }
    for part, pairs in known.items() if tenant else ():
        name = get(context.spec, f"l3out.{part}.name")
        there = {holder for holder, known_name in pairs if known_name == name}
        if "common" in there and tenant not in there:
            yield Derived(f"l3out.{part}.tenant", "common", f"{name} is in tenant common")
        else:
            yield Derived(f"l3out.{part}.tenant", tenant, "the L3Out's tenant")
