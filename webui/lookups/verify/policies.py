"""What the cluster's L3Out and VRF refer to, as it stands on the APIC."""

from __future__ import annotations

from aci import dn as dns
from aci.mo import Mo
from aci.query import Query, below
from aci.session import Session
from webui.spec import ClusterSpec
from webui.verify.expected import normal
from webui.verify.seen import Policies


def read_policies(session: Session, spec: ClusterSpec, out: str, fabric_as: str) -> Policies:
    """Timers, prefix limit, equal paths, import rules, AS of the fabric. Raises AciError."""
    timers = _referred(session, out, "bgpRsBgpNodeCtxPol")
    limit = _referred(session, out, "bgpRsPeerPfxPol")
    paths = [_number(mo, "maxEcmp") for mo in _of_vrf(session, spec)]
    fabric = session.get_one(Query(dn=fabric_as))
    return Policies(
        keepalive=_number(timers, "kaIntvl"),
        hold=_number(timers, "holdIntvl"),
        max_prefixes=_number(limit, "maxPfx"),
        max_ecmp=min((found for found in paths if found is not None), default=None),
        imported=_imported(session, out),
        fabric_as=_number(fabric, "asn"),
    )


def _referred(session: Session, out: str, relation: str) -> Mo | None:
    """The first policy that a relation below the L3Out resolves to."""
    targets = [mo.get("tDn") for mo in session.get(below(out, relation))]
    return next((found for dn in targets if dn and (found := session.get_one(Query(dn=dn)))), None)


def _of_vrf(session: Session, spec: ClusterSpec) -> list[Mo]:
    vrf = spec.l3out.vrf
    relations = session.get(below(f"uni/tn-{vrf.tenant}/ctx-{vrf.name}", "fvRsCtxToBgpCtxAfPol"))
    families = {f"ipv{family[1]}-ucast" for family in ("v4", "v6") if getattr(spec.l3out.node_subnet, family)}
    wanted = [mo.get("tDn") for mo in relations if mo.get("af", "ipv4-ucast") in families]
    return [found for dn in dict.fromkeys(wanted) if dn and (found := session.get_one(Query(dn=dn)))]


def _imported(session: Session, out: str) -> tuple[str, ...]:
    """Prefixes of the match rules that the L3Out's import profile uses."""
    relations = session.get(below(out, "rtctrlRsCtxPToSubjP"))
    rules = [mo.get("tDn") for mo in relations if "prof-default-import" in dns.split(mo.dn)]
    found = [mo for rule in dict.fromkeys(rules) if rule for mo in session.get(below(rule, "rtctrlMatchRtDest"))]
    return tuple(dict.fromkeys(normal(mo.get("ip")) for mo in found if mo.get("aggregate") in ("yes", "true")))


def _number(mo: Mo | None, name: str) -> int | None:
    text = mo.get(name) if mo else ""
    return int(text) if text.isdecimal() else None
