"""Addresses in the node subnet: the shared ones from its end, leaves by their number, machines from its beginning."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from webui.spec.addressing.context import Context, Derived
from webui.spec.addressing.plan import downwards, first_free, from_end, numbered, upwards, usable
from webui.spec.inventory import machine_rows, node_subnet
from webui.spec.values import Address, Network

SHARED = (
    ("l3out.floating", 0, "last usable"),
    ("l3out.secondary", 1, "last usable but one"),
    ("cluster.vip", 2, "last usable but two"),
)


def shared(context: Context) -> Iterator[Derived]:
    """Floating, secondary and API address: the last three usable ones."""
    for version, subnet in _subnets(context):
        for path, places, why in SHARED:
            if path == "cluster.vip" and context.spec.mode == "no-cluster":
                continue
            address = from_end(subnet, places)
            if address is not None:
                yield Derived(f"{path}.v{version}", address, why)


def leaf_pods(context: Context) -> Iterator[Derived]:
    """A leaf's pod as the fabric has it."""
    for n, anchor in enumerate(context.spec.l3out.anchors):
        leaf = context.facts.leaf(anchor.node) if context.facts else None
        if leaf:
            yield Derived(f"l3out.anchors.{n}.pod", leaf.pod, f"{leaf.name or 'the leaf'} is in pod {leaf.pod}")


def leaves(context: Context) -> Iterator[Derived]:
    """A leaf's own address: what it had, else the one that shows its node id, else the next free one from the end."""
    for version, subnet in _subnets(context):
        taken: set[Address] = set()
        for n, anchor in enumerate(context.spec.l3out.anchors):
            path = f"l3out.anchors.{n}.v{version}"
            given = anchor.v4 if version == 4 else anchor.v6
            used = context.used_addresses(path) | taken
            found = _for_leaf(context, path, subnet, anchor.node, used)
            if found:
                yield Derived(path, *found)
                taken.add(given or found[0])


def router_ids(context: Context) -> Iterator[Derived]:
    """The router id that the leaf has in the VRF, else its own address: unique, and no loopback is made of it."""
    spec = context.spec
    vrf = (spec.l3out.vrf.tenant, spec.l3out.vrf.name)
    known = {r.node: r.address for r in (context.facts.router_ids if context.facts else ()) if r.vrf == vrf}
    for n, anchor in enumerate(spec.l3out.anchors):
        path = f"l3out.anchors.{n}.router_id"
        kept = context.kept(path)
        if anchor.node in known:
            yield Derived(path, known[anchor.node], "the leaf has it in this VRF already, and can have but one")
        elif kept is not None:
            yield Derived(path, kept, "as applied")
        elif anchor.v4 is not None:
            yield Derived(path, anchor.v4, "the leaf's own address: unique in the VRF; no loopback is made of it")


def machines(context: Context) -> Iterator[Derived]:
    """Machines from the first address on, skipping what is used."""
    counted = Counter(address for _, address in context.holdings())
    for version, subnet in _subnets(context):
        free = (address for address in upwards(subnet) if not counted[address])
        for path, role, n in machine_rows(context.spec):
            machine = getattr(context.spec.machines, role)[n]
            given: Address | None = machine.v4 if version == 4 else machine.v6
            kept = context.kept(f"{path}.v{version}")
            found = _for_machine(kept, given, subnet, counted, free)
            if found:
                yield Derived(f"{path}.v{version}", *found)
                counted[given or found[0]] += 0 if given else 1


def _for_machine(
    kept: Address | None, given: Address | None, subnet: Network, counted: Counter[Address], free: Iterator[Address]
) -> tuple[Address, str] | None:
    """What it had, what it has, else the next free address. `counted`: how often each address is used."""
    if kept is not None and _still_good(kept, subnet):
        return kept, "as applied"
    if given is not None:
        # A proposal beside a given address is for a mistake in it: without one, it is the address itself.
        if usable(subnet, given) and counted[given] == 1:
            return given, "free in the node subnet"
        found = first_free(upwards(subnet), {address for address, times in counted.items() if times})
    else:
        found = next((address for address in free if not counted[address]), None)
    return (found, "next free address of the node subnet") if found is not None else None


def _subnets(context: Context) -> Iterator[tuple[int, Network]]:
    for version in (4, 6):
        subnet = node_subnet(context.spec, version)
        if subnet is not None:
            yield version, subnet


def _for_leaf(
    context: Context, path: str, subnet: Network, node: int | None, used: set[Address]
) -> tuple[Address, str] | None:
    kept = context.kept(path)
    if _still_good(kept, subnet):
        return kept, "as applied"
    by_number = numbered(subnet, node) if node is not None else None
    if by_number is not None and by_number not in used:
        return by_number, "shows the leaf's number"
    free = first_free(downwards(subnet), used)
    return (free, "next free address from the end of the node subnet") if free is not None else None


def _still_good(kept: Address | None, subnet: Network) -> bool:
    """What was applied stays, also beside a new equal address: that is a problem to tell, not a reason to move."""
    return kept is not None and usable(subnet, kept)
