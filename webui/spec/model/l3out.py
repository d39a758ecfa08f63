"""Section `l3out`: the floating L3Out that anchors the cluster to the fabric."""

from __future__ import annotations

from typing import Annotated

from webui.spec.model.types import (
    V4,
    V6,
    AciName,
    Addresses,
    Asn,
    Flag,
    L3OutName,
    Mtu,
    Part,
    ProfileName,
    Scope,
    Secret,
    Subnets,
    TenantName,
    Text,
    Vlan,
    VrfName,
    VrfPolicy,
    Whole,
    field,
    part,
    rows,
)


class VrfRef(Part):
    """A VRF that exists."""

    tenant: TenantName | None = field(
        "VRF tenant", "The tenant that holds the VRF: the L3Out's own, or common.", "common", "k8s-prod"
    )
    name: VrfName | None = field(
        "VRF",
        "The VRF that nodes and pods are routed in. It must exist, and must not enforce routing between bridge "
        "domains (BD enforcement).",
        "main",
    )


class ContractRef(Part):
    """A contract that exists."""

    tenant: TenantName | None = field(
        "Contract tenant", "The tenant that holds the contract: the L3Out's own, or common.", "common"
    )
    name: AciName | None = field(
        "Contract",
        "An existing contract. The cluster's external EPG provides and consumes it, so it says who may talk to the "
        "cluster.",
        "k8s-permit",
    )


class ExternalEpg(Part):
    """The external EPG that the cluster's addresses belong to."""

    name: AciName | None = field(
        "External EPG", "Name of the external EPG that holds the node, pod and service subnets.", "k8s-dc1-ext"
    )
    scopes: tuple[Scope, ...] = rows(
        "Scopes of its subnets",
        "import-security alone puts the cluster's traffic into this EPG. shared-rtctrl and shared-security also "
        "leak pod and service subnets "
        "into other VRFs; choose them only if another VRF must reach the cluster. The node subnet is never leaked.",
        ["import-security"],
        ["import-security", "shared-security", "shared-rtctrl"],
    )


class Bgp(Part):
    """eBGP between the anchor leaves and the nodes."""

    fabric_as: Asn | None = field(
        "Fabric AS", "The AS of the fabric's BGP route reflector policy. It is read from the APIC.", 65002
    )
    cluster_as: Asn | None = field(
        "Cluster AS",
        "One AS for all nodes of this cluster, different from the fabric's. Plain or in dot notation.",
        65003,
        "4200000001",
        "1.10",
    )
    password: Secret | None = field(
        "BGP password",
        "Signs every BGP session (TCP MD5). Up to 80 characters without spaces or quotes; leave it empty for "
        "sessions without a password.",
        secret=True,
    )
    keepalive: Annotated[int, Whole(1, 1200)] | None = field(
        "Keepalive",
        "How often each side says that it lives. 1 s with a hold time of 3 s notices a silent node within 3 s; if "
        "sessions flap on a busy fabric, 3 and 9 s are calmer.",
        1,
        unit="s",
        expert=True,
    )
    hold: Annotated[int, Whole(3, 3600)] | None = field(
        "Hold time",
        "After this time without a word the session is closed and the routes go. At least three keepalives.",
        3,
        unit="s",
        expert=True,
    )
    stale: Annotated[int, Whole(1, 3600)] | None = field(
        "Stale time of the leaves",
        "How long a leaf keeps the routes of a node that restarts its BGP (graceful restart). Short, so that a dead "
        "node's routes do not linger.",
        6,
        unit="s",
        expert=True,
    )
    max_restart: Annotated[int, Whole(1, 3600)] | None = field(
        "Graceful restart of the nodes",
        "How long a node asks leaves to keep its routes while its BGP restarts (Calico's maxRestartTime). Without it "
        "a dead node would draw traffic for two minutes, unless the stale time ends that.",
        5,
        unit="s",
        expert=True,
    )
    max_prefixes: Annotated[int, Whole(1, 300000)] | None = field(
        "Prefixes per node",
        "How many prefixes a leaf takes from one node. Further ones are refused; the session stays.",
        500,
        expert=True,
    )
    vrf_policy: VrfPolicy | None = field(
        "ECMP policy of the VRF",
        "managed: Anchorage sets the VRF's BGP address-family policy to 64 equal paths. existing: the VRF has such "
        "a policy already and it is left alone.",
        "managed",
        expert=True,
    )
    next_hop_unchanged: Flag | None = field(
        "Next hop unchanged",
        "Leaves tell each other a pod route with its node as the next hop, so that traffic also spreads over nodes "
        "behind other leaves. Needs ACI 6.1(2), and not across pods.",
        True,
        expert=True,
    )


