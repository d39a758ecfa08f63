"""The data path: what nodes, leaves and a client outside reach. PURE."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from webui.verify.causes import Book, Cause
from webui.verify.expected import WantedNode, normal
from webui.verify.lookup import Looked
from webui.verify.report import NOT_WANTED, Cell, CheckRow
from webui.verify.seen import Family

FAMILY = {"v4": "IPv4", "v6": "IPv6"}
STATES = {"ok": "reached", "mtu": "small packets only", "refused": "refused", "silent": "silent"}
OUTSIDE = "outside"
"""Name of the client outside the fabric."""
NOT_HERE = Cell("unknown", "not asked here")
OWN = Cell("none", "itself")
NOBODY = Cell("none", "nobody hands out addresses")


@dataclass(frozen=True)
class Target:
    """A column: its name in `Reach.target`, and what it is."""

    name: str
    title: str
    kind: str
    family: Family
    node: str = ""
    address: str = ""


def targets(looked: Looked) -> list[Target]:
    """What is asked: the API's service, the test service, its LoadBalancer address, a pod on each node."""
    return list(_targets(looked))


def _targets(looked: Looked) -> Iterator[Target]:
    work = looked.seen.workload
    families = looked.expected.families
    several = len(families) > 1
    at = work.kubernetes if work else ""
    own: Family = "v6" if ":" in at else "v4"
    yield Target(target_name("kubernetes", own), "API service", "kubernetes", own, address=at)
    if work is None or not (work.made or looked.lacks_workload):
        return
    for kind, title, found in (("service", "ClusterIP", work.service), ("balancer", "LoadBalancer", work.balancer)):
        for at in found or ("",):
            family: Family = "v6" if ":" in at else "v4"
            tail = f" {FAMILY[family]}" if several and at else ""
            yield Target(target_name(kind, family), f"{title}{tail}", kind, family, address=at)
    for node in looked.expected.nodes:
        for at in work.pods.get(node.name, ()) or ("",):
            family = "v6" if ":" in at else "v4"
            tail = f", {FAMILY[family]}" if several and at else ""
            yield Target(
                target_name("pod", family, node.name), f"Pod on {node.name}{tail}", "pod", family, node.name, at
            )


def target_name(kind: str, family: Family, node: str = "") -> str:
    """Name of a target in `Reach`."""
    return " ".join(part for part in (kind, node, family) if part)


def rows(looked: Looked, book: Book) -> tuple[tuple[str, ...], tuple[CheckRow, ...]]:
    """(columns, rows): nodes, then leaves, then the client outside."""
    found = targets(looked)
    sources = [node.name for node in looked.expected.nodes]
    outside = [*(f"leaf-{leaf.node}" for leaf in looked.expected.leaves), OUTSIDE]
    lines = [CheckRow(name, tuple(_from_node(looked, book, name, one) for one in found)) for name in sources]
    lines += [CheckRow(title(name), tuple(_from_outside(looked, book, name, one) for one in found)) for name in outside]
    return tuple(one.title for one in found), tuple(lines)


def title(source: str) -> str:
    """A source in words."""
    if source == OUTSIDE:
        return "Client outside"
    return f"Leaf {source.removeprefix('leaf-')}" if source.startswith("leaf-") else source


def _from_node(looked: Looked, book: Book, name: str, target: Target) -> Cell:
    if looked.seen.cluster is None:
        return Cell("unknown", "not asked")
    if target.node == name:
        return OWN
    if lacking := _lacking(looked, book, target):
        return lacking
    state = looked.reach(name, target.name)
    if not state:
        return Cell("unknown", "no answer from it" if name in looked.cluster.silent else "not asked")
    return _cell(looked, book, name, target)


