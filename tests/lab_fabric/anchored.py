"""A floating L3Out in the simulator's tree, as the product's Terraform modules make it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import ip_network

from aci.mo import Mo, deleted, mo
from lab.apic.core import Apic

TENANT, VRF = "k8s-prod", "main"
ANCHORS = ((1, 101), (1, 102), (2, 201))


@dataclass(frozen=True)
class L3Out:
    """What a spec says of it. `net`: the first three bytes of its node subnet."""

    net: str
    v6: str = ""
    name: str = "k8s-dc1"
    vlan: int = 310
    anchors: tuple[tuple[int, int], ...] = ANCHORS
    password: str = ""
    cluster_as: int = 65003
    keepalive: int = 1
    hold: int = 3
    stale: int = 6
    max_prefixes: int = 500
    helper: bool = True
    next_hop_unchanged: bool = True
    as_override: bool = True
    default_route: bool = False
    pods: str = "198.18.64.0/18"
    services: str = "198.18.4.0/24"
    external: str = "198.18.5.0/24"
    pods_v6: str = "2001:2:0:64::/64"

    @property
    def dn(self) -> str:
        return f"uni/tn-{TENANT}/out-{self.name}"

    @property
    def profile(self) -> str:
        return f"{self.dn}/lnodep-{self.name}-nodes"

    def interface(self, pod: int, node: int, family: str = "v4") -> str:
        leaf = f"topology/pod-{pod}/node-{node}"
        return f"{self.profile}/lifp-{self.name}-{family}/vlifp-[{leaf}]-[vlan-{self.vlan}]"

    def peer(self, pod: int, node: int, family: str = "v4") -> str:
        return f"{self.interface(pod, node, family)}/peerP-[{self.subnet(family)}]"

    def subnet(self, family: str = "v4") -> str:
        return f"{self.net}.0/24" if family == "v4" else f"{self.v6}/64"

    @property
    def families(self) -> tuple[str, ...]:
        return ("v4", "v6") if self.v6 else ("v4",)

    def with_(self, **changes: object) -> L3Out:
        return replace(self, **changes)  # type: ignore[arg-type]

    # ---- bodies

    def bodies(self) -> list[Mo]:
        """All objects, in the order that Terraform makes them."""
        return [mo("polUni", mo("fvTenant", *self._policies(), self._out(), self._vrf(), name=TENANT), rn="uni")]

    def _vrf(self) -> Mo:
        relations = [
            mo("fvRsCtxToBgpCtxAfPol", tnBgpCtxAfPolName=self.name, af=af) for af in ("ipv4-ucast", "ipv6-ucast")
        ]
        return mo("fvCtx", *relations, name=VRF)

    def _policies(self) -> list[Mo]:
        exported = [self.pods] + ([self.pods_v6] if self.v6 else [])
        imported = [self.subnet(family) for family in self.families] + [*exported, self.services, self.external]
        timers = {"kaIntvl": str(self.keepalive), "holdIntvl": str(self.hold), "staleIntvl": str(self.stale)}
        return [
            mo("bgpCtxAfPol", name=self.name, maxEcmp="64", maxEcmpIbgp="64"),
            mo("bgpCtxPol", name=self.name, grCtrl="helper" if self.helper else "", maxAsLimit="1", **timers),
            mo("bgpPeerPfxPol", name=self.name, action="reject", maxPfx=str(self.max_prefixes)),
            mo("bgpBestPathCtrlPol", name=self.name, ctrl="asPathMultipathRelax,ignoreIgpMetric"),
            self._subject("export", exported),
            self._subject("import", imported),
            mo(
                "rtctrlAttrP",
                mo("rtctrlSetNhUnchanged", type="nh-unchanged"),
                mo("rtctrlSetRedistMultipath", type="redist-multipath"),
                name=self.name,
            ),
        ]

    def _subject(self, direction: str, prefixes: list[str]) -> Mo:
        dests = [mo("rtctrlMatchRtDest", ip=prefix, aggregate="yes") for prefix in prefixes]
        return mo("rtctrlSubjP", *dests, name=f"{self.name}-{direction}")

    def _out(self) -> Mo:
        leak = [mo("l3extDefaultRouteLeakP", always="no", criteria="in-addition", scope="l3-out")]
        return mo(
            "l3extOut",
            mo("l3extRsEctx", tnFvCtxName=VRF),
            *(leak if self.default_route else []),
            mo("bgpExtP"),
            self._nodes(),
            self._profile("export"),
            self._profile("import"),
            mo("l3extInstP", mo("l3extSubnet", ip=self.subnet(), scope="import-security"), name=f"{self.name}-ext"),
            name=self.name,
            enforceRtctrl="export,import",
        )

    def _profile(self, direction: str) -> Mo:
        rule: list[Mo] = [mo("rtctrlRsCtxPToSubjP", tnRtctrlSubjPName=f"{self.name}-{direction}")]
        if direction == "import" and self.next_hop_unchanged:
            rule.append(mo("rtctrlScope", mo("rtctrlRsScopeToAttrP", tnRtctrlAttrPName=self.name)))
        context = mo("rtctrlCtxP", *rule, name=self.name, action="permit", order="0")
        return mo("rtctrlProfile", context, name=f"default-{direction}", type="combinable")

    def _nodes(self) -> Mo:
        protocol = mo(
            "bgpProtP",
            mo("bgpRsBgpNodeCtxPol", tnBgpCtxPolName=self.name),
            mo("bgpRsBestPathCtrlPol", tnBgpBestPathCtrlPolName=self.name),
        )
        attached = [
            mo(
                "l3extRsNodeL3OutAtt",
                tDn=f"topology/pod-{pod}/node-{node}",
                rtrId=f"198.19.0.{node}",
                rtrIdLoopBack="no",
            )
            for pod, node in self.anchors
        ]
        profiles = [
            mo(
                "l3extLIfP",
                *(self._interface(pod, node, family) for pod, node in self.anchors),
                name=f"{self.name}-{family}",
            )
            for family in self.families
        ]
        return mo("l3extLNodeP", protocol, *attached, *profiles, name=f"{self.name}-nodes")

    def _interface(self, pod: int, node: int, family: str) -> Mo:
        own = f"{self.net}.{node}/24" if family == "v4" else f"{ip_network(self.v6 + '/64')[node]}/64"
        shared = f"{self.net}.253/24" if family == "v4" else f"{ip_network(self.v6 + '/64')[253]}/64"
        secret = {"password": self.password} if self.password else {}
        peer = mo(
            "bgpPeerP",
            mo("bgpAsP", asn=str(self.cluster_as)),
            mo("bgpRsPeerPfxPol", tnBgpPeerPfxPolName=self.name),
            addr=self.subnet(family),
            ctrl="as-override,dis-peer-as-check" if self.as_override else "",
            **secret,
        )
        return mo(
            "l3extVirtualLIfP",
            mo("l3extIp", addr=shared),
            peer,
            nodeDn=f"topology/pod-{pod}/node-{node}",
            encap=f"vlan-{self.vlan}",
            addr=own,
            ifInstT="ext-svi",
            mtu="9000",
        )


def post(apic: Apic, out: L3Out) -> None:
    """Make the objects of an L3Out, or change them to what it says now."""
    apic.change([("", body) for body in out.bodies()])


def remove_anchor(apic: Apic, out: L3Out, pod: int, node: int) -> None:
    """As Terraform removes a leaf."""
    leaf = f"topology/pod-{pod}/node-{node}"
    for family in out.families:
        apic.change([("", deleted("l3extVirtualLIfP", out.interface(pod, node, family)))])
    apic.change([("", deleted("l3extRsNodeL3OutAtt", f"{out.profile}/rsnodeL3OutAtt-[{leaf}]"))])
