"""The table of prefixes: what each leaf must hold, with how many next hops, and what it holds beside that. PURE."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from webui.verify.causes import Book, listed
from webui.verify.expected import Expected, WantedLeaf, WantedPrefix
from webui.verify.lookup import Looked
from webui.verify.prefix_causes import Gap, extra_cause, gap_cause
from webui.verify.report import NOT_ASKED, Cell, PrefixRow
from webui.verify.seen import Route


@dataclass(frozen=True)
class _Desk:
    """What the rows are made with. `down`: (node, leaf, family) -> the finding of a session that is down."""

    looked: Looked
    book: Book
    down: Mapping[tuple[str, int, str], int]


def rows(looked: Looked, book: Book, down: Mapping[tuple[str, int, str], int]) -> tuple[PrefixRow, ...]:
    """Wanted prefixes in their order, then those that nobody wants. `down`: findings of sessions that are down."""
    wanted, desk = looked.expected.prefixes, _Desk(looked, book, down)
    return (*(_row(desk, one) for one in wanted), *_extras(looked, book, {one.prefix for one in wanted}))


def _row(desk: _Desk, wanted: WantedPrefix) -> PrefixRow:
    expected = desk.looked.expected
    cells = tuple(_cell(desk, wanted, leaf) for leaf in expected.leaves)
    return PrefixRow(wanted.prefix, wanted.what, _source(expected, wanted), cells)


def _source(expected: Expected, wanted: WantedPrefix) -> str:
    if len(wanted.nodes) == len(expected.nodes) > 1:
        return f"all {len(expected.nodes)} nodes"
    return listed(wanted.nodes, 3)


def _cell(desk: _Desk, wanted: WantedPrefix, leaf: WantedLeaf) -> Cell:
    looked = desk.looked
    if looked.seen.fabric is None:
        return NOT_ASKED
    hops = looked.expected.ebgp_hops(leaf, wanted)
    if not wanted.nodes or not leaf.address(wanted.family):
        return Cell("none", "not wanted")
    return _own(desk, wanted, leaf, hops) if hops else _others(desk, wanted, leaf)


def _own(desk: _Desk, wanted: WantedPrefix, leaf: WantedLeaf, hops: frozenset[str]) -> Cell:
    """Nodes of the leaf's own rack announce it: exactly these are its next hops, by eBGP."""
    route = desk.looked.route(leaf, wanted.prefix)
    found = frozenset(hop.address for hop in route.hops if hop.by == "ebgp") if route else frozenset()
    words = f"{len(found & hops)} of {len(hops)} eBGP"
    if found == hops:
        return Cell("ok", words)
    gap = Gap(desk.looked, wanted, leaf, route, missing=hops - found, beyond=found - hops)
    if not found:
        words = "By iBGP only" if route else "Missing"
    elif found > hops:
        words = f"{len(found)} of {len(hops)} eBGP"
    return Cell("bad", words, _names(gap), finding=_note(desk, gap))


def _others(desk: _Desk, wanted: WantedPrefix, leaf: WantedLeaf) -> Cell:
    """Nodes of other racks alone announce it: the leaf has it from their leaves, by iBGP."""
    route = desk.looked.route(leaf, wanted.prefix)
    if route is None:
        return Cell("bad", "Missing", finding=_note(desk, Gap(desk.looked, wanted, leaf, None)))
    beyond = frozenset(hop.address for hop in route.hops if hop.by == "ebgp")
    if beyond:
        gap = Gap(desk.looked, wanted, leaf, route, beyond=beyond)
        return Cell("bad", f"{len(beyond)} eBGP, not wanted", _names(gap), finding=_note(desk, gap))
    return Cell("ok", f"{len(route.hops)} iBGP")


def _names(gap: Gap) -> str:
    """Which next hops are missing or too many."""
    by_address = gap.looked.expected.node_by_address
    parts = [
        f"{word} {listed(sorted(by_address[at].name if at in by_address else at for at in some), 3)}"
        for word, some in (("without", gap.missing), ("also", gap.beyond))
        if some
    ]
    return ", ".join(parts)


def _note(desk: _Desk, gap: Gap) -> int:
    """The finding; where all missing next hops are nodes without a session, that of the session."""
    down = [desk.down.get((node.name, gap.leaf.node, gap.wanted.family), 0) for node in gap.nodes]
    if down and all(down) and not gap.beyond:
        return down[0]
    cause, what = gap_cause(gap)
    return desk.book.note(cause, what, gap.place)


def _extras(looked: Looked, book: Book, wanted: set[str]) -> Iterator[PrefixRow]:
    """Prefixes that nodes announce and nobody expects, one row for each."""
    found: dict[str, dict[int, Route]] = {}
    for route in looked.fabric.routes:
        if route.prefix not in wanted and any(hop.by == "ebgp" for hop in route.hops) and _counts(looked, route):
            found.setdefault(route.prefix, {})[route.leaf] = route
    for prefix, at in sorted(found.items()):
        cause, what, state = extra_cause(looked, prefix, list(at.values()))
        number = book.note(cause, what, prefix)
        cells = tuple(
            Cell(state, f"{len(at[leaf.node].hops)} eBGP", "not expected", finding=number)
            if leaf.node in at
            else Cell("none", "not there")
            for leaf in looked.expected.leaves
        )
        hops = sorted({hop.address for route in at.values() for hop in route.hops if hop.by == "ebgp"})
        names = looked.expected.node_by_address
        yield PrefixRow(
            prefix, "Not expected", listed([names[at].name if at in names else at for at in hops], 3), cells
        )


def _counts(looked: Looked, route: Route) -> bool:
    """Routes of other neighbours in the VRF are not the cluster's; kube-router announces single services by itself.

    Where nobody told which blocks there are, a route within the cluster's subnets may well be right."""
    from_nodes = any(hop.by == "ebgp" and looked.is_node_address(hop.address) for hop in route.hops)
    known = looked.expected.calico and looked.cluster.blocks is not None
    return from_nodes and (known or not looked.in_pools(route.prefix))