def _lacking(looked: Looked, book: Book, target: Target) -> Cell | None:
    """What is told of a target that is not there to be asked."""
    if target.kind == "balancer" and not looked.expected.balancer:
        return NOBODY
    if target.kind != "kubernetes" and looked.lacks_workload:
        return _no_workload(looked, book)
    if target.kind == "pod" and not target.address:
        return _no_pod(looked, book, target)
    if target.kind == "balancer" and not target.address:
        return _no_balancer(looked, book)
    return None


def _from_outside(looked: Looked, book: Book, source: str, target: Target) -> Cell:
    if target.kind in ("kubernetes", "service"):
        return NOT_WANTED if target.kind == "kubernetes" else Cell("none", "not asked")
    if target.kind == "balancer" and not looked.expected.balancer:
        return NOBODY
    if source not in looked.seen.outside or not target.address:
        return NOT_HERE
    state = looked.reach(source, target.name)
    return _cell(looked, book, source, target) if state else NOT_HERE


def _cell(looked: Looked, book: Book, source: str, target: Target) -> Cell:
    state, named = looked.reach(source, target.name), title(source)
    if state == "ok":
        return Cell("ok", STATES[state])
    cause = _cause(looked, source, named, target, state)
    what = f"{named} reaches {{}} with small packets alone." if state == "mtu" else f"{named} does not reach {{}}."
    return Cell("bad", STATES.get(state, state), finding=book.note(cause, what, _lower(target.title)))


def _lower(text: str) -> str:
    return {
        "API service": "the API's service",
        "ClusterIP": "the test service",
        "LoadBalancer": "the LoadBalancer address",
    }.get(text, f"the {text[0].lower()}{text[1:]}" if text.startswith("Pod") else text)


def _no_workload(looked: Looked, book: Book) -> Cell:
    why = looked.seen.workload.problem if looked.seen.workload else ""
    cause = Cause(
        "no-workload",
        "workload",
        "The test pods run CoreDNS's image, and nothing names it: neither the Deployment coredns in kube-system nor "
        f"kubeadm's list of images. {why}".strip(),
        "Look at kubectl -n kube-system get deployment coredns, and at the ConfigMap kubeadm-config there; put back "
        "what is gone. To verify without test pods: anchorage verify SPEC --no-workload.",
    )
    return Cell("bad", "not made", finding=book.note(cause, "No test pod could be made: nothing was sent to a pod."))


def _no_pod(looked: Looked, book: Book, target: Target) -> Cell:
    why = looked.seen.workload.problem if looked.seen.workload else ""
    cause = Cause(
        "no-pod",
        target.node,
        f"The test pod does not run on {target.node}. {why}".strip(),
        "See why: kubectl get nodes, and kubectl describe on what is not ready in kube-system. The network plug-in "
        "must have "
        "given the node a block of addresses.",
        "cluster.cni",
        "cluster",
    )
    return Cell("bad", "no pod", finding=book.note(cause, "No pod runs on {}.", target.node))


def _no_balancer(looked: Looked, book: Book) -> Cell:
    cause = Cause(
        "no-balancer",
        "balancer",
        "No LoadBalancer address was handed out in time: the controller that does it does not run, or its pool is "
        "used up.",
        "Look at the controller's pods and at kubectl get ipaddresspools -A; then at the size of the external "
        "service subnet.",
        "network.external_services.v4",
        "network",
    )
    return Cell("bad", "no address", finding=book.note(cause, "A LoadBalancer service gets no address."))


def _cause(looked: Looked, source: str, named: str, target: Target, state: str) -> Cause:
    if state == "mtu":
        return Cause(
            "path-mtu",
            "mtu",
            f"Packets of {looked.expected.mtu} bytes do not pass, small ones do.",
            "Raise the MTU of the distributed switch (and of what lies between) to the L3Out's, or lower the L3Out's.",
            "l3out.mtu",
            "l3out",
        )
    if source == OUTSIDE:
        return _outside_cause(looked, target)
    if source.startswith("leaf-") and source in looked.seen.outside:
        return _leaf_cause(looked, named, target)
    return _node_cause(looked, source, target)


