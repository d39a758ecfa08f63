"""Sites: the APICs that clusters are on, and the built-in lab with its start and stop."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from webui.accounts import access, context
from webui.accounts.pages import safe_next
from webui.accounts.refusal import Refusal
from webui.clusters import documents, find, lab_control
from webui.store.models import ACTIVE, Cluster, Run

bp = Blueprint("sites", __name__, template_folder="templates")


@dataclass
class Apic:
    """An APIC cluster as the specs name it, who signs in there, and what is on it."""

    addresses: list[str]
    verified: str
    clusters: list[Cluster] = field(default_factory=list)
    credentials: list[dict[str, Any]] = field(default_factory=list)


@bp.get("/sites")
def listing() -> str:
    """What Anchorage can reach."""
    clusters = context.db().scalars(select(Cluster).order_by(Cluster.name)).all()
    lab = lab_control.view()
    return render_template(
        "clusters/sites.html",
        section="sites",
        shows_lab=True,
        lab=lab,
        lab_clusters=[cluster for cluster in clusters if cluster.site == "lab"],
        apics=_apics([cluster for cluster in clusters if cluster.site != "lab"]),
        name_of=find.name_of,
    )


def _apics(clusters: list[Cluster]) -> list[Apic]:
    found: dict[tuple[str, ...], Apic] = {}
    for cluster in clusters:
        document = cluster.applied or cluster.draft
        given = documents.at(document, "fabric.apics")
        addresses = [str(one) for one in given] if isinstance(given, list) else str(given or "").split()
        if not addresses:
            continue
        apic = found.setdefault(tuple(addresses), Apic(addresses, _verified(document)))
        apic.clusters.append(cluster)
        credential = context.box().open(cluster.sealed_credential)
        if credential:
            shown = {key: credential.get(key) for key in ("user", "cert_name", "expires", "role")}
            apic.credentials.append(shown | {"cluster": find.name_of(cluster)})
    return list(found.values())


def _verified(document: Any) -> str:
    if str(documents.at(document, "fabric.tls.verify")).lower() in ("false", "no"):
        return "not verified"
    return "against the pinned CA" if documents.text(document, "fabric.tls.ca") else "against the system's CAs"


@bp.get("/sites/lab")
def lab_part() -> ResponseReturnValue:
    """The lab's card alone, read again while the lab starts."""
    where = "clusters/_lab_line.html" if request.args.get("in") == "list" else "clusters/_lab_card.html"
    return render_template(where, lab=lab_control.view())


@bp.post("/sites/lab/start")
@access.needs("operator")
def lab_start() -> ResponseReturnValue:
    """Start the lab; the page shows how far it is."""
    if lab_control.start():
        context.audit("lab started")
        context.db().commit()
    return redirect(safe_next(request.form.get("next") or url_for("sites.listing")))


@bp.post("/sites/lab/stop")
@access.needs("operator")
def lab_stop() -> ResponseReturnValue:
    """Stop the lab, unless a run works with it."""
    active = select(Run).join(Cluster).where(Cluster.site == "lab", Run.state.in_(ACTIVE))
    run = context.db().scalars(active.limit(1)).first()
    if run:
        raise Refusal(
            409,
            f"Run {run.number} of {find.name_of(run.cluster)} works with the lab.",
            "Stopping the lab now would break it off.",
            "Wait until the run has ended, or stop it first.",
            (("Go to the run", url_for("runs.page", run_id=run.id)),),
        )
    lab_control.stop()
    context.audit("lab stopped")
    context.db().commit()
    flash("The lab is stopped. What is on it is kept for the next start.", "ok")
    return redirect(url_for("sites.listing"))
