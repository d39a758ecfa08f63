"""The vCenter page: where machines are made, and how large they are."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from webui import examples
from webui.accounts import context
from webui.settings import GIB
from webui.spec import Problem
from webui.steps import bp, drafts, options, wizard
from webui.steps.document import as_text, at, blank_to_none
from webui.steps.drafts import Edit
from webui.steps.fields import PageForm
from webui.steps.pages import BY_KEY
from webui.steps.vcenter import lists, reading, upload_view, uploads
from webui.steps.vcenter.form import PLACE
from webui.steps.vcenter.grants import grants
from webui.store.models import Cluster

PAGE = BY_KEY["vcenter"]
ROLES = (("control_plane", "Control-plane machine"), ("workers", "Worker"))


@bp.get("/<cluster_id>/vcenter")
def vcenter(cluster_id: str) -> ResponseReturnValue:
    """The page."""
    return wizard.show(wizard.visit(PAGE, cluster_id))


@bp.post("/<cluster_id>/vcenter", endpoint="vcenter_take")
def take(cluster_id: str) -> ResponseReturnValue:
    """Save, then go on, fill in the lab's inventory, or ask the vCenter now."""
    return wizard.take(PAGE, cluster_id, {"lab": use_lab, "read": again})


@bp.post("/<cluster_id>/vcenter/save", endpoint="vcenter_save")
def save(cluster_id: str) -> ResponseReturnValue:
    """Save while the reader types."""
    return wizard.autosave(PAGE, cluster_id)


def use_lab(found: wizard.Visit, form: PageForm) -> ResponseReturnValue:
    """One click: the simulated vCenter's objects in every empty field; address and user are the lab's anyway."""
    lab = examples.example("lab")
    empty = [path for path in PLACE if blank_to_none(at(found.document, path)) is None]
    values = {path: at(lab, path) for path in empty if at(lab, path) is not None}
    drafts.write(context.db(), context.box(), found.cluster.id, Edit(PAGE.key, values))
    return _back(found, "place")


def again(found: wizard.Visit, form: PageForm) -> ResponseReturnValue:
    """Ask the vCenter now; what is wrong is said at its field."""
    reading.forget(found.cluster.id)
    now = reading.read(found.draft, context.settings())
    if now.error:
        problem = Problem("blocking", now.error.field or "connect", now.error.sentence, now.error.remedy, "vcenter")
        return wizard.show(found, form, 422, trouble=problem)
    if not now.asked:
        field = next((p for p in (reading.ADDRESS, reading.USER) if not at(found.document, p)), reading.PASSWORD)
        trouble = Problem(
            "blocking", field, "This is needed to sign in.", "Give address, user and password.", "vcenter"
        )
        return wizard.show(found, form, 422, trouble=trouble)
    flash(f"Signed in to {now.address}. The lists are new.", "ok")
    return _back(found, "connect")


def _back(found: wizard.Visit, anchor: str) -> ResponseReturnValue:
    return redirect(url_for("steps.vcenter", cluster_id=found.cluster.id, _anchor=anchor), 303)


@wizard.more("vcenter")
def _more(found: wizard.Visit) -> dict[str, Any]:
    spec = found.judged.spec
    now = found.vcenter
    return {
        "roles": ROLES,
        "grants": grants(now.lacking),
        "upload": upload_view.view(uploads.newest(context.db(), found.cluster.id)),
        "cluster_id": found.cluster.id,
        "upload_folders": upload_view.folders(now.facts, spec.vcenter.datacenter),
        "upload_limit": context.settings().upload_limit // GIB,
        "vcenter": now,
        "notes": defaultdict(str, lists.notes(now.facts, spec)),
        "can_fill": now.lab
        and any(blank_to_none(at(found.document, path)) is None for path in PLACE if "pool" not in path),
        "counts": _counts(now),
    }


def _counts(now: reading.Reading) -> list[tuple[str, int]]:
    facts = now.facts
    if facts is None:
        return []
    return [
        ("Data centres", len(facts.datacenters)),
        ("Clusters", len(facts.clusters)),
        ("Datastores", len(facts.datastores)),
        ("Templates", len(facts.templates)),
    ]


def offered(key: str, cluster: Cluster) -> dict[str, object]:
    """One live list; what the page's other fields hold comes with the request, else from the draft."""
    draft = drafts.read(context.db(), context.box(), cluster.id)
    now = reading.read(draft, context.settings())
    if now.facts is None:
        return {"options": [], "error": now.words}

    def value(name: str) -> str | None:
        path = name if "." in name else f"vcenter.{name}"
        return (request.args[path] if path in request.args else as_text(at(draft.document, path))).strip() or None

    missing = lists.missing(key, value)
    if missing:
        return {"options": [], "error": missing}
    return options.answer(lists.LISTS[key](now.facts, value), request.args.get("q", ""))


def _list(key: str) -> options.Other:
    return lambda cluster: offered(key, cluster)


options.OTHERS.update({f"vcenter-{key}": _list(key) for key in lists.LISTS})
