"""What an operator takes away from a cluster: a summary of its state, the addresses, ssh key, kubeconfig, manifests."""

from __future__ import annotations

import json

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from webui.accounts import access, context
from webui.accounts.refusal import Refusal
from webui.clusters import documents, find
from webui.clusters.machines import csv_of, machines
from webui.clusters.states import cluster_state
from webui.runs import archive, snapshot
from webui.spec import complete
from webui.store.models import Cluster

bp = Blueprint("downloads", __name__)


@bp.get("/clusters/<cluster_id>/state.json")
@access.needs("operator")
def state(cluster_id: str) -> ResponseReturnValue:
    """Name, state, what was read back after the apply. Without secrets, and without Terraform's own state."""
    cluster = find.cluster(context.db(), cluster_id)
    runs = find.runs_of(context.db(), cluster.id, 1)
    document = cluster.applied or cluster.draft
    found = {
        "name": find.name_of(cluster),
        "state": cluster_state(cluster, runs[0] if runs else None).text,
        "mode": documents.text(document, "mode") or "full",
        "site": documents.site_label(cluster.site, document),
        "applied_at": cluster.applied_at.isoformat() if cluster.applied_at else None,
        "last_run": {"number": runs[0].number, "state": runs[0].state} if runs else None,
        "outputs": cluster.outputs or {},
    }
    return _file(json.dumps(found, indent=2) + "\n", "application/json", cluster, "state.json")


@bp.get("/clusters/<cluster_id>/addresses.csv")
@access.needs("operator")
def addresses(cluster_id: str) -> ResponseReturnValue:
    """The machines' addresses as a table."""
    cluster = find.cluster(context.db(), cluster_id)
    rows = machines(cluster.applied or cluster.draft, cluster.outputs)
    return _file(csv_of(rows), "text/csv", cluster, "addresses.csv")


@bp.post("/clusters/<cluster_id>/ssh-key")
@access.needs("operator")
def ssh_key(cluster_id: str) -> ResponseReturnValue:
    """The private key that signs in to the machines, made for this cluster. Each download is audited."""
    cluster = find.cluster(context.db(), cluster_id)
    held = context.box().open(cluster.sealed_ssh_key)
    if not held:
        raise Refusal(
            404,
            f"{find.name_of(cluster)} has no ssh key of its own.",
            "A key is made with the machines, unless the Machines page gives one.",
            "Use the key that you gave, or apply first.",
        )
    context.audit("ssh-key.downloaded", find.name_of(cluster))
    context.db().commit()
    return _file(str(held["private"]).rstrip("\n") + "\n", "application/x-pem-file", cluster, "ssh-key")


@bp.post("/clusters/<cluster_id>/kubeconfig")
@access.needs("operator")
def kubeconfig(cluster_id: str) -> ResponseReturnValue:
    """The administrator's kubeconfig, as the control plane handed it over. Each download is audited."""
    cluster = find.cluster(context.db(), cluster_id)
    held = context.box().open(cluster.sealed_kubeconfig)
    if not held:
        raise Refusal(
            404,
            f"{find.name_of(cluster)} has no kubeconfig.",
            "It is there as soon as the Kubernetes API has answered once.",
            "Apply first, or look at the last run.",
        )
    context.audit("kubeconfig.downloaded", find.name_of(cluster))
    context.db().commit()
    return _file(str(held["text"]), "application/yaml", cluster, "kubeconfig.yaml")


@bp.post("/clusters/<cluster_id>/manifests")
@access.needs("operator")
def manifests(cluster_id: str) -> ResponseReturnValue:
    """What the user's own cluster needs to peer with the leaves, as one archive. It may hold the BGP password."""
    cluster = find.cluster(context.db(), cluster_id)
    spec = snapshot.applied_spec(cluster, context.box())
    if spec is None:
        raise Refusal(
            409,
            f"{find.name_of(cluster)} is not on the fabric.",
            "The manifests hold what the fabric told when the plan was applied, such as its AS.",
            "Apply first.",
        )
    found = archive.files(complete(spec), context.settings(), lambda text: None)
    context.audit("manifests.downloaded", find.name_of(cluster))
    context.db().commit()
    return _file(archive.packed(f"{cluster.name}-manifests", found), "application/gzip", cluster, "manifests.tar.gz")


def _file(text: str | bytes, kind: str, cluster: Cluster, name: str) -> Response:
    letters = (letter for letter in cluster.name or "draft" if letter.isascii())
    start = "".join(letter for letter in letters if letter.isalnum() or letter == "-")
    header = {"Content-Disposition": f'attachment; filename="{start}-{name}"'}
    return Response(text, mimetype=kind, headers=header)
