"""Against the site: what must exist does, and what is to be made is free."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from webui.spec.checks.registry import Subject, check
from webui.spec.inventory import leaf_name
from webui.spec.problem import Problem, blocking, warning

SKEW = 60
"""Seconds: beyond this, times in logs mislead and short-lived certificates fail."""


@check
def objects_exist(subject: Subject) -> Iterator[Problem]:
    """Tenant, VRF, contract and domain are there."""
    facts, l3out = subject.facts, subject.spec.l3out
    if facts is None:
        return
    yield from _known("l3out.tenant", "tenant", l3out.tenant, facts.tenants)
    vrfs = [vrf.name for vrf in facts.vrfs if vrf.tenant == l3out.vrf.tenant]
    yield from _known("l3out.vrf.name", f"VRF in tenant {l3out.vrf.tenant}", l3out.vrf.name, vrfs)
    contracts = [contract.name for contract in facts.contracts if contract.tenant == l3out.contract.tenant]
    yield from _known(
        "l3out.contract.name", f"contract in tenant {l3out.contract.tenant}", l3out.contract.name, contracts
    )
    yield from _known("l3out.domain", "physical domain", l3out.domain, [domain.name for domain in facts.domains])


@check
def leaves_exist(subject: Subject) -> Iterator[Problem]:
    """Leaves are there, alive, and in the pod that was given."""
    for n, anchor in enumerate(subject.spec.l3out.anchors if subject.facts else ()):
        assert subject.facts is not None
        leaf = subject.facts.leaf(anchor.node)
        path = f"l3out.anchors.{n}"
        if anchor.node is None:
            continue
        if leaf is None:
            known = ", ".join(str(known.node) for known in subject.facts.leaves[:12]) or "none"
            yield blocking(
                f"{path}.node", f"The fabric has no leaf {anchor.node}.", f"Choose one of its leaves: {known}."
            )
        elif anchor.pod is not None and anchor.pod != leaf.pod:
            sentence = f"Leaf {anchor.node} is in pod {leaf.pod}, not in pod {anchor.pod}."
            yield blocking(f"{path}.pod", sentence, f"Write {leaf.pod}.")
        elif leaf.state not in ("", "active"):
            sentence = f"Leaf {anchor.node} is {leaf.state}."
            yield warning(
                f"{path}.node", sentence, "Its objects can be made, but it will peer with nobody until it is active."
            )


@check
def vlan_in_pool(subject: Subject) -> Iterator[Problem]:
    """The domain's pool holds the VLAN."""
    vlan, name = subject.spec.l3out.vlan, subject.spec.l3out.domain
    domain = next((d for d in subject.facts.domains if d.name == name), None) if subject.facts else None
    if domain is None or vlan is None:
        return
    if domain.pool is None:
        sentence = f"The physical domain {domain.name} has no VLAN pool."
        yield blocking("l3out.domain", sentence, "Give it a pool on the APIC, or choose another domain.")
    elif not any(first <= vlan <= last for first, last in domain.vlans):
        ranges = (
            ", ".join(f"{first} to {last}" if first != last else str(first) for first, last in domain.vlans)
            or "nothing"
        )
        sentence = f"VLAN {vlan} is not in the pool {domain.pool} of domain {domain.name}, which holds {ranges}."
        yield blocking("l3out.vlan", sentence, "Choose a VLAN of the pool, or add this one to the pool on the APIC.")


@check
def vlan_in_use(subject: Subject) -> Iterator[Problem]:
    """Another L3Out on the same leaf has the VLAN."""
    nodes = {anchor.node for anchor in subject.spec.l3out.anchors}
    for used in subject.facts.vlans if subject.facts else ():
        if used.vlan == subject.spec.l3out.vlan and used.node in nodes:
            sentence = f"VLAN {used.vlan} is used on leaf {used.node} by {used.l3out} already."
            yield warning("l3out.vlan", sentence, "Choose a VLAN that is free on these leaves.")


@check
def name_is_free(subject: Subject) -> Iterator[Problem]:
    """The L3Out is new."""
    l3out = subject.spec.l3out
    taken = [
        o for o in (subject.facts.l3outs if subject.facts else ()) if (o.tenant, o.name) == (l3out.tenant, l3out.name)
    ]
    for other in taken:
        owner = f" It is marked {other.annotation}." if other.annotation else ""
        sentence = f"Tenant {other.tenant} has an L3Out {other.name} already.{owner}"
        yield blocking("l3out.name", sentence, "Choose another name: what exists is never taken over.")


