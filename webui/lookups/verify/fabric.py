"""What the APIC tells of a cluster: configuration as it is there, sessions, routes, faults, changes.

Plain queries, one for each leaf and table. Where the facts about a class leave a value open, several forms are taken:
the AS of a neighbour stands on bgpPeer (metadata) or on its bgpAsP, eBGP shows as preference 20 or as `external`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from ipaddress import ip_interface

from aci import dn as dns
from aci.errors import Rejected
from aci.filters import and_, gt, wcard
from aci.mo import Mo
from aci.query import Query, below
from aci.session import Session
from webui.lookups.facts import FABRIC_AS
from webui.lookups.inventory import leaves
from webui.lookups.verify.policies import read_policies
from webui.spec import ClusterSpec
from webui.spec.model import Anchor
from webui.verify.expected import family_of, normal
from webui.verify.seen import By, Change, Fabric, Fault, Hop, Interface, LeafSession, LeafState, PeerConfig, Route

_NODE = re.compile(r"topology/pod-\d+/node-(\d+)")
_OWNER = re.compile(r"bgp-\d+")
EBGP, IBGP = "20", "200"
"""Administrative distances of ACI's BGP (bgpCtxAfPol eDist and iDist by default)."""
LOG_LINES = 50


def read_fabric(session: Session, spec: ClusterSpec, *, since: str = "") -> Fabric:
    """Everything that is judged. `since`: ISO time; changes in the audit log before it are not read. Raises "
    "AciError."""
    out = l3out_dn(spec)
    below_out = session.get(below(out, "l3extVirtualLIfP", "bgpPeerP", "bgpAsP", "faultInst"))
    vrf = f"{spec.l3out.vrf.tenant}:{spec.l3out.vrf.name}"
    systems = [(leaf.node or 0, _system(leaf)) for leaf in spec.l3out.anchors]
    tables = [(node, session.get(below(_bgp(system, vrf), "bgpPeer", "bgpPeerEntry", "bgpPeerAfEntry", "faultInst")))
              for node, system in systems]  # fmt: skip
    return Fabric(
        leaves=tuple(LeafState(leaf.node, leaf.name, leaf.state) for leaf in leaves(session)),
        interfaces=tuple(_interfaces(below_out)),
        peers=tuple(_peers(below_out)),
        policies=read_policies(session, spec, out, FABRIC_AS),
        sessions=tuple(one for node, found in tables for one in _sessions(node, found)),
        routes=tuple(one for node, system in systems for one in _routes(session, node, system, vrf)),
        faults=tuple(_faults([*below_out, *(mo for _, found in tables for mo in found)])),
        changes=_changes(session, out, since),
    )


def l3out_dn(spec: ClusterSpec) -> str:
    """DN of the cluster's L3Out."""
    return f"uni/tn-{spec.l3out.tenant}/out-{spec.l3out.name}"


def _system(leaf: Anchor) -> str:
    return f"topology/pod-{leaf.pod or 1}/node-{leaf.node}/sys"


def _bgp(system: str, vrf: str) -> str:
    return f"{system}/bgp/inst/dom-{vrf}"


def _node(text: str) -> int:
    found = _NODE.search(text)
    return int(found[1]) if found else 0


def _interfaces(found: list[Mo]) -> Iterator[Interface]:
    for mo in found:
        address = _plain(mo.get("addr"))
        if mo.cls == "l3extVirtualLIfP" and address:
            family = family_of(address)
            yield Interface(_node(mo.get("nodeDn")), family, address, mo.get("mtu"), mo.dn, _utc(mo.get("modTs")))


def _peers(found: list[Mo]) -> Iterator[PeerConfig]:
    numbers = {dns.parent(mo.dn): _number(mo.get("asn")) for mo in found if mo.cls == "bgpAsP"}
    for mo in found:
        if mo.cls == "bgpPeerP":
            controls = frozenset(word for word in mo.get("ctrl").split(",") if word)
            enabled = mo.get("adminSt", "enabled") != "disabled"
            where = dns.rn(dns.parent(mo.dn))
            family, at = family_of(mo.get("addr")), _node(where)
            asn = numbers.get(mo.dn)
            yield PeerConfig(at, family, normal(mo.get("addr")), asn, controls, enabled, mo.dn, _utc(mo.get("modTs")))