class Anchor(Part):
    """One anchor leaf."""

    pod: Annotated[int, Whole(1, 254)] | None = field("Pod", "Number of the leaf's fabric pod.", 1)
    node: Annotated[int, Whole(101, 4000)] | None = field("Leaf", "Node id of the leaf.", 101)
    router_id: V4 | None = field(
        "Router id",
        "The leaf's router id in this VRF. A leaf has one in each VRF: if another L3Out set it already, it must be "
        "the same.",
        "198.51.100.101",
    )
    v4: V4 | None = field(
        "IPv4 address",
        "The leaf's own (primary) address in the node subnet. The nodes of its rack peer with it.",
        "198.51.100.101",
    )
    v6: V6 | None = field(
        "IPv6 address", "The leaf's own address in the IPv6 node subnet. Only for dual stack.", "2001:db8:10::101"
    )
    rack: Text | None = field(
        "Rack",
        "Which nodes peer with this leaf: those of the same rack. Two leaves of a vPC pair usually share a rack.",
        "r1",
    )


class L3Out(Part):
    """The floating L3Out and what belongs to it."""

    tenant: TenantName | None = field("Tenant", "The tenant that will hold the L3Out. It must exist.", "k8s-prod")
    vrf: VrfRef = part(VrfRef, "VRF", "Where nodes and pods are routed.")
    domain: AciName | None = field(
        "Physical domain",
        "An existing physical domain. Its VLAN pool must hold the VLAN below, and its AEP must be on the ports of "
        "the machines.",
        "phys-k8s",
    )
    name: L3OutName | None = field(
        "L3Out name", "Name of the L3Out that will be made. It must be free in the tenant.", "k8s-dc1"
    )
    node_profile: ProfileName | None = field(
        "Node profile", "Name of the logical node profile in the L3Out.", "k8s-dc1-nodes", expert=True
    )
    interface_profile: ProfileName | None = field(
        "Interface profile",
        "Name of the logical interface profiles in the L3Out; -v4 and -v6 are added to it.",
        "k8s-dc1-nodes",
        expert=True,
    )
    vlan: Vlan | None = field(
        "VLAN", "The VLAN of the floating SVI, from the domain's pool. The machines' port group carries it.", 310
    )
    mtu: Mtu | None = field(
        "MTU",
        "MTU of the floating SVI, of the machines and, with no encapsulation between pods, of the pods.",
        9000,
        unit="bytes",
    )
    node_subnet: Subnets = part(
        Subnets,
        "Node subnet",
        "The subnet of the floating SVI: nodes, leaves, floating, secondary address and the API's VIP.",
    )
    floating: Addresses = part(
        Addresses,
        "Floating address",
        "The address that follows the machines: whichever leaf they hang on answers it. No machine may use it, not "
        "even as gateway.",
    )
    secondary: Addresses = part(
        Addresses, "Secondary address", "The address that all anchor leaves share. It is the nodes' default gateway."
    )
    contract: ContractRef = part(ContractRef, "Contract", "Who may talk to the cluster.")
    external_epg: ExternalEpg = part(ExternalEpg, "External EPG", "What the fabric takes for the cluster.")
    default_route: Flag | None = field(
        "Advertise a default route",
        "Leaves also tell the nodes a default route by BGP. Rarely needed: the nodes' gateway is the secondary "
        "address.",
        False,
        expert=True,
    )
    bgp: Bgp = part(Bgp, "BGP", "The sessions between leaves and nodes.")
    anchors: tuple[Anchor, ...] = rows(
        "Anchor leaves", "The leaves that peer with the nodes: at least two for each rack, at most six in all."
    )
