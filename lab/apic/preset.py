"""The preset fabric: what a running site has before Anchorage comes. All addresses are from test networks
(198.18.0.0/15, 2001:db8::/32)."""

from datetime import datetime, timedelta

from aci.mo import Mo, mo
from lab.apic.clock import stamp

VERSION = "6.1(3f)"
SWITCH_VERSION = "n9000-16.1(3f)"
FABRIC_AS = "65002"
FABRIC_NAME = "Anchorage-Lab"
LEAF, BORDER, SPINE = "N9K-C93180YC-FX3", "N9K-C9336C-FX2", "N9K-C9332D-GX2B"

Switch = tuple[int, int, str, str, str]
"""Pod, node, name, role, model."""
SWITCHES = [
    (1, 101, "leaf-101", "leaf", LEAF),
    (1, 102, "leaf-102", "leaf", LEAF),
    (1, 103, "leaf-103", "leaf", LEAF),
    (1, 104, "border-leaf-104", "leaf", BORDER),
    (1, 111, "spine-111", "spine", SPINE),
    (1, 112, "spine-112", "spine", SPINE),
    (2, 201, "leaf-201", "leaf", LEAF),
    (2, 202, "leaf-202", "leaf", LEAF),
    (2, 203, "leaf-203", "leaf", LEAF),
    (2, 204, "border-leaf-204", "leaf", BORDER),
    (2, 211, "spine-211", "spine", SPINE),
    (2, 212, "spine-212", "spine", SPINE),
]
CONTROLLERS = [(1, 1, "apic1"), (1, 2, "apic2"), (2, 3, "apic3")]
PORTS = 8


def preset(now: datetime, admin_password: str) -> list[tuple[str, Mo]]:
    """Bodies that make the preset fabric, in order. `admin_password` may be empty: then nobody signs in by password."""
    bodies = [_topology(now), _uni(admin_password), *_tenants()]
    return [("", body) for body in bodies]


# ---- inventory


def _topology(now: datetime) -> Mo:
    pods = [_pod(pod, now) for pod in (1, 2)]
    return mo("fabricTopology", *pods, rn="topology")


def _pod(pod: int, now: datetime) -> Mo:
    switches = [entry for entry in SWITCHES if entry[0] == pod]
    nodes = [_switch(entry, now) for entry in switches]
    controllers = [_controller(node, name, pod, now) for at, node, name in CONTROLLERS if at == pod]
    paths = [_paths(node) for _, node, _, role, _ in switches if role == "leaf"]
    return mo("fabricPod", *controllers, *nodes, *paths, id=str(pod))


def _switch(entry: Switch, now: datetime) -> Mo:
    pod, node, name, role, model = entry
    facts = _common_facts(node, name, role, SWITCH_VERSION, pod)
    system = _system(facts, pod, now)
    return mo("fabricNode", system, model=model, vendor="Cisco Systems, Inc", fabricSt="active", **facts)


def _controller(node: int, name: str, pod: int, now: datetime) -> Mo:
    facts = _common_facts(node, name, "controller", VERSION, pod)
    running = mo("firmwareCtrlrRunning", version=VERSION, type="controller", ts=stamp(now))
    system = _system(facts, pod, now, mo("firmwareCtrlrFwStatusCont", running))
    cluster = mo("infraCont", *(_member(other, label) for _, other, label in CONTROLLERS))
    return mo(
        "fabricNode",
        system,
        cluster,
        model="APIC-SERVER-M4",
        vendor="Cisco Systems, Inc",
        fabricSt="commissioned",
        **facts,
    )


def _common_facts(node: int, name: str, role: str, version: str, pod: int) -> dict[str, str]:
    """What fabricNode and topSystem both tell."""
    address = f"198.18.{250 + pod}.{node % 256}"
    return {
        "id": str(node),
        "name": name,
        "role": role,
        "serial": f"LAB0000{node:04d}",
        "address": address,
        "version": version,
    }


def _system(facts: dict[str, str], pod: int, now: datetime, *children: Mo) -> Mo:
    return mo(
        "topSystem",
        *children,
        podId=str(pod),
        fabricDomain=FABRIC_NAME,
        state="in-service",
        oobMgmtAddr=f"198.18.254.{int(facts['id']) % 256}",
        oobMgmtAddrMask="24",
        oobMgmtGateway="198.18.254.254",
        lastRebootTime=stamp(now - timedelta(days=40)),
        systemUpTime="40:00:00:00.000",
        tepPool=f"198.18.{250 + pod}.0/24",
        **facts,
    )


def _member(node: int, name: str) -> Mo:
    return mo("infraWiNode", id=str(node), nodeName=name, addr=f"198.18.251.{node}", mbSn=f"LAB0000{node:04d}")


