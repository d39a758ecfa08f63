"""Leaves of the fabric as rows of the anchor table. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from webui.spec import ClusterSpec, Proposal
from webui.spec.site import SiteFacts


@dataclass(frozen=True)
class Offered:
    """A leaf that can be added; `used`: it is in the table already."""

    pod: int
    node: int
    name: str
    model: str
    router_id: str
    used: bool


def offered(facts: SiteFacts | None, spec: ClusterSpec) -> list[Offered]:
    """The active leaves of the fabric, in order of pod and node."""
    used = {anchor.node for anchor in spec.l3out.anchors}
    found = facts.leaves if facts else ()
    return [
        Offered(leaf.pod, leaf.node, leaf.name, leaf.model, _router_id(facts, spec, leaf.node), leaf.node in used)
        for leaf in sorted(found, key=lambda leaf: (leaf.pod, leaf.node))
        if leaf.state == "active"
    ]


def row_for(facts: SiteFacts | None, node: int) -> dict[str, str]:
    """A new row: node and pod."""
    leaf = facts.leaf(node) if facts else None
    return {"pod": str(leaf.pod), "node": str(node)} if leaf else {"node": str(node)}


def derived(proposals: Mapping[str, Proposal], row: str) -> dict[str, str]:
    """What is proposed for the cells of a row (`l3out.anchors.2.`), such as its address."""
    found = {path.removeprefix(row): proposal.value for path, proposal in proposals.items() if path.startswith(row)}
    return {key: value for key, value in found.items() if "." not in key}


def count_words(rows: int, sick: int) -> str:
    """`4 rows, 1 with a problem`."""
    words = "No leaf yet" if rows == 0 else f"{rows} {'leaf' if rows == 1 else 'leaves'}"
    return words + (f", {sick} with a problem" if sick else "")


def _router_id(facts: SiteFacts | None, spec: ClusterSpec, node: int) -> str:
    vrf = (spec.l3out.vrf.tenant, spec.l3out.vrf.name)
    found = (str(r.address) for r in facts.router_ids if r.node == node and r.vrf == vrf) if facts else iter(())
    return next(found, "")
