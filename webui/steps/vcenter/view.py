"""The vCenter page: where machines are made, and how large they are."""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue

from webui.steps import bp, wizard
from webui.steps.document import as_text, at
from webui.steps.pages import BY_KEY

PAGE = BY_KEY["vcenter"]
ROLES = (("control_plane", "Control-plane machine"), ("workers", "Worker"))


@bp.get("/<cluster_id>/vcenter")
def vcenter(cluster_id: str) -> ResponseReturnValue:
    """The page."""
    return wizard.show(wizard.visit(PAGE, cluster_id))


@bp.post("/<cluster_id>/vcenter", endpoint="vcenter_take")
def take(cluster_id: str) -> ResponseReturnValue:
    """Save, then go on."""
    return wizard.take(PAGE, cluster_id)


@bp.post("/<cluster_id>/vcenter/save", endpoint="vcenter_save")
def save(cluster_id: str) -> ResponseReturnValue:
    """Save while the reader types."""
    return wizard.autosave(PAGE, cluster_id)


@wizard.more("vcenter")
def _more(found: wizard.Visit) -> dict[str, Any]:
    return {
        "roles": ROLES,
        "lab_site": as_text(at(found.document, "fabric.site")) == "lab",
    }