def _paths(node: int) -> Mo:
    ports = [mo("fabricPathEp", name=f"eth1/{port}") for port in range(1, PORTS + 1)]
    return mo("fabricPathEpCont", *ports, nodeId=str(node))


# ---- policy universe without tenants


def _uni(admin_password: str) -> Mo:
    return mo(
        "polUni",
        _fabric(),
        _infra(),
        _users(admin_password),
        mo("ctrlrInst", rn="controller"),
        *_domains(),
        rn="uni",
    )


def _fabric() -> Mo:
    reflectors = [
        mo("bgpRRNodePEp", id=str(node), podId=str(pod)) for pod, node, _, role, _ in SWITCHES if role == "spine"
    ]
    policy = mo("bgpInstPol", mo("bgpAsP", asn=FABRIC_AS), mo("bgpRRP", *reflectors), name="default")
    return mo("fabricInst", policy, rn="fabric")


def _infra() -> Mo:
    return mo(
        "infraInfra",
        _pool("k8s-static", ("vlan-300", "vlan-349")),
        _pool("legacy-static", ("vlan-100", "vlan-199")),
        _pool("core-static", ("vlan-400", "vlan-409")),
        _aep("k8s-servers", "uni/phys-phys-k8s"),
        _aep("legacy-servers", "uni/phys-phys-legacy"),
        _aep("core-routers", "uni/l3dom-l3dom-core"),
        mo(
            "infraFuncP",
            mo("infraAccPortGrp", mo("infraRsAttEntP", tDn="uni/infra/attentp-k8s-servers"), name="k8s-servers"),
            rn="funcprof",
        ),
        rn="infra",
    )


def _pool(name: str, *blocks: tuple[str, str]) -> Mo:
    parts = [Mo("fvnsEncapBlk", {"from": low, "to": high, "allocMode": "inherit"}) for low, high in blocks]
    return mo("fvnsVlanInstP", *parts, name=name, allocMode="static")


def _aep(name: str, domain: str) -> Mo:
    return mo("infraAttEntityP", mo("infraRsDomP", tDn=domain), name=name)


def _domains() -> list[Mo]:
    pool = "uni/infra/vlanns-[{}]-static"
    return [
        mo("physDomP", mo("infraRsVlanNs", tDn=pool.format("k8s-static")), name="phys-k8s"),
        mo("physDomP", mo("infraRsVlanNs", tDn=pool.format("legacy-static")), name="phys-legacy"),
        mo("physDomP", name="phys-without-pool"),
        mo("l3extDomP", mo("infraRsVlanNs", tDn=pool.format("core-static")), name="l3dom-core"),
        mo("vmmProvP", vendor="VMware"),
    ]


def _users(admin_password: str) -> Mo:
    role = mo("aaaUserRole", name="admin", privType="writePriv")
    admin = mo("aaaUser", mo("aaaUserDomain", role, name="all"), name="admin", pwd=admin_password)
    local = mo("aaaLoginDomain", mo("aaaDomainAuth", realm="local"), name="local")
    domains = [mo("aaaDomain", name=name) for name in ("all", "common", "mgmt")]
    return mo("aaaUserEp", admin, local, *domains, rn="userext")


# ---- tenants


def _tenants() -> list[Mo]:
    tenants = [_common(), _infra_tenant(), _mgmt(), _k8s_prod(), _k8s_test(), _legacy()]
    return [mo("polUni", tenant, rn="uni") for tenant in tenants]


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
    """The way to the data centre's core: BGP to one router on each border leaf, sub-interfaces."""
    nodes = [
        (1, 104, "198.19.255.104", "198.18.255.0/31", "198.18.255.1"),
        (2, 204, "198.19.255.204", "198.18.255.2/31", "198.18.255.3"),
    ]
    profiles = [_border(*node) for node in nodes]
    world = mo(
        "l3extInstP",
        mo("l3extSubnet", ip="0.0.0.0/0"),
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


def _border(pod: int, node: int, router_id: str, local: str, peer: str) -> Mo:
    port = f"topology/pod-{pod}/paths-{node}/pathep-[eth1/1]"
    peering = mo("bgpPeerP", mo("bgpAsP", asn="65010"), addr=peer)
    path = mo(
        "l3extRsPathL3OutAtt", peering, tDn=port, addr=local, encap="vlan-400", ifInstT="sub-interface", mtu="9000"
    )
    anchor = mo("l3extRsNodeL3OutAtt", tDn=f"topology/pod-{pod}/node-{node}", rtrId=router_id, rtrIdLoopBack="no")
    return mo("l3extLNodeP", anchor, mo("l3extLIfP", path, name=f"border-{node}"), name=f"border-{node}")


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