@check
def bd_enforcement(subject: Subject) -> Iterator[Problem]:
    """A VRF with BD enforcement is refused."""
    if subject.vrf and subject.vrf.bd_enforced:
        sentence = (
            f"VRF {subject.vrf.name} enforces bridge domains: a leaf then answers hosts on the gateway address of "
            "their own bridge "
            "domain alone, so nodes cannot peer with leaves across the fabric."
        )
        yield blocking("l3out.vrf.name", sentence, "Switch BD enforcement off in this VRF, or choose another VRF.")


@check
def clock(subject: Subject) -> Iterator[Problem]:
    """The APIC's clock agrees with ours."""
    skew = subject.facts.clock_skew if subject.facts else None
    if skew is not None and abs(skew) > SKEW:
        side = "ahead of" if skew > 0 else "behind"
        sentence = (
            f"The APIC's clock is {abs(skew):.0f} s {side} this machine's: certificates may seem not yet valid or "
            "expired."
        )
        yield warning("fabric.apics", sentence, "Let both use NTP.")


@check
def router_id_kept(subject: Subject) -> Iterator[Problem]:
    """A leaf has one router id in a VRF."""
    known = {r.node: r for r in (subject.facts.router_ids if subject.facts else ()) if r.vrf == subject.vrf_key}
    for n, anchor in enumerate(subject.spec.l3out.anchors):
        there = known.get(anchor.node) if anchor.node is not None else None
        if there and anchor.router_id is not None and there.address != anchor.router_id:
            sentence = (
                f"{leaf_name(subject.spec, n).capitalize()} has router id {there.address} in this VRF already, from "
                f"{there.l3out}."
            )
            yield blocking(
                f"l3out.anchors.{n}.router_id", sentence, f"Write {there.address}: a leaf has one router id in a VRF."
            )


@check
def fabric_as(subject: Subject) -> Iterator[Problem]:
    """The fabric's AS is what the fabric says."""
    real, given = subject.facts.fabric_as if subject.facts else None, subject.spec.l3out.bgp.fabric_as
    if real and given and real != given:
        sentence = f"The fabric's AS is {real}, not {given}."
        yield blocking("l3out.bgp.fabric_as", sentence, f"Write {real}, or leave it empty.")
    elif subject.facts and not real:
        sentence = (
            "The fabric has no BGP route reflector policy with an AS: its leaves cannot pass on what nodes announce."
        )
        yield warning("l3out.bgp.fabric_as", sentence, "Set the AS and the spines that reflect routes on the APIC.")


@check
def ecmp_policy(subject: Subject) -> Iterator[Problem]:
    """Who owns the VRF's address-family policy."""
    vrf, owner = subject.vrf, subject.spec.l3out.bgp.vrf_policy
    path = "l3out.bgp.vrf_policy"
    if vrf is None:
        return
    if owner == "managed":
        for policy in vrf.af_policies:
            sentence = (
                f"VRF {vrf.name} has the BGP address-family policy {policy.name} already; a second one cannot stand "
                "beside it."
            )
            yield blocking(
                path, sentence, "Choose existing, and set that policy to 64 paths on the APIC if it has fewer."
            )
    elif not vrf.af_policies:
        sentence = f"VRF {vrf.name} has no BGP address-family policy: traffic would spread over 16 nodes at most."
        yield warning(path, sentence, "Choose managed.")
    for policy in vrf.af_policies if owner == "existing" else ():
        if policy.max_ecmp is not None and policy.max_ecmp < 64:
            sentence = (
                f"The policy {policy.name} of the VRF allows {policy.max_ecmp} equal paths: traffic spreads over so "
                "many nodes at most."
            )
            yield warning(path, sentence, "Set it to 64 on the APIC.")


def _known(path: str, what: str, name: str | None, there: list[str] | tuple[str, ...]) -> Iterator[Problem]:
    if name is None or name in there:
        return
    near = get_close_matches(name, there, 3, 0.6)
    remedy = f"Did you mean {' or '.join(near)}?" if near else "Make it on the APIC first, or choose another one."
    yield blocking(path, f"There is no {what} named {name}.", remedy)
