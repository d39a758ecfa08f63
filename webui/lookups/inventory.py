"""What is there: tenants, VRFs, contracts, domains, leaves, L3Outs."""

from __future__ import annotations

import re
from collections import defaultdict

from aci import dn as dns
from aci.errors import Rejected
from aci.filters import eq
from aci.mo import Mo
from aci.query import of_class
from aci.session import Session
from webui.spec.site import AfPolicy, Contract, Domain, ExistingL3Out, Leaf, Vrf

_VLAN = re.compile(r"vlan-(\d{1,4})")
_POD = re.compile(r"topology/pod-(\d+)/")
_POOL = re.compile(r"vlanns-\[(.+)\]-(?:static|dynamic)")


UNKNOWN_CLASS = "122"


def every(session: Session, cls: str, filter: str = "") -> list[Mo]:
    """All objects of a class; none where this APIC's version does not know the class."""
    try:
        return session.get(of_class(cls, filter=filter))
    except Rejected as error:
        if error.code != UNKNOWN_CLASS:
            raise
        return []


def tenants(session: Session) -> tuple[str, ...]:
    """Names of all tenants."""
    return tuple(sorted(mo.get("name") for mo in every(session, "fvTenant")))


def vrfs(session: Session) -> tuple[Vrf, ...]:
    """All VRFs with the address-family policies that they are related to."""
    limits = {mo.dn: _number(mo.get("maxEcmp")) for mo in every(session, "bgpCtxAfPol")}
    related: dict[str, list[AfPolicy]] = defaultdict(list)
    for mo in every(session, "fvRsCtxToBgpCtxAfPol"):
        limit = limits.get(mo.get("tDn"))
        policy = AfPolicy(mo.get("tnBgpCtxAfPolName"), mo.get("af"), limit, mo.get("annotation"))
        related[dns.parent(mo.dn)].append(policy)
    found = (
        Vrf(tenant_of(mo.dn), mo.get("name"), mo.get("bdEnforcedEnable") in ("yes", "true"), tuple(related[mo.dn]))
        for mo in every(session, "fvCtx")
    )
    return tuple(sorted(found, key=lambda vrf: (vrf.tenant, vrf.name)))


def contracts(session: Session) -> tuple[Contract, ...]:
    """All contracts."""
    found = (Contract(tenant_of(mo.dn), mo.get("name")) for mo in every(session, "vzBrCP"))
    return tuple(sorted(found, key=lambda contract: (contract.tenant, contract.name)))


def domains(session: Session) -> tuple[Domain, ...]:
    """Physical domains with the VLANs of their pools."""
    blocks: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for mo in every(session, "fvnsEncapBlk"):
        first, last = vlan(mo.get("from")), vlan(mo.get("to"))
        if first is not None and last is not None:
            blocks[dns.parent(mo.dn)].append((first, last))
    pools = {dns.parent(mo.dn): mo.get("tDn") for mo in every(session, "infraRsVlanNs")}
    found = (_domain(mo, pools.get(mo.dn, ""), blocks) for mo in every(session, "physDomP"))
    return tuple(sorted(found, key=lambda domain: domain.name))


def leaves(session: Session) -> tuple[Leaf, ...]:
    """Leaf switches by node id."""
    found = (_leaf(mo) for mo in every(session, "fabricNode", eq("fabricNode.role", "leaf")))
    return tuple(sorted((leaf for leaf in found if leaf), key=lambda leaf: leaf.node))


def l3outs(session: Session) -> tuple[ExistingL3Out, ...]:
    """All L3Outs with their VRFs."""
    vrf_of = {dns.parent(mo.dn): vrf_key(mo.get("tDn")) for mo in every(session, "l3extRsEctx")}
    return tuple(
        ExistingL3Out(tenant_of(mo.dn), mo.get("name"), vrf_of.get(mo.dn), mo.get("annotation"))
        for mo in every(session, "l3extOut")
    )


def tenant_of(dn: str) -> str:
    """Name of the tenant that an object lies in; "" outside of tenants."""
    parts = dns.split(dn)
    return parts[1].removeprefix("tn-") if len(parts) > 1 and parts[1].startswith("tn-") else ""


def vrf_key(dn: str) -> tuple[str, str] | None:
    """(tenant, name) of a VRF by its DN; None for anything else."""
    parts = dns.split(dn)
    if len(parts) != 3 or not parts[2].startswith("ctx-"):
        return None
    return tenant_of(dn), parts[2].removeprefix("ctx-")


def vlan(encap: str) -> int | None:
    """310 of `vlan-310`; None for another encapsulation."""
    found = _VLAN.fullmatch(encap)
    return int(found[1]) if found else None


def _domain(mo: Mo, pool: str, blocks: dict[str, list[tuple[int, int]]]) -> Domain:
    named = _POOL.fullmatch(dns.rn(pool))
    return Domain(mo.get("name"), named[1] if named else pool or None, tuple(sorted(blocks.get(pool, ()))))


def _leaf(mo: Mo) -> Leaf | None:
    pod, node = _POD.match(mo.dn), _number(mo.get("id"))
    if not pod or node is None:
        return None
    return Leaf(int(pod[1]), node, mo.get("name"), mo.get("model"), mo.get("fabricSt"))


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None
