"""The nodes as Kubernetes has them: ready, agent, label, and whether they know the way to the others' pods. PURE."""

from __future__ import annotations

from webui.verify.causes import LABEL_REMEDY, Book, Cause, listed
from webui.verify.expected import WantedNode
from webui.verify.lookup import Looked
from webui.verify.report import NOT_ASKED, Cell, NodeRow

ROLES = {"control_plane": "control plane", "workers": "worker"}


def rows(looked: Looked, book: Book) -> tuple[NodeRow, ...]:
    """A row for each node of the spec."""
    return tuple(
        NodeRow(
            node.name,
            ROLES[node.role],
            node.rack,
            _ready(looked, book, node),
            _agent(looked, book, node),
            _label(looked, book, node),
            _routes(looked, book, node),
        )
        for node in looked.expected.nodes
    )


def _ready(looked: Looked, book: Book, node: WantedNode) -> Cell:
    if looked.seen.cluster is None or not looked.nodes:
        return NOT_ASKED
    found = looked.nodes.get(node.name)
    silent = node.name in looked.cluster.silent
    if found and found.ready and not silent:
        return Cell("ok", "Ready")
    if found and found.ready:
        cause = Cause(
            "node-ssh",
            node.name,
            f"Kubernetes calls {node.name} ready, but it does not answer ssh: nothing could be asked there.",
            "Check the way from Anchorage to the machine, its ssh server and the key.",
            node.path,
            "machines",
        )
        return Cell("bad", "No ssh", finding=book.note(cause, "{} does not answer.", node.name))
    if found is None:
        cause = Cause(
            "node-gone",
            node.name,
            f"Kubernetes has no node {node.name}: it was removed by hand, or never joined.",
            "Plan changes and apply: it joins again.",
            node.path,
            "machines",
        )
        return Cell("bad", "Missing", finding=book.note(cause, "{} is not in the cluster.", node.name))
    answers = (
        f"It does not answer ssh either: {_DARK}" if silent else f"Look there: journalctl -u kubelet on {node.name}."
    )
    cause = Cause(
        "node-not-ready",
        node.name,
        f"Kubernetes says: {found.why}" if found.why else "Kubernetes gives no reason.",
        answers,
        node.path,
        "machines",
    )
    return Cell("bad", "Not ready", finding=book.note(cause, "{} is not ready.", node.name))


_DARK = "look at its console, its port group and the VLAN on its leaf's port."


def _agent(looked: Looked, book: Book, node: WantedNode) -> Cell:
    if looked.seen.cluster is None or not looked.agents or not looked.expected.bgp:
        return NOT_ASKED
    found = looked.agents.get(node.name)
    if found and found.running:
        return Cell("ok", "Running")
    name = looked.expected.agent
    cause = Cause(
        "agent" if found else "agent-gone",
        node.name,
        f"{found.why if found else 'There is no such pod on this node'}.",
        f"See why: kubectl -n kube-system describe pod -l k8s-app={name} --field-selector spec.nodeName={node.name}",
        "cluster.cni",
        "cluster",
    )
    return Cell("bad", "Down", finding=book.note(cause, f"{name} does not run on {{}}.", node.name))


def _label(looked: Looked, book: Book, node: WantedNode) -> Cell:
    found = looked.nodes.get(node.name)
    if found is None or not looked.expected.bgp or looked.cluster.peers is None:
        return NOT_ASKED
    label = found.labels.get("rack_id", "")
    if label == node.label:
        return Cell("ok", label)
    cause = Cause(
        "label",
        node.name,
        f"The spec puts {node.name} into rack {node.rack}; its label is {f'rack_id={label}' if label else 'missing'}.",
        LABEL_REMEDY,
        f"{node.path}.rack",
        "machines",
    )
    number = book.note(cause, f"{{}} has the rack label {label or '(none)'}, not {node.label}.", node.name)
    return Cell("bad", label or "none", finding=number)


def _routes(looked: Looked, book: Book, node: WantedNode) -> Cell:
    known = looked.cluster.routes.get(node.name)
    wanted = [
        one.prefix
        for one in looked.expected.prefixes
        if one.kind == "pods" and node.name not in one.nodes and node.address(one.family)
    ]
    if known is None or not wanted:
        return NOT_ASKED
    lost = [prefix for prefix in wanted if prefix not in known]
    words = f"{len(wanted) - len(lost)} of {len(wanted)}"
    if not lost:
        return Cell("ok", words)
    return Cell(
        "bad",
        words,
        finding=book.note(_lost(looked, node), f"{node.name} does not know the way to {{}}.", listed(lost, 4)),
    )


def _lost(looked: Looked, node: WantedNode) -> Cause:
    off = [
        leaf.node
        for leaf in looked.expected.peers_of(node)
        for family in looked.expected.families
        for config in looked.configs(leaf, family)
        if "as-override" not in config.controls
    ]
    if off:
        return Cause(
            "as-override",
            node.name,
            f"as-override is off on leaf {listed(dict.fromkeys(map(str, off)))}: the routes of other nodes come with "
            "the "
            "node's own AS in their path, and it drops them.",
            "Check for drift on the cluster's page, then apply the plan.",
            "l3out.anchors",
            "l3out",
        )
    if looked.node_is_dark(node):
        return Cause(
            "no-session-node",
            node.name,
            f"{node.name} has no session with any leaf, so nobody tells it.",
            "Mend its sessions first.",
        )
    return Cause(
        "not-told",
        node.name,
        "Its leaves do not hand these on: their owners have no session, or export route control does not hold the "
        "pod subnet.",
        "Mend what is red for these prefixes on the leaves; then check for drift (export rule).",
        "network.pods.v4",
        "network",
    )
