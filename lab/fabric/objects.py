"""From what FRR shows to the APIC's operational objects: DN -> class and attributes. PURE.

Names, DNs and values as in README.md; where FRR has no such thing an attribute keeps its default.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from typing import Any

from lab.apic.clock import stamp
from lab.fabric.config import CORE, HOLD, KEEPALIVE
from lab.fabric.model import V4, V6, Leaf, Peer

Objects = dict[str, tuple[str, dict[str, str]]]
FAMILIES = {"ipv4Unicast": "ipv4-ucast", "ipv6Unicast": "ipv6-ucast"}
TABLES = {V4: "uribv4", V6: "uribv6"}
STATES = {
    "Idle": "idle",
    "Connect": "connect",
    "Active": "active",
    "OpenSent": "open-sent",
    "OpenConfirm": "open-confirm",
    "Established": "established",
    "Clearing": "closing",
    "Deleted": "closing",
}
OWNERS = {"connected": "direct", "local": "local", "static": "static"}
OURS = "02:00:"
"""How MAC addresses of the lab's own speakers begin."""

AGED = 120
"""Seconds after which an end point that was not heard of is gone."""

MD5_FAULT = "F-lab-md5"
"""Not a code of a real APIC, which does not tell: the lab's leaves count segments with a wrong signature."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A session that is no more, or never was: with whom, since when and why."""

    addr: str
    at: float
    why: str


def system(leaf: Leaf) -> str:
    """DN of the leaf's operational part."""
    return f"{leaf.dn}/sys"


def sessions(leaf: Leaf, neighbors: Mapping[str, Any], lost: Iterable[Lost], refuses_md5: bool) -> Objects:
    """BGP of a leaf: its peers as configured, and an entry for each neighbour."""
    dom = f"{system(leaf)}/bgp/inst/dom-{leaf.vrf}"
    found: Objects = {
        f"{system(leaf)}/bgp": ("bgpEntity", {}),
        f"{system(leaf)}/bgp/inst": ("bgpInst", {"asn": str(leaf.fabric_as)}),
        dom: ("bgpDom", {"name": leaf.vrf, "rtrId": leaf.router_id}),
    }
    for peer in leaf.peers:
        found[f"{dom}/peer-[{peer.addr}]"] = ("bgpPeer", _peer(peer))
        if refuses_md5:
            found[f"{dom}/peer-[{peer.addr}]/fault-{MD5_FAULT}"] = ("faultInst", _md5_fault(peer))
    if leaf.reflector:
        inside = {
            "addr": leaf.reflector,
            "asn": str(leaf.fabric_as),
            "peerType": "ibgp",
            "holdIntvl": str(HOLD),
            "kaIntvl": str(KEEPALIVE),
        }
        found[f"{dom}/peer-[{leaf.reflector}]"] = ("bgpPeer", inside)
    for addr, neighbor in neighbors.items():
        found |= _neighbor(dom, leaf, addr, neighbor)
    for one in lost:
        found |= _lost(dom, leaf, one, found)
    return found


def _peer(peer: Peer) -> dict[str, str]:
    return {
        "addr": peer.addr,
        "asn": str(peer.remote_as),
        "adminSt": "enabled" if peer.enabled else "disabled",
        "ctrl": ",".join(sorted(peer.flags)),
        "holdIntvl": str(peer.timers.hold),
        "kaIntvl": str(peer.timers.keepalive),
        "peerType": "ebgp",
        "ttl": str(peer.ttl),
    }


def _md5_fault(peer: Peer) -> dict[str, str]:
    has = "is set" if peer.password else "is not set"
    return {
        "code": MD5_FAULT,
        "severity": "major",
        "cause": "authentication-failed",
        "descr": f"A node does not sign segments with this peer's password, which {has} here (counted by the lab).",
    }


def peer_of(leaf: Leaf, addr: str) -> str:
    """The configured address that a neighbour belongs to: its own, or the narrowest subnet that holds it."""
    around = [peer.addr for peer in leaf.peers if _holds(peer, addr)]
    return max(around, key=lambda one: ip_network(one, strict=False).prefixlen, default=addr)


