"""The Cluster page: Kubernetes, its API address, and the system under it."""

from __future__ import annotations

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from webui.spec.add_ons import ADD_ONS
from webui.spec.values import listed
from webui.spec.versions import CALICO
from webui.steps import bp, wizard
from webui.steps.cluster import registries
from webui.steps.cluster.form import EXPERT, REGISTRIES, SUPPLY
from webui.steps.document import as_text, at, blank_to_none
from webui.steps.pages import BY_KEY

PAGE = BY_KEY["cluster"]
FOLDS = {"supply": tuple(path for path in SUPPLY if path != REGISTRIES), "expert": tuple(EXPERT)}
"""Rare options, folded away unless one was set or has a problem."""


PLACES = (("cluster", "In the cluster"), ("machines", "On the control-plane machines"))


@bp.get("/<cluster_id>/cluster")
def cluster(cluster_id: str) -> ResponseReturnValue:
    """The page."""
    return wizard.show(wizard.visit(PAGE, cluster_id))


@bp.post("/<cluster_id>/cluster", endpoint="cluster_take")
def take(cluster_id: str) -> ResponseReturnValue:
    """Save, then go on."""
    return wizard.take(PAGE, cluster_id)


@bp.post("/<cluster_id>/cluster/save", endpoint="cluster_save")
def save(cluster_id: str) -> ResponseReturnValue:
    """Save while the reader types."""
    return wizard.autosave(PAGE, cluster_id)


@wizard.besides("cluster")
def _registries(found: wizard.Visit, values: dict[str, Any]) -> dict[str, str | None]:
    """Authorities go into their rows; passwords follow their registry."""
    if REGISTRIES not in values:
        return {}
    before = at(found.document, REGISTRIES) or []
    values[REGISTRIES] = registries.authorities(values[REGISTRIES], request.form)
    typed = registries.passwords(request.form)
    return registries.moved(before, values[REGISTRIES], found.draft.secrets, typed)


@wizard.more("cluster")
def _more(found: wizard.Visit) -> dict[str, Any]:
    spec, shown = found.judged.spec, [p.field for p in found.told if p.page == PAGE.key]
    rows, lab = at(found.document, REGISTRIES) or [], spec.fabric.site == "lab"
    return {
        "dual": spec.l3out.node_subnet.v6 is not None,
        "open_folds": {name: any(p in shown or _set(found, p) for p in paths) for name, paths in FOLDS.items()},
        "registries": [
            {
                "name": as_text(at(row, "upstream")),
                "ca": as_text(at(row, "ca")),
                "user": as_text(at(row, "user")),
                "stored": f"{REGISTRIES}.{n}.password" in found.draft.secrets,
            }
            for n, row in enumerate(rows)
            if at(row, "upstream")
        ],
        "add_ons": [(title, [one for one in ADD_ONS.values() if one.place == place]) for place, title in PLACES],
        "calico_versions": listed([one.version for one in CALICO if one.lab or not lab]),
        "foreign_add_ons": [name for name in spec.cluster.add_ons if name not in ADD_ONS],
        "cni": as_text(at(found.document, "cluster.cni")) or "calico",
        "widths": {"user": "w5"},
    }


def _set(found: wizard.Visit, path: str) -> bool:
    """Whether a field holds something else than what is proposed."""
    value, proposal = blank_to_none(at(found.document, path)), found.judged.proposals.get(path)
    return value is not None and as_text(value) != (proposal.value if proposal else None)
