"""ACI objects in a network engineer's words. PURE."""

from __future__ import annotations

import re
from collections.abc import Mapping

from aci import dn as dns

NODE = re.compile(r"topology/pod-(\d+)/node-(\d+)")

KINDS = {
    "fvTenant": "Tenant",
    "fvCtx": "VRF",
    "fvRsCtxToBgpCtxAfPol": "BGP address family policy of the VRF",
    "bgpCtxPol": "BGP timers",
    "bgpCtxAfPol": "BGP ECMP limits",
    "bgpBestPathCtrlPol": "BGP best path policy",
    "bgpPeerPfxPol": "BGP prefix limit",
    "l3extOut": "L3Out",
    "l3extRsEctx": "VRF of the L3Out",
    "l3extRsL3DomAtt": "Domain of the L3Out",
    "l3extDefaultRouteLeakP": "Default route towards the nodes",
    "bgpExtP": "BGP on the L3Out",
    "l3extLNodeP": "Node profile",
    "bgpProtP": "BGP protocol profile",
    "bgpRsBgpNodeCtxPol": "BGP timers in use",
    "bgpRsBestPathCtrlPol": "BGP best path policy in use",
    "l3extRsNodeL3OutAtt": "Leaf",
    "l3extLIfP": "Interface profile",
    "l3extVirtualLIfP": "Floating SVI",
    "l3extIp": "Secondary address",
    "l3extRsDynPathAtt": "Floating address on the physical domain",
    "bgpPeerP": "BGP peers",
    "bgpAsP": "AS of the cluster",
    "bgpLocalAsnP": "Local AS",
    "bgpRsPeerPfxPol": "BGP prefix limit in use",
    "bgpRsPeerToProfile": "Route map of the BGP peers",
    "l3extInstP": "External EPG",
    "l3extSubnet": "External subnet",
    "fvRsProv": "Contract provided",
    "fvRsCons": "Contract consumed",
    "rtctrlProfile": "Route map",
    "rtctrlCtxP": "Route map entry",
    "rtctrlRsCtxPToSubjP": "Match rule of the route map entry",
    "rtctrlSubjP": "Match rule",
    "rtctrlMatchRtDest": "Prefix matched",
    "rtctrlScope": "Route map settings",
    "rtctrlRsScopeToAttrP": "Set rule of the route map",
    "rtctrlAttrP": "Set rule",
    "rtctrlSetNhUnchanged": "Next hop unchanged",
    "rtctrlSetRedistMultipath": "Redistribute multipath",
}

GROUPS = {
    "L3Out": "l3extOut l3extRsEctx l3extRsL3DomAtt l3extDefaultRouteLeakP l3extLNodeP l3extLIfP bgpExtP bgpProtP",
    "BGP policies": "bgpCtxPol bgpCtxAfPol bgpBestPathCtrlPol bgpPeerPfxPol bgpRsBgpNodeCtxPol bgpRsBestPathCtrlPol "
    "fvRsCtxToBgpCtxAfPol",
    "Route control": "rtctrlProfile rtctrlCtxP rtctrlRsCtxPToSubjP rtctrlSubjP rtctrlMatchRtDest rtctrlScope "
    "rtctrlRsScopeToAttrP rtctrlAttrP rtctrlSetNhUnchanged rtctrlSetRedistMultipath",
    "External EPG": "l3extInstP l3extSubnet fvRsProv fvRsCons",
    "Tenant and VRF": "fvTenant fvCtx",
}
GROUP_OF = {cls: title for title, classes in GROUPS.items() for cls in classes.split()}
OTHERS = "Other objects"

SECRET_ATTRIBUTES = {"bgpPeerP": {"password"}, "aaaUser": {"pwd"}}
"""Attributes that are never shown, whatever Terraform says of them."""


def node_of(dn: str) -> tuple[int, int] | None:
    """(pod, node) of the leaf that an object is about; None for objects of all leaves."""
    found = NODE.search(dn)
    return (int(found[1]), int(found[2])) if found else None


def group_of(cls: str) -> str:
    """Heading under which an object of no single leaf is shown."""
    return GROUP_OF.get(cls, OTHERS)


def label(dn: str) -> str:
    """What names the object within its parent: `out-k8s` -> `k8s`, `peerP-[198.18.2.0/24]` -> `198.18.2.0/24`."""
    rn = dns.rn(dn)
    bracketed = re.match(r"^[^\[\]]*?-?\[(.*)\](?:-[\w-]+)?$", rn)
    if bracketed:
        return _plain(bracketed[1])
    return rn.partition("-")[2]


def _plain(inner: str) -> str:
    """`topology/pod-1/node-101]-[vlan-310` -> `node-101 vlan-310`; a DN -> its last name."""
    parts = [part if re.match(r"^[\w.:]+/\d+$", part) else part.rpartition("/")[2] for part in inner.split("]-[")]
    return " ".join(parts)


def short(cls: str, dn: str) -> str:
    """Class and name, as in a log: `l3extOut k8s-dc1`. Of a child of a leaf's interface, the leaf too."""
    node, name = node_of(dn), label(dn)
    on = f" on node-{node[1]}" if node and f"node-{node[1]}" not in name else ""
    return f"{cls} {name}".rstrip() + on


def title(cls: str, dn: str, attributes: Mapping[str, str]) -> str:
    """The object in words: `BGP peers in 198.18.2.0/24`, `Leaf 101, router id 198.19.0.101`."""
    special = _SPECIAL.get(cls)
    if special:
        return special(dn, attributes)
    name = _target(attributes) or label(dn)
    return f"{KINDS.get(cls, cls)} {name}".rstrip()


def _target(attributes: Mapping[str, str]) -> str:
    """What a relation points to, by its name or DN."""
    for name, value in attributes.items():
        if name.startswith("tn") and name.endswith("Name") and value:
            return value
    target = attributes.get("tDn", "")
    return label(target) if target else ""


def _leaf(dn: str, attributes: Mapping[str, str]) -> str:
    node, router_id = node_of(dn), attributes.get("rtrId", "")
    number = node[1] if node else label(dn)
    return f"Leaf {number}, router id {router_id}" if router_id else f"Leaf {number}"


def _svi(dn: str, attributes: Mapping[str, str]) -> str:
    node, encap = node_of(dn), attributes.get("encap") or dns.rn(dn).rpartition("[")[2].rstrip("]")
    address = attributes.get("addr", "")
    words = f"Floating SVI on leaf {node[1]}" if node else "Floating SVI"
    return ", ".join(part for part in (words, encap.replace("vlan-", "VLAN "), address) if part)


def _peers(dn: str, attributes: Mapping[str, str]) -> str:
    return f"BGP peers in {attributes.get('addr') or label(dn)}"


def _floating(dn: str, attributes: Mapping[str, str]) -> str:
    address = attributes.get("floatingAddr", "")
    return f"Floating address {address} on domain {label(dn).removeprefix('phys-')}".replace("  ", " ")


def _as(dn: str, attributes: Mapping[str, str]) -> str:
    number = attributes.get("asn") or attributes.get("localAsn", "")
    return f"AS of the cluster, {number}" if number else "AS of the cluster"


_SPECIAL = {
    "l3extRsNodeL3OutAtt": _leaf,
    "l3extVirtualLIfP": _svi,
    "bgpPeerP": _peers,
    "l3extRsDynPathAtt": _floating,
    "bgpAsP": _as,
}
