"""Every address and subnet that a spec names, with its path and its words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from webui.spec.model import ClusterSpec
from webui.spec.model.types import Addresses, Subnets
from webui.spec.values import Address, Network


@dataclass(frozen=True)
class Placed:
    """An address of the node subnet: where it stands in the document and what it is called."""

    path: str
    address: Address
    what: str


@dataclass(frozen=True)
class Ranged:
    """A subnet: where it stands in the document and what it is called."""

    path: str
    subnet: Network
    what: str


def addresses(spec: ClusterSpec) -> list[Placed]:
    """Every address in the node subnet, in the document's order."""
    l3out = spec.l3out
    return [
        *_pair("l3out.floating", l3out.floating, "the floating address"),
        *_pair("l3out.secondary", l3out.secondary, "the secondary address"),
        *(
            placed
            for n, leaf in enumerate(l3out.anchors)
            for placed in _pair(
                f"l3out.anchors.{n}",
                Addresses.model_construct(v4=leaf.v4, v6=leaf.v6),
                f"the address of {leaf_name(spec, n)}",
            )
        ),
        *_pair("cluster.vip", spec.cluster.vip, "the API address"),
        *_machines(spec),
    ]


def subnets(spec: ClusterSpec) -> list[Ranged]:
    """The node subnet and the cluster's own subnets, in the document's order."""
    network = spec.network
    return [
        *_subnets("l3out.node_subnet", spec.l3out.node_subnet, "the node subnet"),
        *_subnets("network.pods", network.pods, "the pod subnet"),
        *_subnets("network.services", network.services, "the service subnet"),
        *_subnets("network.external_services", network.external_services, "the external service subnet"),
    ]


def leaf_name(spec: ClusterSpec, row: int) -> str:
    """A leaf as it stands in a sentence: by its node id, else by its row."""
    node = spec.l3out.anchors[row].node
    return f"leaf {node}" if node is not None else f"the leaf in row {row + 1}"


def machine_rows(spec: ClusterSpec) -> Iterator[tuple[str, str, int]]:
    """(path, role, index) of every machine; role is control_plane or workers."""
    for role in ("control_plane", "workers"):
        for n in range(len(getattr(spec.machines, role))):
            yield f"machines.{role}.{n}", role, n


def machine_name(spec: ClusterSpec, role: str, row: int) -> str:
    """A machine as it stands in a sentence: by its name, else by its row."""
    name = getattr(spec.machines, role)[row].name
    kind = "control-plane machine" if role == "control_plane" else "worker"
    return str(name) if name else f"the {kind} in row {row + 1}"


def node_subnet(spec: ClusterSpec, version: int) -> Network | None:
    """The node subnet of a family."""
    return spec.l3out.node_subnet.v4 if version == 4 else spec.l3out.node_subnet.v6


def _machines(spec: ClusterSpec) -> Iterator[Placed]:
    for path, role, n in machine_rows(spec):
        machine = getattr(spec.machines, role)[n]
        pair = Addresses.model_construct(v4=machine.v4, v6=machine.v6)
        yield from _pair(path, pair, f"the address of {machine_name(spec, role, n)}")


def _pair(path: str, pair: Addresses, what: str) -> Iterator[Placed]:
    if pair.v4 is not None:
        yield Placed(f"{path}.v4", pair.v4, what)
    if pair.v6 is not None:
        yield Placed(f"{path}.v6", pair.v6, what)


def _subnets(path: str, pair: Subnets, what: str) -> Iterator[Ranged]:
    if pair.v4 is not None:
        yield Ranged(f"{path}.v4", pair.v4, what)
    if pair.v6 is not None:
        yield Ranged(f"{path}.v6", pair.v6, what)
