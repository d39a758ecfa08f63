"""The README of the no-cluster archive: what to do on one's own cluster, in order. PURE."""

from __future__ import annotations

import textwrap

from webui.render import racks
from webui.spec import ClusterSpec
from webui.spec.model.types import Addresses, Subnets

MANIFEST = "1-calico.yaml"
PASSWORD = "2-bgp-password.yaml"  # noqa: S105 - the name of a file
RESOURCES = "3-resources.yaml"
PEERS = "4-peers.yaml"
V3 = "v3"
"""Folder with resources and peers for clusters that have Calico's own API server, and for calicoctl."""

WHAT = {
    MANIFEST: "Calico itself by its makers' manifest, without encapsulation. Leave it out if Calico runs already.",
    PASSWORD: "The BGP password, and who may read it. This file is as secret as the password.",
    RESOURCES: "Pools of pods, the cluster's AS, the service subnets that nodes announce.",
    PEERS: "One peer for each anchor leaf.",
}
WIDTH = 100
LARGEST_SIGNED = 2**31 - 1


def readme(spec: ClusterSpec, files: list[str]) -> str:
    """The whole text; `files` are applied in their order."""
    return "\n".join([*_head(spec), *_before(spec), *_labels(spec), *_apply(files), *_after(spec), *_other()])


def _head(spec: ClusterSpec) -> list[str]:
    said = (
        f"The fabric's side stands: L3Out {spec.l3out.name} in tenant {spec.l3out.tenant}. Nodes that are configured "
        "as written here peer with its anchor leaves by BGP."
    )
    return [f"# {spec.name}: your cluster's side of the floating L3Out", "", _text(said), ""]


def _before(spec: ClusterSpec) -> list[str]:
    l3out, network = spec.l3out, spec.network
    points = [
        f"Nodes have addresses in {_both(l3out.node_subnet)}, on VLAN {l3out.vlan}, with an MTU of {l3out.mtu}.",
        f"Their default gateway is {_both(l3out.secondary)}, the L3Out's secondary address; never the floating address "
        f"{_both(l3out.floating)}.",
        f"Nodes use AS {l3out.bgp.cluster_as}, the leaves AS {l3out.bgp.fabric_as}.",
        f"The cluster's service subnet is {_both(network.services)}, as its API server was started with.",
        f"Pods have addresses of {_both(network.pods)}, without NAT and without encapsulation. Take away a pool that "
        "your cluster has already (kubectl get ippools): the fabric would not know its pods.",
        f"Services for clients outside have addresses of {_both(network.external_services)}. Who hands them out is "
        "yours to choose: MetalLB's controller, or Calico from 3.30 on. Nothing else on the nodes speaks BGP.",
    ]
    if max(l3out.bgp.cluster_as or 0, l3out.bgp.fabric_as or 0) > LARGEST_SIGNED:
        points.append(
            f"AS numbers above {LARGEST_SIGNED}: Calico's own definitions refuse them. {MANIFEST} has them widened "
            "(format int64 of asNumber in BGPConfiguration and BGPPeer); do the same in yours."
        )
    return ["## What must be so on your side", "", *(_text(point, "- ") for point in points), ""]


def _labels(spec: ClusterSpec) -> list[str]:
    """Racks that leaves have; without any, every node peers with every leaf."""
    leaves: dict[str, list[str]] = {}
    for leaf in spec.l3out.anchors:
        if leaf.rack:
            leaves.setdefault(leaf.rack, []).append(str(leaf.node))
    if not leaves:
        return ["## Labels", "", "None: every node peers with every leaf.", ""]
    said = [f"- rack {rack}: leaf {' and leaf '.join(names)}" for rack, names in leaves.items()]
    lines = [f"    kubectl label node NODE {racks.KEY}={racks.label(rack)}" for rack in leaves]
    return ["## Labels", "", "A label says which rack's leaves a node peers with:", "", *said, "", *lines, ""]


def _apply(files: list[str]) -> list[str]:
    found = ["## What to apply, in this order", ""]
    for file in files:
        found += [_text(WHAT[file]), "", f"    kubectl apply --server-side -f {file}", *_wait(file), ""]
    return found


def _wait(file: str) -> list[str]:
    kinds = " ".join(f"crd/{kind}.crd.projectcalico.org" for kind in ("ippools", "bgppeers"))
    return [f"    kubectl wait --for=condition=Established {kinds}"] if file == MANIFEST else []


def _after(spec: ClusterSpec) -> list[str]:
    said = (
        "shows a session to each leaf of that node's rack as Established. On the APIC, look at the BGP peers of the "
        f"L3Out {spec.l3out.name}."
    )
    line = "    kubectl -n kube-system exec ds/calico-node -c calico-node -- birdcl show protocols"
    return ["## Afterwards", "", line, "", _text(said), ""]


def _other() -> list[str]:
    said = (
        "Where `kubectl get --raw /apis/projectcalico.org/v3` answers (Calico's operator installs that server), apply "
        f"the files of the folder {V3} instead of 3 and 4. calicoctl takes them too."
    )
    return ["## With Calico's own API server, or calicoctl", "", _text(said), ""]


def _text(text: str, bullet: str = "") -> str:
    indent = " " * len(bullet)
    return textwrap.fill(f"{bullet}{text}", WIDTH, subsequent_indent=indent, break_on_hyphens=False)


def _both(pair: Addresses | Subnets) -> str:
    return " and ".join(str(value) for value in (pair.v4, pair.v6) if value is not None)