def _sessions(node: int, found: list[Mo]) -> Iterator[LeafSession]:
    numbers = {mo.dn: _number(mo.get("asn")) for mo in found if mo.cls == "bgpPeer"}
    accepted = {dns.parent(mo.dn): _accepted(mo) for mo in found if mo.cls == "bgpPeerAfEntry"}
    for mo in found:
        if mo.cls == "bgpPeerEntry":
            yield LeafSession(
                leaf=node,
                address=_plain(mo.get("addr")),
                state=mo.get("operSt"),
                asn=_number(mo.get("asn")) or numbers.get(dns.parent(mo.dn)),
                hold=_number(mo.get("holdIntvl")),
                keepalive=_number(mo.get("kaIntvl")),
                password={"enabled": True, "yes": True, "disabled": False, "no": False}.get(mo.get("passwdSet")),
                since=_utc(mo.get("lastFlapTs")),
                reason=_reason(mo),
                accepted=accepted.get(mo.dn),
            )


def _accepted(mo: Mo) -> int | None:
    return _number(mo.get("acceptedPaths")) if mo.get("acceptedPaths") else _number(mo.get("accPaths"))


def _reason(mo: Mo) -> str:
    words = (mo.get("stReason"), mo.get("shutStQual"))
    return ", ".join(word for word in words if word not in ("", "none", "unspecified", "no-error"))


def _routes(session: Session, node: int, system: str, vrf: str) -> Iterator[Route]:
    """BGP routes of both tables; what the leaf has by other ways (its own subnets) is not judged."""
    for table in ("uribv4", "uribv6"):
        hops: dict[str, dict[str, Hop]] = {}
        for mo in session.get(below(f"{system}/{table}/dom-{vrf}/db-rt", f"{table}Nexthop")):
            if _OWNER.fullmatch(mo.get("owner")) and mo.get("active", "yes") != "no":
                address = _plain(mo.get("addr"))
                hops.setdefault(_prefix(mo.dn), {})[address] = Hop(address, _by(mo))
        yield from (Route(node, prefix, tuple(found.values())) for prefix, found in hops.items() if prefix)


def _prefix(dn: str) -> str:
    """The prefix in the DN of a next hop: `…/rt-[198.18.64.0/26]/nh-…`, on some releases below its owner."""
    found = next((rn for rn in reversed(dns.split(dn)) if rn.startswith("rt-[")), "")
    return normal(found[4:-1]) if found else ""


def _by(mo: Mo) -> By:
    if mo.get("pref") == EBGP or mo.get("routeType") == "external":
        return "ebgp"
    return "ibgp" if mo.get("pref") == IBGP or mo.get("routeType") == "internal" else "other"


def _faults(found: list[Mo]) -> Iterator[Fault]:
    for mo in found:
        if mo.cls == "faultInst" and mo.get("severity") != "cleared" and not mo.get("lc").startswith("retaining"):
            yield Fault(mo.get("code"), mo.get("severity"), mo.get("descr"), dns.parent(mo.dn))


def _changes(session: Session, out: str, since: str) -> tuple[Change, ...]:
    """Of the audit log, as far as this user may read it: a help for causes, never needed."""
    wanted = [wcard("aaaModLR.affected", f"{out}/")] + ([gt("aaaModLR.created", since)] if since else [])
    query = Query(
        cls="aaaModLR",
        filter=and_(*wanted),
        order_by=("aaaModLR.created|desc",),
        page=0,
        page_size=LOG_LINES,
    )
    try:
        found = session.get(query)
    except Rejected:
        return ()
    return tuple(Change(_utc(mo.get("created")), mo.get("user"), mo.get("affected"), mo.get("descr")) for mo in found)


def _plain(text: str) -> str:
    """An address without its length, in one spelling; "" for none (0.0.0.0)."""
    try:
        address = ip_interface(text).ip
    except ValueError:
        return ""
    return "" if int(address) == 0 else str(address)


def _utc(text: str) -> str:
    """An APIC's time, which has an offset, as ISO time in UTC; "" for `never` and the like."""
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return ""
    return (
        (found if found.tzinfo else found.replace(tzinfo=dt.UTC)).astimezone(dt.UTC).isoformat(timespec="milliseconds")
    )


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None
