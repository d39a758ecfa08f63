"""What changes a cluster: plan again, destroy, discard. Each is a POST; what cannot be undone asks for the name."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from webui.accounts import access, context
from webui.accounts.refusal import Refusal
from webui.clusters import find, parting
from webui.runs import service
from webui.store.models import ACTIVE, Cluster, Run

bp = Blueprint("cluster_actions", __name__)


@bp.post("/clusters/<cluster_id>/drift")
@access.needs("operator")
def drift(cluster_id: str) -> ResponseReturnValue:
    """Plan what was applied, to see whether the fabric still agrees. Changes nothing."""
    cluster = find.cluster(context.db(), cluster_id)
    if not cluster.applied:
        raise Refusal(
            409, f"{find.name_of(cluster)} is not on the fabric.", "Nothing was applied yet.", "Apply it first."
        )
    return _planned(cluster, "apply", of="applied")


@bp.post("/clusters/<cluster_id>/destroy")
@access.needs("operator")
def destroy(cluster_id: str) -> ResponseReturnValue:
    """Plan the removal of all that this cluster put on the fabric. Deletes nothing: the plan's page asks for more."""
    return _planned(find.cluster(context.db(), cluster_id), "destroy")


@bp.post("/clusters/<cluster_id>/reset")
@access.needs("operator")
def reset(cluster_id: str) -> ResponseReturnValue:
    """Take Kubernetes off the machines; asks for the cluster's name. Fabric and machines stay."""
    cluster = find.cluster(context.db(), cluster_id)
    confirmed(find.name_of(cluster))
    run = service.request_act(context.db(), cluster.id, context.who(), "reset")
    return redirect(url_for("runs.page", run_id=run.id))


def _planned(cluster: Cluster, action: str, of: str = "draft") -> ResponseReturnValue:
    run = service.request_plan(context.db(), cluster.id, context.who(), action=action, of=of)
    return redirect(url_for("runs.page", run_id=run.id))


@bp.post("/clusters/<cluster_id>/discard")
@access.needs("operator")
def discard(cluster_id: str) -> ResponseReturnValue:
    """Forget a cluster that has nothing on the fabric: a draft, or one that was destroyed."""
    cluster = find.cluster(context.db(), cluster_id)
    name = find.name_of(cluster)
    confirmed(name)
    if cluster.applied or find.half_way(context.db(), cluster.id):
        raise Refusal(
            409,
            f"{name} may have objects on the fabric.",
            "A draft is discarded only while nothing of it was applied.",
            "Destroy it first; then it can be discarded.",
            ((f"Go to {name}", url_for("clusters.detail", cluster_id=cluster.id)),),
        )
    if find.newest_run(context.db(), cluster.id, Run.state.in_(ACTIVE)):
        raise service.Busy(f"A run of {name} is going on. Wait until it has ended, or stop it.")
    stays = parting.leave(cluster, context.settings(), context.box())
    context.db().delete(cluster)
    context.audit("discarded", name, stays)
    context.db().commit()
    flash(f"{name} is discarded. {stays}".strip(), "warn" if stays else "ok")
    return redirect("/")


def confirmed(name: str) -> None:
    """The form must hold the name as it is. Raises Refusal (400)."""
    if request.form.get("confirm", "").strip() != name:
        raise Refusal(
            400,
            "The name does not match.",
            f"This needs the name {name}, typed as it is, so that nothing is removed by mistake.",
            "Go back and type it again.",
        )
