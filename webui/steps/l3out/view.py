"""The L3Out page: its place in the fabric, addresses, anchor leaves, BGP."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import escape

from webui.accounts import context
from webui.steps import bp, drafts, wizard
from webui.steps.document import as_text, at
from webui.steps.drafts import Edit
from webui.steps.fields import PageForm
from webui.steps.l3out import leaves, notes
from webui.steps.pages import BY_KEY

PAGE = BY_KEY["l3out"]
ROWS = "l3out.anchors"
FOLDS = {
    "names": ("l3out.node_profile", "l3out.interface_profile", "l3out.external_epg.scopes", "l3out.default_route"),
    "bgp": tuple(
        f"l3out.bgp.{key}" for key in ("stale", "max_restart", "max_prefixes", "vrf_policy", "next_hop_unchanged")
    ),
}
"""Rare options, folded away unless one was set to something else than its default or has a problem."""
DEFAULTS = {
    "l3out.external_epg.scopes": ["import-security"],
    "l3out.default_route": False,
    "l3out.bgp.vrf_policy": "managed",
}


@bp.get("/<cluster_id>/l3out")
def l3out(cluster_id: str) -> ResponseReturnValue:
    """The page."""
    return wizard.show(wizard.visit(PAGE, cluster_id))


@bp.post("/<cluster_id>/l3out", endpoint="l3out_take")
def take(cluster_id: str) -> ResponseReturnValue:
    """Save, then go on or add a leaf."""
    return wizard.take(PAGE, cluster_id, {"add": add_leaf})


@bp.post("/<cluster_id>/l3out/save", endpoint="l3out_save")
def save(cluster_id: str) -> ResponseReturnValue:
    """Save while the reader types."""
    return wizard.autosave(PAGE, cluster_id)


def add_leaf(found: wizard.Visit, form: PageForm) -> ResponseReturnValue:
    """Add the leaf whose button was pressed as a row, with what is known of it."""
    wanted = request.form.get("do", "").partition(":")[2]
    rows = list(at(found.document, ROWS) or [])
    if wanted.isdecimal() and not any(str(at(row, "node")) == wanted for row in rows):
        rows.append(leaves.row_for(found.judged.facts, int(wanted[:6])))
        draft = drafts.write(context.db(), context.box(), found.cluster.id, Edit(PAGE.key, {ROWS: rows}))
        proposals = wizard.judged_visit(PAGE, found.cluster, draft).judged.proposals
        rows[-1] |= leaves.derived(proposals, f"{ROWS}.{len(rows) - 1}.")
        drafts.write(context.db(), context.box(), found.cluster.id, Edit(PAGE.key, {ROWS: rows}))
    last = f"{ROWS}.{len(rows) - 1}.rack" if rows else "anchors"
    return redirect(url_for("steps.l3out", cluster_id=found.cluster.id, _anchor=last), 303)


@wizard.more("l3out")
def _more(found: wizard.Visit) -> dict[str, Any]:
    facts, spec = found.reading.facts, found.judged.spec
    shown = [p.field for p in found.told if p.page == PAGE.key]
    rows = at(found.document, ROWS) or []
    sick = {field.split(".")[2] for field in shown if field.startswith(ROWS + ".")}
    return {
        "notes": defaultdict(str, notes.notes(facts, spec, found.judged.proposals)),
        "leaves": leaves.offered(facts, spec),
        "fabric_as": facts.fabric_as if facts else None,
        "rows_note": leaves.count_words(len(rows), len(sick)),
        "open_folds": {name: any(p in shown or _set(found, p) for p in paths) for name, paths in FOLDS.items()},
        "widths": {"pod": "w1", "node": "w2", "rack": "w2"},
        "cells": {p: one.value for p, one in found.judged.proposals.items() if p.startswith(f"{ROWS}.")},
        "six": any(at(row, "v6") for row in rows),
    }


def _set(found: wizard.Visit, path: str) -> bool:
    """Whether a field holds something else than its default."""
    value, proposal = at(found.document, path), found.judged.proposals.get(path)
    return (
        value is not None and value != DEFAULTS.get(path) and as_text(value) != (proposal.value if proposal else None)
    )


@wizard.parts("l3out")
def _parts(found: wizard.Visit) -> dict[str, str]:
    note = escape(_more(found)["rows_note"])
    return {"rows-note": f'<span class="sub" id="rows-note">{note}</span>'}
