"""The preset fabric's tenants: what a running site holds before Anchorage comes."""

from aci.mo import Mo, mo


def tenants() -> list[Mo]:
    """Bodies of all tenants."""
    all_tenants = [_common(), _infra_tenant(), _mgmt(), _k8s_prod(), _k8s_test(), _legacy()]
    return [mo("polUni", tenant, rn="uni") for tenant in all_tenants]


def _common() -> Mo:
    any_filter = mo("vzFilter", mo("vzEntry", name="any"), name="default")
    defaults = [
        mo(cls, name="default") for cls in ("monEPGPol", "bgpCtxPol", "ospfCtxPol", "fvEpRetPol", "l3extRouteTagPol")
    ]
    return mo(
        "fvTenant",
        any_filter,
        *defaults,
        mo("qosCustomPol", name="default"),
        mo("bgpBestPathCtrlPol", name="default"),
        mo("bgpPeerPfxPol", name="default"),
        _contract("default", "context", "default"),
        _contract("k8s-permit", "global", "default", "Kubernetes nodes, pods and services"),
        mo("fvCtx", name="default"),
        mo("fvCtx", name="shared", descr="Services shared between tenants"),
        _bd("default", "default"),
        _bd("shared-services", "shared", "198.18.24.1/24"),
        mo("l3extOut", mo("l3extRsEctx", tnFvCtxName="default"), name="default"),
        name="common",
    )


def _infra_tenant() -> Mo:
    return mo("fvTenant", mo("fvCtx", name="overlay-1"), name="infra")


def _mgmt() -> Mo:
    return mo("fvTenant", mo("fvCtx", name="inb"), mo("fvCtx", name="oob"), _bd("inb", "inb"), name="mgmt")


def _k8s_prod() -> Mo:
    web = mo(
        "vzFilter", mo("vzEntry", name="https", etherT="ip", prot="tcp", dFromPort="443", dToPort="443"), name="web"
    )
    return mo(
        "fvTenant",
        web,
        _contract("ingress-clients", "context", "web"),
        _contract("internal", "tenant", "default"),
        mo("fvCtx", name="main", descr="Production clusters"),
        mo("fvCtx", name="storage"),
        _bd("vmotion", "main", "198.18.20.1/24"),
        _bd("backup", "main", "198.18.21.1/24", "2001:db8:21::1/64"),
        _bd("iscsi", "storage", "198.18.22.1/24"),
        mo("fvAp", mo("fvAEPg", mo("fvRsBd", tnFvBDName="backup"), name="backup"), name="platform"),
        _core_l3out(),
        name="k8s-prod",
        descr="Production Kubernetes",
    )


def _core_l3out() -> Mo:
    """The way to the data centre's core: BGP to one router on each border leaf. It is told all of the VRF's routes."""
    nodes = [
        (1, 104, "198.19.255.104", ("198.18.255.0/31", "198.18.255.1"), ("2001:db8:f1::/127", "2001:db8:f1::1")),
        (2, 204, "198.19.255.204", ("198.18.255.2/31", "198.18.255.3"), ("2001:db8:f1::2/127", "2001:db8:f1::3")),
    ]
    profiles = [_border(*node) for node in nodes]
    world = mo(
        "l3extInstP",
        mo("l3extSubnet", ip="0.0.0.0/0", scope="export-rtctrl,import-security", aggregate="export-rtctrl"),
        mo("l3extSubnet", ip="::/0", scope="export-rtctrl,import-security", aggregate="export-rtctrl"),
        mo("fvRsCons", tnVzBrCPName="ingress-clients"),
        name="core-ext",
    )
    return mo(
        "l3extOut",
        mo("l3extRsEctx", tnFvCtxName="main"),
        mo("l3extRsL3DomAtt", tDn="uni/l3dom-l3dom-core"),
        mo("bgpExtP"),
        *profiles,
        world,
        name="core",
        enforceRtctrl="export",
    )


def _border(pod: int, node: int, router_id: str, *links: tuple[str, str]) -> Mo:
    """`links`: own address and the router's, one a family: each family has an interface profile of its own."""
    anchor = mo("l3extRsNodeL3OutAtt", tDn=f"topology/pod-{pod}/node-{node}", rtrId=router_id, rtrIdLoopBack="no")
    names = (f"border-{node}", f"border-{node}-v6")
    ways = [mo("l3extLIfP", _way(pod, node, *link), name=name) for link, name in zip(links, names, strict=True)]
    return mo("l3extLNodeP", anchor, *ways, name=f"border-{node}")


def _way(pod: int, node: int, local: str, peer: str) -> Mo:
    port = f"topology/pod-{pod}/paths-{node}/pathep-[eth1/1]"
    peering = mo("bgpPeerP", mo("bgpAsP", asn="65010"), addr=peer)
    return mo(
        "l3extRsPathL3OutAtt", peering, tDn=port, addr=local, encap="vlan-400", ifInstT="sub-interface", mtu="9000"
    )


def _k8s_test() -> Mo:
    return mo("fvTenant", mo("fvCtx", name="main"), _bd("lab", "main", "198.18.28.1/24"), name="k8s-test")


def _legacy() -> Mo:
    """A VRF with BD enforcement, which a floating L3Out's nodes cannot live with."""
    epg = mo(
        "fvAEPg",
        mo("fvRsBd", tnFvBDName="servers"),
        mo("fvRsDomAtt", tDn="uni/phys-phys-legacy"),
        name="servers",
    )
    return mo(
        "fvTenant",
        mo("fvCtx", name="enforced", bdEnforcedEnable="yes"),
        mo("fvCtx", name="open", pcEnfPref="unenforced"),
        _bd("servers", "enforced", "198.18.30.1/24"),
        mo("fvAp", epg, name="erp"),
        name="legacy",
    )


def _bd(name: str, vrf: str, *subnets: str) -> Mo:
    parts = [mo("fvSubnet", ip=ip) for ip in subnets]
    return mo("fvBD", mo("fvRsCtx", tnFvCtxName=vrf), *parts, name=name)


def _contract(name: str, scope: str, filter_name: str, descr: str = "") -> Mo:
    subject = mo("vzSubj", mo("vzRsSubjFiltAtt", tnVzFilterName=filter_name), name=filter_name)
    return mo("vzBrCP", subject, name=name, scope=scope, descr=descr)
