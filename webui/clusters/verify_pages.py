"""The page of a cluster's verification: what was found last, and the button that looks again."""

from __future__ import annotations

import json

from flask import Blueprint, Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webui.accounts import access, context
from webui.accounts.refusal import Refusal
from webui.clusters import documents, find, verified
from webui.runs import service
from webui.store.models import ACTIVE, Cluster
from webui.verify import Report

bp = Blueprint("verify", __name__, template_folder="templates")
bp.add_app_template_global(verified.when, "when")


@bp.get("/clusters/<cluster_id>/verify")
def page(cluster_id: str) -> str:
    """State and age, findings, sessions, prefixes, nodes, settings, data path."""
    cluster = find.cluster(context.db(), cluster_id)
    last = next(iter(find.runs_of(context.db(), cluster.id, 1)), None)
    busy = last is not None and last.state in ACTIVE
    report = verified.of(cluster.outputs) if cluster.applied else None
    return render_template(
        "verify/page.html",
        section="clusters",
        wide=True,
        shows_lab=cluster.site == "lab",
        cluster=cluster,
        name=find.name_of(cluster),
        report=report,
        state=verified.state(report),
        tiles=verified.tiles(report) if report else (),
        last=last,
        busy=busy,
        verifies=busy and last is not None and last.action == "verify",
        can=_can(cluster),
        mode=documents.text(cluster.applied, "mode") or "full",
    )


@bp.post("/clusters/<cluster_id>/verify")
@access.needs("operator")
def verify(cluster_id: str) -> ResponseReturnValue:
    """Look again, as a run."""
    cluster = find.cluster(context.db(), cluster_id)
    run = service.request_act(context.db(), cluster.id, context.who(), "verify")
    return redirect(url_for("runs.page", run_id=run.id))


@bp.get("/clusters/<cluster_id>/verify.json")
def document(cluster_id: str) -> Response:
    """The report as a file."""
    cluster = find.cluster(context.db(), cluster_id)
    report = _report(cluster)
    return Response(
        json.dumps(report.to_json(), indent=2, sort_keys=True),
        mimetype="application/json",
        headers={"Content-Disposition": f'attachment; filename="verify-{cluster.id[:8]}.json"'},
    )


def _report(cluster: Cluster) -> Report:
    found = verified.of(cluster.outputs)
    if found is None:
        raise Refusal(404, "Nothing was verified yet.", "There is no report.", "Verify the cluster first.")
    return found


def _can(cluster: Cluster) -> bool:
    """There is a cluster to be looked at."""
    return bool(cluster.applied) and "control plane" in (cluster.outputs or {})
