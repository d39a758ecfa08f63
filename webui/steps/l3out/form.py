"""Fields of the L3Out page: its place in the fabric, addresses, anchor leaves, BGP."""

from __future__ import annotations

from webui.steps.fields import Choice, Column, Flag, Look, Pair, Rows, Secret, Several, Text, page_form

SCOPES = (
    (
        "import-security",
        "import-security",
        "Traffic from these prefixes belongs to this external EPG. Always needed.",
    ),
    (
        "shared-rtctrl",
        "shared-rtctrl",
        "The routes leak into other VRFs that consume the contract.",
    ),
    (
        "shared-security",
        "shared-security",
        "The prefixes are classified in those other VRFs too. Goes with shared-rtctrl.",
    ),
)
POLICY = (
    ("managed", "Set by Anchorage", "Makes a policy with 64-way ECMP and binds it to the VRF."),
    ("existing", "Left as it is", "The VRF's own policy stays. ECMP is then what it says, 16 paths by default."),
)
NEXT_HOP = (
    ("", "As the APIC's version allows", "On from 6.1(2)."),
    ("true", "On", "Leaves keep the node as next hop in routes to each other."),
    ("false", "Off", "Nodes attach to anchor leaves alone, or to other leaves alone."),
)
ANCHORS = (
    Column("pod", "Pod", Look(topic="anchors", placeholder="1", longest=100)),
    Column("node", "Node", Look(topic="anchors", placeholder="101", options="leaves", longest=100)),
    Column("router_id", "Router id", Look(topic="router-id", placeholder="198.19.0.101", longest=100)),
    Column("v4", "Primary address", Look(topic="shared", placeholder="198.18.2.101", longest=100)),
    Column("rack", "Rack", Look(topic="racks", placeholder="r1", longest=100)),
    # Last, so that rows pasted without IPv6 fit while the column is hidden.
    Column("v6", "Primary IPv6", Look(topic="shared", placeholder="2001:db8:2::101", longest=100)),
)

PLACE = {
    "l3out.tenant": Text("Tenant", Look("The L3Out is made in it.", options="tenants", topic="place")),
    "l3out.vrf": Pair("VRF", Look("Of this tenant or of common.", options="vrfs", topic="place")),
    "l3out.domain": Text("Physical domain", Look("Its VLAN pool holds the VLAN.", options="domains", topic="domain")),
    "l3out.contract": Pair(
        "Contract", Look("Provided and consumed by the external EPG.", options="contracts", topic="contract")
    ),
}
INTERFACE = {
    "l3out.name": Text("Name", Look("Not taken in the tenant yet.", topic="l3out")),
    "l3out.external_epg.name": Text("External EPG", Look("Holds the cluster's prefixes.", topic="scopes")),
    "l3out.vlan": Text("VLAN", Look("Inside the domain's pool.", topic="domain", longest=100)),
    "l3out.mtu": Text("MTU", Look("The same on the port group.", unit="bytes", topic="mtu", longest=100)),
    "l3out.node_profile": Text("Node profile", Look("Holds the anchor leaves.", topic="l3out")),
    "l3out.interface_profile": Text("Interface profile", Look("Its name gets -v4 and -v6 added.", topic="l3out")),
    "l3out.external_epg.scopes": Several("Scopes of the external EPG", SCOPES, Look(topic="scopes")),
    "l3out.default_route": Flag(
        "Advertise a default route to the nodes",
        Look("Not needed: the nodes' gateway is the secondary address.", topic="default-route"),
    ),
}
ADDRESSES = {
    "l3out.node_subnet.v4": Text(
        "Node subnet, IPv4", Look("Leaves, machines and shared addresses.", placeholder="198.18.2.0/24", topic="shared")
    ),
    "l3out.node_subnet.v6": Text(
        "Node subnet, IPv6",
        Look("Leave empty for an IPv4 cluster.", unit="optional", placeholder="2001:db8:2::/64", topic="dual"),
    ),
    "l3out.floating.v4": Text(
        "Floating address",
        Look("Held by a leaf that is not an anchor, when a node moves there.", "IPv4", topic="shared"),
    ),
    "l3out.secondary.v4": Text(
        "Secondary address", Look("The nodes' default gateway, the same on every anchor leaf.", "IPv4", topic="shared")
    ),
    "l3out.floating.v6": Text("Floating address, IPv6", Look("As for IPv4.", "IPv6", topic="shared")),
    "l3out.secondary.v6": Text("Secondary address, IPv6", Look("As for IPv4.", "IPv6", topic="shared")),
    "l3out.anchors": Rows("Anchor leaves", ANCHORS, most=6, look=Look(topic="anchors")),
}
BGP = {
    "l3out.bgp.fabric_as": Text("Fabric AS", Look("Read from the fabric.", topic="peering", longest=100)),
    "l3out.bgp.cluster_as": Text("Cluster AS", Look("One for the whole cluster.", topic="peering", longest=100)),
    "l3out.bgp.password": Secret("Password", Look("TCP MD5. Kept encrypted.", topic="bgp-password")),
    "l3out.bgp.keepalive": Text("Keepalive", Look("A third of the hold time.", "s", topic="timers", longest=100)),
    "l3out.bgp.hold": Text("Hold", Look("A silent node is out after it.", "s", topic="timers", longest=100)),
    "l3out.bgp.stale": Text(
        "Stale routes", Look("How long a leaf keeps routes of a peer that restarts.", "s", topic="restart", longest=100)
    ),
    "l3out.bgp.max_restart": Text(
        "Node restart time", Look("Calico's maxRestartTime.", "s", topic="restart", longest=100)
    ),
    "l3out.bgp.max_prefixes": Text(
        "Maximum prefixes", Look("For each peer; more are refused, the session stays.", topic="prefixes", longest=100)
    ),
    "l3out.bgp.vrf_policy": Choice("BGP policy of the VRF", POLICY, Look(topic="ecmp")),
    "l3out.bgp.next_hop_unchanged": Choice("Next hop kept between leaves", NEXT_HOP, Look(topic="next-hop")),
}
DUAL = ("l3out.floating.v6", "l3out.secondary.v6")
"""Shown only when the node subnet has IPv6."""

L3OutForm = page_form("L3OutForm", {**PLACE, **INTERFACE, **ADDRESSES, **BGP})
