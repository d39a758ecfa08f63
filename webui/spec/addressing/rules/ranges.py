"""Pod, service and external-service subnets: the next free ones behind the node subnet."""

from __future__ import annotations

from collections.abc import Iterator

from webui.spec.addressing.context import Context, Derived
from webui.spec.addressing.plan import next_subnet, upwards
from webui.spec.inventory import node_subnet
from webui.spec.values import Network

KINDS = ("pods", "services", "external_services")
SERVICE_V6 = 108
"""Kubernetes takes at most 20 host bits for the IPv6 service subnet."""


def subnets(context: Context) -> Iterator[Derived]:
    """Three free subnets of the node subnet's size, in both families if the node subnet has both.

    IPv6 services get a /108.
    """
    for version in (4, 6):
        base = node_subnet(context.spec, version)
        proposed: list[Network] = []
        adopted: list[Network] = []
        for kind in KINDS if base is not None else ():
            assert base is not None
            given = getattr(getattr(context.spec.network, kind), f"v{version}") is not None
            # What is proposed beside a given value takes no space from the fields that are empty.
            found = _find(context, kind, base, proposed if given else adopted)
            if found:
                yield Derived(f"network.{kind}.v{version}", *found)
                proposed.append(found[0])
                adopted += [] if given else [found[0]]


def ingress(context: Context) -> Iterator[Derived]:
    """The first address for services that clients outside use."""
    outside = context.spec.network.external_services.v4
    first = next(iter(upwards(outside)), None) if outside and context.spec.mode != "no-cluster" else None
    if first is not None:
        yield Derived("network.ingress", first, "first usable address of the external service subnet")


def _find(context: Context, kind: str, base: Network, chosen: list[Network]) -> tuple[Network, str] | None:
    path = f"network.{kind}.v{base.version}"
    used = [*context.used_subnets(path), *chosen]
    kept = context.kept(path)
    # What was applied stays, also beside a new subnet that overlaps it: that is a problem to tell, no reason to move.
    if kept is not None and not kept.overlaps(base):
        return kept, "as applied"
    length = max(SERVICE_V6, base.prefixlen) if (kind, base.version) == ("services", 6) else base.prefixlen
    found = next_subnet(base, length, used)
    size = (
        "next free of the same size"
        if length == base.prefixlen
        else f"next free /{length}, the largest that Kubernetes takes"
    )
    return (found, size) if found is not None else None
