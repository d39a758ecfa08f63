"""Sizes of subnets, and IPv6 given whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator

from webui.spec.checks.registry import Subject, check
from webui.spec.inventory import addresses, machine_rows, node_subnet, subnets
from webui.spec.model.types import Subnets
from webui.spec.parsing import label
from webui.spec.problem import Problem, blocking, warning
from webui.spec.values import Network

BLOCK = {4: 26, 6: 122}
"""Calico gives each node blocks of this length."""

SERVICE = {4: 12, 6: 108}
"""Kubernetes takes service subnets of at most 20 host bits."""


@check
def half_dual_stack(subject: Subject) -> Iterator[Problem]:
    """IPv6 stands or falls with the node subnet's."""
    spec = subject.given
    if spec.l3out.node_subnet.v6 is not None:
        return
    given = [placed.path for placed in addresses(spec)] + [ranged.path for ranged in subnets(spec)]
    for path in given:
        if path.endswith(".v6"):
            sentence = f"{label(path)} is given, but the node subnet has no IPv6."
            yield blocking(path, sentence, "Give the node subnet an IPv6 subnet for dual stack, or leave this empty.")


@check
def node_subnet_size(subject: Subject) -> Iterator[Problem]:
    """The node subnet holds what is to be in it."""
    for version in (4, 6):
        subnet = node_subnet(subject.spec, version)
        if subnet is None:
            continue
        room = subnet.num_addresses - 2
        path = f"l3out.node_subnet.v{version}"
        wanted = 3 + len(subject.spec.l3out.anchors) + sum(1 for _ in machine_rows(subject.spec))
        if room < wanted:
            sentence = f"The node subnet {subnet} has {max(room, 0)} addresses for hosts, but {wanted} are needed."
            yield blocking(
                path, sentence, "Choose a larger one: leaves, machines and three shared addresses lie in it."
            )


@check
def pod_subnet_size(subject: Subject) -> Iterator[Problem]:
    """The pod subnet has a block for each node."""
    nodes = sum(1 for _ in machine_rows(subject.spec))
    for version, subnet in _both(subject.spec.network.pods):
        path, length = f"network.pods.v{version}", BLOCK[version]
        blocks = 2 ** (length - subnet.prefixlen) if subnet.prefixlen <= length else 0
        if not blocks and subject.cluster:
            sentence = f"The pod subnet {subnet} is smaller than the /{length} that each node takes from it."
            yield blocking(
                path, sentence, f"Choose at least a /{length}, better one block for each node and room to grow."
            )
        elif blocks < nodes:
            fitting = length - (nodes - 1).bit_length()
            sentence = f"The pod subnet {subnet} holds {blocks} blocks of /{length}, but there are {nodes} nodes."
            yield warning(path, sentence, f"Choose a /{fitting} or larger, so that each node has a block of its own.")


@check
def service_subnet_size(subject: Subject) -> Iterator[Problem]:
    """Kubernetes limits the service subnet."""
    for version, subnet in _both(subject.spec.network.services):
        if subnet.prefixlen < SERVICE[version] and subject.cluster:
            sentence = f"The service subnet {subnet} is larger than Kubernetes takes."
            yield blocking(f"network.services.v{version}", sentence, f"Choose a /{SERVICE[version]} or smaller.")


@check
def mtu(subject: Subject) -> Iterator[Problem]:
    """IPv6 needs 1,280 bytes; pods cannot have more than the network."""
    size, pods = subject.spec.l3out.mtu, subject.spec.cluster.calico_mtu
    if size is not None and size < 1280 and subject.spec.l3out.node_subnet.v6 is not None:
        yield blocking("l3out.mtu", f"An MTU of {size} is too small for IPv6.", "Choose at least 1280.")
    if size is not None and pods is not None and pods > size:
        sentence = f"The pods' MTU of {pods} is larger than the L3Out's {size}."
        yield blocking("cluster.calico_mtu", sentence, f"Choose {size} or less.")


def _both(pair: Subnets) -> Iterator[tuple[int, Network]]:
    if pair.v4 is not None:
        yield 4, pair.v4
    if pair.v6 is not None:
        yield 6, pair.v6
