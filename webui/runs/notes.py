"""What a change means for the network, in words. PURE."""

from __future__ import annotations

RESETS = "Sessions of the leaves are reset once: nodes lose their routes for a few seconds."
KEEPS = "Sessions are not reset."

CHANGES = {
    ("bgpPeerPfxPol", "maxPfx"): KEEPS,
    ("bgpPeerPfxPol", "action"): KEEPS,
    ("bgpCtxPol", "kaIntvl"): RESETS,
    ("bgpCtxPol", "holdIntvl"): RESETS,
    ("bgpCtxPol", "staleIntvl"): "Counts from the next graceful restart on. " + KEEPS,
    ("bgpCtxAfPol", "maxEcmp"): "Flows are hashed anew. " + KEEPS,
    ("bgpCtxAfPol", "maxEcmpIbgp"): "Flows are hashed anew. " + KEEPS,
    ("bgpPeerP", "password"): "Sessions of this leaf close until the nodes use the same password.",
    ("bgpPeerP", "ctrl"): "Sessions of this leaf are reset once.",
    ("bgpPeerP", "ttl"): "Sessions of this leaf are reset once.",
    ("bgpAsP", "asn"): "Sessions of this leaf close until the nodes use the new AS.",
    ("bgpLocalAsnP", "localAsn"): "Sessions of this leaf are reset once.",
    ("l3extVirtualLIfP", "mtu"): "Nodes must use the same MTU, or large packets are lost.",
    ("l3extVirtualLIfP", "addr"): "Sessions to the old address close; the nodes' BGP peers must follow.",
    ("l3extRsNodeL3OutAtt", "rtrId"): "Sessions of this leaf are reset once.",
    ("l3extRsDynPathAtt", "floatingAddr"): "Leaves other than the anchors use the new address.",
    ("l3extOut", "enforceRtctrl"): "What the route maps do not permit is neither learned nor advertised.",
    ("l3extSubnet", "scope"): "Decides whose traffic belongs to this external EPG and which VRFs learn the prefix.",
    ("rtctrlMatchRtDest", "aggregate"): "With aggregate, longer prefixes match too (service /32 routes among them).",
}
"""(class, attribute) of an attribute that changes."""

REMOVALS = {
    "bgpPeerP": "BGP sessions of this leaf close.",
    "l3extRsNodeL3OutAtt": "The leaf leaves the L3Out.",
    "l3extVirtualLIfP": "The leaf no longer has an address towards the nodes.",
    "l3extOut": "All sessions close; the nodes' prefixes leave the fabric.",
    "l3extInstP": "Traffic to and from the nodes is no longer permitted by contract.",
    "l3extSubnet": "Traffic of this prefix no longer belongs to the external EPG.",
    "rtctrlMatchRtDest": "Routes of this prefix are no longer exchanged.",
    "fvRsProv": "What others may reach on the nodes by this contract is closed.",
    "fvRsCons": "What the nodes may reach by this contract is closed.",
}


def of_change(cls: str, attribute: str) -> str:
    """Note beside an attribute that gets another value; "" for one that has no effect worth saying."""
    return CHANGES.get((cls, attribute), "")


def of_removal(cls: str) -> str:
    """What removing an object of this class does; "" when it goes without saying."""
    return REMOVALS.get(cls, "")


def of_replacement(cls: str) -> str:
    """What removing and making anew does."""
    if cls == "bgpPeerP":
        return "Removed and made anew: BGP sessions of this leaf close and open again."
    return "Removed and made anew."