def _holds(peer: Peer, addr: str) -> bool:
    network = ip_network(peer.addr, strict=False)
    return ip_address(addr).version == network.version and ip_address(addr) in network


def _neighbor(dom: str, leaf: Leaf, addr: str, shown: Mapping[str, Any]) -> Objects:
    if not isinstance(shown, dict) or "bgpState" not in shown:
        return {}
    place = f"{dom}/peer-[{peer_of(leaf, addr)}]/ent-[{addr}]"
    found: Objects = {place: ("bgpPeerEntry", _entry(addr, shown))}
    if shown["bgpState"] == "Established":
        for name, family in shown.get("addressFamilyInfo", {}).items():
            if name in FAMILIES:
                found[f"{place}/af-{FAMILIES[name]}"] = ("bgpPeerAfEntry", _family(FAMILIES[name], family))
    return found


def _entry(addr: str, shown: Mapping[str, Any]) -> dict[str, str]:
    up = shown["bgpState"] == "Established"
    since = shown.get("bgpTimerUpEstablishedEpoch")
    capabilities = shown.get("neighborCapabilities", {})
    return {
        "addr": addr,
        "operSt": STATES.get(shown["bgpState"], "unknown"),
        "holdIntvl": _seconds(shown.get("bgpTimerHoldTimeMsecs"), "180"),
        "kaIntvl": _seconds(shown.get("bgpTimerKeepAliveIntervalMsecs"), "60"),
        "connEst": str(shown.get("connectionsEstablished", 0)),
        "connDrop": str(shown.get("connectionsDropped", 0)),
        "lastFlapTs": _moment(since) if up and since else "",
        "localIp": shown.get("hostLocal", ""),
        "localPort": str(shown.get("portLocal", "")),
        "remotePort": str(shown.get("portForeign", "")),
        "rtrId": shown.get("remoteRouterId", ""),
        "passwdSet": "enabled" if shown.get("authenticationEnabled") else "disabled",
        "stReason": "" if up else shown.get("lastResetDueTo", ""),
        "type": "ebgp" if shown.get("nbrExternalLink") else "ibgp",
        "flags": "cap-neg,gr-enabled" if _received(capabilities.get("gracefulRestart")) else "cap-neg",
        "advCap": ",".join(_capabilities(capabilities, "advertised")),
        "rcvCap": ",".join(_capabilities(capabilities, "eceived")),
    }


