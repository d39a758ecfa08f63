"""What pages show of a spec document, whether a half-typed draft or an applied one. PURE."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


def at(document: Any, path: str) -> Any:
    """The value at a dotted path; None where there is none."""
    here = document
    for step in path.split("."):
        if isinstance(here, Mapping):
            here = here.get(step)
        elif isinstance(here, list) and step.isdigit() and int(step) < len(here):
            here = here[int(step)]
        else:
            return None
    return here


def text(document: Any, path: str) -> str:
    """The value at a path as text; empty where there is none."""
    value = at(document, path)
    return "" if value is None or isinstance(value, (Mapping, list)) else str(value)


NO_SITE = "no APIC yet"


@dataclass(frozen=True)
class Leaf:
    """One anchor leaf as it stands in the document."""

    pod: str
    node: str
    router_id: str
    v4: str
    v6: str
    rack: str


def leaves(document: Any) -> list[Leaf]:
    """The anchor leaves; rows without anything in them are left out."""
    rows = at(document, "l3out.anchors")
    found = [
        Leaf(**{name: text(row, name) for name in Leaf.__dataclass_fields__})
        for row in (rows if isinstance(rows, list) else [])
    ]
    return [leaf for leaf in found if leaf.node or leaf.v4 or leaf.v6 or leaf.router_id]


def addresses(document: Any) -> list[tuple[str, str]]:
    """(what, address) pairs in the order of the page; what is not given is left out."""
    names = {
        "Node subnet": "l3out.node_subnet",
        "Gateway": "l3out.secondary",
        "Floating": "l3out.floating",
        "Pods": "network.pods",
        "Services": "network.services",
        "External services": "network.external_services",
    }
    pairs = [
        (title if family == "v4" else f"{title}, IPv6", text(document, f"{path}.{family}"))
        for title, path in names.items()
        for family in ("v4", "v6")
    ]
    return [(title, address) for title, address in [*pairs, ("Ingress", text(document, "network.ingress"))] if address]


def site_label(site: str, document: Any) -> str:
    """`Built-in lab`, or the first APIC's address."""
    if site == "lab":
        return "Built-in lab"
    apics = at(document, "fabric.apics")
    first = apics[0] if isinstance(apics, list) and apics else apics if isinstance(apics, str) else ""
    return str(first).split("\n")[0] or NO_SITE


def search_text(name: str, document: Any) -> str:
    """What a cluster is found by: name, L3Out, addresses, leaves; lower case."""
    words = [name, text(document, "l3out.tenant"), text(document, "l3out.name")]
    words += [address for _, address in addresses(document)]
    for leaf in leaves(document):
        words += [f"leaf {leaf.node}", leaf.v4, leaf.v6, leaf.router_id, leaf.rack]
    return " ".join(words).lower()
