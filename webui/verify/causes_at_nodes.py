"""Causes of a session that is down which lie at the node or in Calico, and passwords that differ. PURE."""

from __future__ import annotations

import re

from webui.verify.causes import LABEL_REMEDY, Cause
from webui.verify.session_case import Case

LIMIT = re.compile(r"max\w* (number of )?prefix|prefix limit|prefixes? exceeded|pfx.?limit", re.IGNORECASE)


def node_gone(case: Case) -> Cause | None:
    """The node is silent, gone or not ready."""
    name = case.node.name
    node, silent = case.looked.nodes.get(name), name in case.looked.cluster.silent
    if silent and case.looked.node_is_dark(case.node):
        return Cause(
            "node-silent",
            name,
            f"{name} does not answer at all: it is powered off, hangs, or has lost its network.",
            "Look at the machine's console. If it runs, check its port group and the VLAN on its leaf's port.",
            case.node.path,
            "machines",
            case.evidence(f"ssh to {name} got no answer."),
        )
    if case.looked.seen.cluster is None or not case.looked.nodes:
        return None
    if node is None:
        return Cause(
            "node-gone",
            name,
            f"Kubernetes has no node {name}.",
            "It was removed by hand, or never joined. Plan changes and apply: it joins again.",
            case.node.path,
            "machines",
        )
    if not node.ready:
        return Cause(
            "node-not-ready",
            name,
            f"The node {name} is not ready{f': {node.why}' if node.why else '.'}",
            f"Look at the kubelet on {name}: journalctl -u kubelet. Without it, nothing restarts the routing agent.",
            case.node.path,
            "machines",
            case.evidence(),
        )
    return None


def agent_down(case: Case) -> Cause | None:
    """The routing agent does not run."""
    agent = case.looked.agents.get(case.node.name)
    if case.looked.seen.cluster is None or not case.looked.agents or (agent and agent.running):
        return None
    name = case.expected.agent
    why = agent.why if agent else "there is no such pod on this node"
    return Cause(
        "agent" if agent else "agent-gone",
        case.node.name,
        f"{name} does not run on {case.node.name}: {why}.",
        f"See why: kubectl -n kube-system describe pod -l k8s-app={name} --field-selector "
        f"spec.nodeName={case.node.name}",
        "cluster.cni",
        "cluster",
        case.evidence(),
    )


def wrong_rack(case: Case) -> Cause | None:
    """The node's label is another rack's."""
    node = case.looked.nodes.get(case.node.name)
    if node is None or case.looked.cluster.peers is None:
        return None
    found = node.labels.get("rack_id", "")
    if found == case.node.label:
        return None
    label = f"the label rack_id={found}" if found else "no label rack_id"
    return Cause(
        "rack",
        case.node.name,
        f"{case.node.name} has {label}, the spec puts it into rack {case.node.rack}: it peers with other leaves.",
        LABEL_REMEDY,
        f"{case.node.path}.rack",
        "machines",
    )


def calico_peer(case: Case) -> Cause | None:
    """Calico's BGPPeer is gone or differs."""
    if case.looked.cluster.peers is None or not case.expected.calico:
        return None
    peer, leaf, address = case.peer, case.leaf, case.leaf.address(case.family)
    if peer is None:
        return node_side(case, "bgppeer-gone", f"Calico has no BGPPeer for leaf {leaf.node} ({address}).")
    if peer.address != address:
        return node_side(
            case,
            "bgppeer-address",
            f"Calico's BGPPeer {peer.name} peers with {peer.address}; leaf {leaf.node} is {address}.",
        )
    if peer.rack != leaf.label:
        return node_side(
            case,
            "bgppeer-rack",
            f"Calico's BGPPeer {peer.name} selects {peer.selector or 'all nodes'}; leaf {leaf.node} is in rack "
            f"{leaf.rack}.",
        )
    return None


def node_side(case: Case, kind: str, why: str) -> Cause:
    """A cause that lies in Calico's objects."""
    return Cause(
        kind,
        f"Leaf {case.leaf.node}",
        why,
        "Somebody changed Calico's objects. Plan changes and apply: the stage network sets them back.",
        f"{case.leaf.path}.{case.family}",
        "l3out",
        case.evidence(),
    )


def limit(case: Case) -> Cause | None:
    """The node announces more than the limit."""
    limit = case.looked.fabric.policies.max_prefixes or case.expected.max_prefixes
    sent = case.own.sent if case.own else None
    over = sent is not None and limit and sent > limit
    if not over and not LIMIT.search(case.said):
        return None
    count = f" ({sent} announced)" if sent is not None else ""
    many = (
        "kubectl get ipamblocks, services with externalTrafficPolicy Local"
        if case.expected.calico
        else "kube-router announces each service's address on its own"
    )
    return Cause(
        "limit",
        case.node.name,
        f"{case.node.name} announces more prefixes than the leaf takes: the limit is {limit}{count}.",
        f"Find out what announces so much ({many}); raise the limit only if it is right.",
        "l3out.bgp.max_prefixes",
        "l3out",
        case.evidence(),
    )


def password(case: Case) -> Cause | None:
    """The passwords differ."""
    wanted = case.expected.password
    peer, session = case.peer, case.session
    if peer is not None and peer.password != wanted:
        has = "has a password" if peer.password else "has no password"
        return node_side(case, "password-node", f"Calico's BGPPeer {peer.name} {has}, the spec {says(wanted)}.")
    signed_alone = case.ping in ("ok", "mtu") and case.tcp == "silent"
    if session is not None and session.password is not None and session.password != wanted:
        has = "has a password" if session.password else "has none"
        return fabric_password(case, f"The peer on leaf {case.leaf.node} {has} on the APIC, the spec {says(wanted)}.")
    written = wanted and bool(case.changed) and case.ping != "silent"
    if not signed_alone and not written:
        return None
    if not wanted:
        why = "The leaf takes signed sessions alone, but the spec has no BGP password."
        return fabric_password(case, why)
    return fabric_password(
        case, "The BGP passwords differ: the leaf and the node drop each other's segments without a word (TCP MD5)."
    )


def fabric_password(case: Case, why: str) -> Cause:
    """A password that differs, told with what was seen."""
    probe = f"{case.node.name} pings the leaf, but TCP port 179 does not answer an unsigned connection."
    told = probe if case.ping in ("ok", "mtu") and case.tcp == "silent" else ""
    return Cause(
        "password",
        f"Leaf {case.leaf.node}",
        why,
        "Set the right password in the spec and apply: it reaches the leaves and the nodes, and sessions come back "
        "within "
        "seconds.",
        "l3out.bgp.password",
        "l3out",
        case.evidence(*case.changed, told),
    )


def says(password: bool) -> str:
    """What the spec says of a password."""
    return "has one" if password else "has none"