def _seconds(milliseconds: int | None, otherwise: str) -> str:
    return otherwise if milliseconds is None else str(milliseconds // 1000)


def _moment(epoch: float) -> str:
    return stamp(datetime.fromtimestamp(epoch, UTC))


def _received(value: object) -> bool:
    return isinstance(value, str) and "eceived" in value


def _capabilities(shown: Mapping[str, Any], word: str) -> Iterator[str]:
    """In the APIC's words, sorted."""
    names = {"4byteAs": "as4", "gracefulRestart": "gr", "routeRefresh": "refresh"}
    found = [name for key, name in names.items() if word in str(shown.get(key, ""))]
    for family, name in FAMILIES.items():
        if any(word in key for key in shown.get("multiprotocolExtensions", {}).get(family, {})):
            found.append(name)
    yield from sorted(found)


def _family(name: str, shown: Mapping[str, Any]) -> dict[str, str]:
    return {
        "type": name,
        "acceptedPaths": str(shown.get("acceptedPrefixCounter", 0)),
        "pfxSent": str(shown.get("sentPrefixCounter", 0)),
    }


def _lost(dom: str, leaf: Leaf, one: Lost, found: Objects) -> Objects:
    peer = peer_of(leaf, one.addr)
    place = f"{dom}/peer-[{peer}]/ent-[{one.addr}]"
    if place in found or f"{dom}/peer-[{peer}]" not in found:
        return {}
    told = {"addr": one.addr, "operSt": "idle", "stReason": one.why, "type": "ebgp", "lastFlapTs": _moment(one.at)}
    return {place: ("bgpPeerEntry", told)}


# ---- routes


def routes(leaf: Leaf, version: int, table: Mapping[str, Any]) -> Objects:
    """The leaf's routing table; what the lab itself needs to reach its leaves is not shown."""
    entity = f"{system(leaf)}/{TABLES[version]}"
    dom = f"{entity}/dom-{leaf.vrf}"
    found: Objects = {
        entity: (f"{TABLES[version]}Entity", {}),
        dom: (f"{TABLES[version]}Dom", {"name": leaf.vrf}),
        f"{dom}/db-rt": (f"{TABLES[version]}Db", {"type": "rt"}),
    }
    for prefix, entries in table.items():
        for entry in entries:
            if entry.get("selected"):
                found |= _route(leaf, version, f"{dom}/db-rt/rt-[{prefix}]", prefix, entry)
    return found


def _route(leaf: Leaf, version: int, place: str, prefix: str, entry: Mapping[str, Any]) -> Objects:
    owner = f"bgp-{leaf.fabric_as}" if entry["protocol"] == "bgp" else OWNERS.get(entry["protocol"])
    hops = [hop for hop in entry.get("nexthops", []) if hop.get("active") and not hop.get("resolver")]
    if owner is None or (owner in ("direct", "local") and any(hop.get("interfaceName") == CORE for hop in hops)):
        return {}
    found: Objects = {place: (f"{TABLES[version]}Route", {"prefix": prefix})}
    for hop in hops:
        attributes = _hop(leaf, owner, prefix, entry, hop)
        rn = f"nh-[{owner}]-[{attributes['addr']}]-[{attributes['if']}]-[{leaf.vrf}]"
        found[f"{place}/{rn}"] = (f"{TABLES[version]}Nexthop", attributes)
    return found


def _hop(leaf: Leaf, owner: str, prefix: str, entry: Mapping[str, Any], hop: Mapping[str, Any]) -> dict[str, str]:
    learned = owner.startswith("bgp-")
    external = learned and entry.get("distance") == 20
    addr = hop["ip"] if "ip" in hop else prefix.partition("/")[0]
    length = ip_address(addr).max_prefixlen
    kind = ("external" if external else "internal") if learned else owner
    return {
        "owner": owner,
        "addr": f"{addr}/{length}",
        "if": "unspecified" if learned else hop.get("interfaceName", "unspecified"),
        "vrf": leaf.vrf,
        "active": "yes",
        "pref": str(entry.get("distance", 0)),
        "metric": str(entry.get("metric", 0)),
        "routeType": kind,
        "tag": str(leaf.fabric_as) if learned else "0",
        "type": "recursive" if learned else "direct",
    }


# ---- end points


def endpoints(leaf: Leaf, neighbours: Iterable[Mapping[str, Any]]) -> Objects:
    """What answers on the leaf's VLANs: `ip -s -j neigh` without the leaves themselves."""
    tenant, _, vrf = leaf.vrf.partition(":")
    encaps = {port.name: port.encap for port in leaf.ports if not port.wire}
    addresses: dict[str, tuple[str, list[str]]] = {}
    for one in neighbours:
        mac, encap = one.get("lladdr", "").upper(), encaps.get(one.get("dev", ""))
        if encap and mac and not mac.startswith(OURS) and not one["dst"].startswith("fe80:") and not _is_gone(one):
            addresses.setdefault(mac, (encap, []))[1].append(one["dst"])
    found: Objects = {}
    for mac, (encap, ips) in addresses.items():
        place = f"uni/tn-{tenant}/ctx-{vrf}/cep-{mac}"
        first = next((ip for ip in sorted(ips) if ":" not in ip), "0.0.0.0")  # noqa: S104 - the APIC's "none"
        found[place] = ("fvCEp", {"name": mac, "mac": mac, "encap": encap, "ip": first, "lcC": "learned"})
        found |= {f"{place}/ip-[{ip}]": ("fvIp", {"addr": ip}) for ip in ips}
    return found


def _is_gone(one: Mapping[str, Any]) -> bool:
    silent = one.get("confirmed", 0) > AGED
    return silent or bool({"FAILED", "INCOMPLETE", "NOARP"} & set(one.get("state", [])))
