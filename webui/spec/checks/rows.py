"""Rows of leaves and machines: duplicates, racks, how many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from webui.spec.checks.registry import Subject, check
from webui.spec.inventory import addresses, leaf_name, machine_name, machine_rows
from webui.spec.problem import Problem, blocking, warning


@check
def equal_leaves(subject: Subject) -> Iterator[Problem]:
    """Each leaf stands there once."""
    yield from _equal(
        [(f"l3out.anchors.{n}.node", leaf.node) for n, leaf in enumerate(subject.spec.l3out.anchors)],
        "Leaf {} is given twice.",
        "Remove one of the rows.",
    )


@check
def equal_router_ids(subject: Subject) -> Iterator[Problem]:
    """Each router id is one leaf's alone."""
    rows = [(f"l3out.anchors.{n}.router_id", leaf.router_id) for n, leaf in enumerate(subject.spec.l3out.anchors)]
    yield from _equal(rows, "Router id {} is given twice.", "Give each leaf a router id of its own.")


@check
def router_id_of_another(subject: Subject) -> Iterator[Problem]:
    """A router id may be the leaf's own address, but nobody else's."""
    placed = addresses(subject.spec)
    for n, leaf in enumerate(subject.spec.l3out.anchors):
        own = f"l3out.anchors.{n}.v4"
        other = next((p for p in placed if p.address == leaf.router_id and p.path != own), None)
        if other:
            sentence = f"The router id {leaf.router_id} of {leaf_name(subject.spec, n)} is {other.what}."
            yield blocking(
                f"l3out.anchors.{n}.router_id", sentence, "Two routers with one id do not peer. Choose another id."
            )


@check
def equal_names(subject: Subject) -> Iterator[Problem]:
    """Each machine has a name of its own."""
    rows = [
        (f"{path}.name", getattr(subject.spec.machines, role)[n].name) for path, role, n in machine_rows(subject.spec)
    ]
    yield from _equal(rows, "The host name {} is given twice.", "Give each machine a name of its own.")


@check
def racks_without_a_leaf(subject: Subject) -> Iterator[Problem]:
    """Every machine has a leaf to peer with."""
    known = {leaf.rack for leaf in subject.spec.l3out.anchors if leaf.rack}
    for path, role, n in machine_rows(subject.spec) if subject.cluster else ():
        rack = getattr(subject.spec.machines, role)[n].rack
        if rack and rack not in known:
            sentence = (
                f"Rack {rack} of {machine_name(subject.spec, role, n)} has no anchor leaf: it would have no BGP "
                "neighbour."
            )
            yield blocking(f"{path}.rack", sentence, "Name a rack that has a leaf, or add a leaf to this rack.")


@check
def leaves_without_a_node(subject: Subject) -> Iterator[Problem]:
    """A leaf whose rack has no machine is perhaps a slip; without any machines nothing is said."""
    used = {getattr(subject.spec.machines, role)[n].rack for _, role, n in machine_rows(subject.spec)}
    for n, leaf in enumerate(subject.spec.l3out.anchors if used and subject.cluster else ()):
        if leaf.rack and leaf.rack not in used:
            sentence = f"No machine is in rack {leaf.rack}: {leaf_name(subject.spec, n)} has no BGP neighbour."
            yield warning(f"l3out.anchors.{n}.rack", sentence, "Check the names of the racks.")


@check
def control_plane_size(subject: Subject) -> Iterator[Problem]:
    """An odd number of control-plane machines, three or more."""
    count = len(subject.spec.machines.control_plane)
    path = "machines.control_plane"
    if count == 1 and subject.cluster:
        sentence = "With one control-plane machine, its loss is the loss of the cluster."
        yield warning(path, sentence, "One is enough for a trial. Use three otherwise.")
    elif count and count % 2 == 0 and subject.cluster:
        sentence = f"{count} control-plane machines survive no more losses than {count - 1}: etcd needs a majority."
        yield warning(path, sentence, "Use three or five.")


@check
def dataplane(subject: Subject) -> Iterator[Problem]:
    """eBPF is Calico's."""
    cluster = subject.spec.cluster
    if cluster.ebpf and cluster.cni != "calico":
        sentence = f"The eBPF dataplane is part of Calico, but the pod network is {cluster.cni}."
        yield blocking("cluster.ebpf", sentence, "Choose calico, or switch eBPF off.")


def _equal(rows: Sequence[tuple[str, object]], sentence: str, remedy: str) -> Iterator[Problem]:
    seen: set[object] = set()
    for path, value in rows:
        if value is not None and value in seen:
            yield blocking(path, sentence.format(value), remedy)
        seen.add(value)
