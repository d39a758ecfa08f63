"""The Network page: the cluster's prefixes and the address plan."""

from __future__ import annotations

from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from webui.spec import complete
from webui.steps import bp, wizard
from webui.steps.network.plan import address_plan
from webui.steps.pages import BY_KEY

PAGE = BY_KEY["network"]


@bp.get("/<cluster_id>/network")
def network(cluster_id: str) -> ResponseReturnValue:
    """The page."""
    return wizard.show(wizard.visit(PAGE, cluster_id))


@bp.post("/<cluster_id>/network", endpoint="network_take")
def take(cluster_id: str) -> ResponseReturnValue:
    """Save, then go on."""
    return wizard.take(PAGE, cluster_id)


@bp.post("/<cluster_id>/network/save", endpoint="network_save")
def save(cluster_id: str) -> ResponseReturnValue:
    """Save while the reader types."""
    return wizard.autosave(PAGE, cluster_id)


@wizard.more("network")
def _more(found: wizard.Visit) -> dict[str, Any]:
    whole = complete(found.judged.spec, found.judged.facts, found.applied)
    plan = address_plan(found.judged.spec, whole)
    clashes = sum(bool(row.clash) for row in plan)
    return {
        "plan": plan,
        "plan_note": f"{clashes} prefixes overlap" if clashes else "Derived values included",
        "dual": found.judged.spec.l3out.node_subnet.v6 is not None,
    }


@wizard.parts("network")
def _parts(found: wizard.Visit) -> dict[str, str]:
    return {"plan": render_template("steps/network/plan.html", **_more(found))}
