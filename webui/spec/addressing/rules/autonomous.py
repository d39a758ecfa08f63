"""AS numbers."""

from __future__ import annotations

from collections.abc import Iterator

from webui.spec.addressing.context import Context, Derived
from webui.spec.addressing.plan import next_as


def fabric_as(context: Context) -> Iterator[Derived]:
    """What the fabric says."""
    if context.facts and context.facts.fabric_as:
        yield Derived("l3out.bgp.fabric_as", context.facts.fabric_as, "read from the fabric")


def cluster_as(context: Context) -> Iterator[Derived]:
    """Next to the fabric's."""
    fabric = context.spec.l3out.bgp.fabric_as
    kept = context.kept("l3out.bgp.cluster_as")
    if kept is not None and kept != fabric:
        yield Derived("l3out.bgp.cluster_as", kept, "as applied")
    elif fabric is not None:
        yield Derived("l3out.bgp.cluster_as", next_as(fabric), f"next to the fabric's AS {fabric}, in a private range")