def _node_cause(looked: Looked, source: str, target: Target) -> Cause:
    if target.kind in ("kubernetes", "service", "balancer"):
        silent = all(looked.reach(node.name, target.name) not in ("ok", "") for node in looked.expected.nodes)
        why = "No node reaches it: it has no ready endpoint, or service addresses are not served." if silent else ""
        return Cause(
            "service",
            "all nodes" if silent else source,
            why or f"Other nodes reach it: kube-proxy (or eBPF) on {source} does not serve it.",
            "Look at the service's endpoints."
            if silent
            else f"Look at kube-proxy on {source}: kubectl -n kube-system get pods -o wide.",
            "cluster.ebpf",
            "cluster",
        )
    blocks = _blocks(looked, target)
    known = looked.cluster.routes.get(source)
    lost = [prefix for prefix in blocks if known is not None and prefix not in known]
    if lost:
        return Cause(
            "way",
            source,
            f"{source} has no route to {', '.join(lost)}, the pods of {target.node}.",
            "Mend what is red among the nodes' routes and the prefixes; as-override on the leaves lets nodes take "
            "each other's routes.",
            "l3out.anchors",
            "l3out",
        )
    return Cause(
        "pod",
        target.node,
        f"The route to the pods of {target.node} is there, but nothing comes back: {target.node} does not forward, "
        "or a "
        "network policy or firewall stands between.",
        f"On {target.node}: ip route get of the pod, sysctl net.ipv4.ip_forward, and the firewall's rules.",
        _path(looked, target.node),
        "machines",
    )


def _leaf_cause(looked: Looked, named: str, target: Target) -> Cause:
    leaf = next(one for one in looked.expected.leaves if title(f"leaf-{one.node}") == named)
    prefixes = _blocks(looked, target) if target.kind == "pod" else _ranges(looked, target)
    if not any(looked.route(leaf, prefix) for prefix in prefixes):
        return Cause(
            "leaf-route",
            named,
            f"{named} has no route to {target.address}.",
            "Mend what is red for its prefixes and sessions first.",
            "l3out.bgp.password",
            "l3out",
        )
    return Cause(
        "leaf-path",
        target.node or "balancer",
        f"{named} has the route to {target.address}, but nothing comes back.",
        "Check the way back: the node's gateway must be the secondary address, and its firewall must let the leaves "
        "in.",
        "l3out.secondary.v4",
        "l3out",
    )


def _outside_cause(looked: Looked, target: Target) -> Cause:
    leaves = [f"leaf-{leaf.node}" for leaf in looked.expected.leaves]
    inside = any(looked.reach(leaf, target.name) == "ok" for leaf in leaves)
    why = (
        "The leaves reach it: the fabric does not hand its prefix to the outside, or the contract does not let the "
        "client in."
        if inside
        else "The leaves do not reach it either."
    )
    return Cause(
        "outside",
        "outside",
        why,
        "Check the external EPG's contract and what the border leaf announces." if inside else "Mend that first.",
        "l3out.contract.name" if inside else "",
        "l3out" if inside else "",
    )


def _blocks(looked: Looked, target: Target) -> list[str]:
    return [
        one.prefix
        for one in looked.expected.prefixes
        if one.kind == "pods" and target.node in one.nodes and one.family == target.family
    ]


def _ranges(looked: Looked, target: Target) -> list[str]:
    """What an address of a service may be reached by: the subnets that hold it, and the address on its own."""
    subnets = [
        one.prefix
        for one in looked.expected.prefixes
        if one.family == target.family and ip_address(target.address) in ip_network(one.prefix)
    ]
    return [*subnets, normal(target.address)]


def _path(looked: Looked, name: str) -> str:
    found: WantedNode | None = next((node for node in looked.expected.nodes if node.name == name), None)
    return found.path if found else ""
