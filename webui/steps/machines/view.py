"""The Machines page: rows of nodes, how to sign in to them."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import escape

from webui.accounts import context
from webui.spec import complete
from webui.steps import bp, drafts, wizard
from webui.steps.document import at
from webui.steps.drafts import Edit
from webui.steps.fields import PageForm
from webui.steps.machines import rows
from webui.steps.machines.form import MOST_WORKERS, ROLES
from webui.steps.pages import BY_KEY

PAGE = BY_KEY["machines"]


@bp.get("/<cluster_id>/machines")
def machines(cluster_id: str) -> ResponseReturnValue:
    """The page."""
    return wizard.show(wizard.visit(PAGE, cluster_id))


@bp.post("/<cluster_id>/machines", endpoint="machines_take")
def take(cluster_id: str) -> ResponseReturnValue:
    """Save, then go on, or add machines."""
    return wizard.take(PAGE, cluster_id, {"add": add})


@bp.post("/<cluster_id>/machines/save", endpoint="machines_save")
def save(cluster_id: str) -> ResponseReturnValue:
    """Save while the reader types."""
    return wizard.autosave(PAGE, cluster_id)


def add(found: wizard.Visit, form: PageForm) -> ResponseReturnValue:
    """`do=add:ROLE`: so many rows as the number beside the button says, with names, racks and free addresses."""
    role = request.form.get("do", "").partition(":")[2]
    path = ROLES.get(role, "")
    if not path:
        return redirect(url_for("steps.machines", cluster_id=found.cluster.id), 303)
    before = list(at(found.document, path) or [])
    wanted = _number(request.form.get(f"count.{role}", "1"))
    new = rows.added(found.document, found.judged.spec, role, min(wanted, MOST_WORKERS - len(before)))
    draft = drafts.write(context.db(), context.box(), found.cluster.id, Edit(PAGE.key, {path: [*before, *new]}))
    proposals = wizard.judged_visit(PAGE, found.cluster, draft).judged.proposals
    whole = rows.with_addresses([*before, *new], path, proposals)
    drafts.write(
        context.db(), context.box(), found.cluster.id, Edit(PAGE.key, {path: [*before, *whole[len(before) :]]})
    )
    return redirect(url_for("steps.machines", cluster_id=found.cluster.id, _anchor=f"{path}.{len(before)}.name"), 303)


def _number(typed: str) -> int:
    return max(1, min(int(typed), MOST_WORKERS)) if typed.isascii() and typed.isdecimal() and len(typed) < 5 else 1


@wizard.more("machines")
def _more(found: wizard.Visit) -> dict[str, Any]:
    spec, shown = found.judged.spec, [p.field for p in found.told if p.page == PAGE.key]
    held = [row for path in ROLES.values() for row in at(found.document, path) or []]
    return {
        "racks": rows.racks(spec),
        "by_rack": rows.by_rack(spec),
        "sizes": rows.sizes(complete(spec, found.judged.facts, found.applied)) if spec.mode == "full" else [],
        "dual": spec.l3out.node_subnet.v6 is not None or any(at(row, "v6") for row in held),
        "subnet": spec.l3out.node_subnet.v4,
        "row_notes": {role: rows.note(found.document, role, _sick(shown, path)) for role, path in ROLES.items()},
        "cells": {p: one.value for p, one in found.judged.proposals.items() if p.startswith(tuple(ROLES.values()))},
        "bare": spec.mode == "bare-metal",
        "widths": {"rack": "w3"},
        "most": MOST_WORKERS,
    }


def _sick(shown: list[str], path: str) -> int:
    rest = (field.removeprefix(f"{path}.") for field in shown if field.startswith(f"{path}."))
    return len({field.partition(".")[0] for field in rest})


@wizard.parts("machines")
def _parts(found: wizard.Visit) -> dict[str, str]:
    notes = _more(found)["row_notes"]
    return {f"note-{role}": f'<span class="sub" id="note-{role}">{escape(note)}</span>' for role, note in notes.items()}
