"""The preset fabric: what a running site has before Anchorage comes. All addresses are from test networks
(198.18.0.0/15, 2001:db8::/32)."""

from datetime import datetime, timedelta

from aci.mo import Mo, mo
from lab.apic.clock import stamp
from lab.apic.preset_tenants import tenants

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
    bodies = [_topology(now), _uni(admin_password), *tenants()]
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
