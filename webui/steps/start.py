"""Where a draft begins: empty, or filled with the lab's example."""

from __future__ import annotations

from itertools import count
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from lab import site as lab_site
from webui import examples
from webui.accounts import access, context
from webui.accounts.refusal import Refusal
from webui.spec import ClusterSpec, parse
from webui.steps import bp, drafts
from webui.steps.document import at, put
from webui.steps.fabric import signin
from webui.steps.pages import FORMS
from webui.store.models import Cluster


@bp.route("/new", methods=["GET", "POST"])
@access.needs("operator")
def new() -> ResponseReturnValue:
    """What can be begun (GET), and an empty draft (POST)."""
    if request.method == "GET":
        lab = lab_site.status(context.settings().lab_home)
        return render_template("steps/new.html", section="clusters", lab=lab, shows_lab=bool(lab))
    cluster = drafts.create(context.db(), context.who())
    context.audit("draft.created", cluster.id)
    context.db().commit()
    return redirect(url_for("steps.fabric", cluster_id=cluster.id), 303)


@bp.post("/example")
@access.needs("operator")
def example() -> ResponseReturnValue:
    """A whole draft for the lab, signed in there, ready to plan; every field can be changed."""
    if lab_site.status(context.settings().lab_home) is None:
        raise Refusal(
            409,
            "The built-in lab is not running.",
            "The example is a draft for its simulated APIC.",
            "Start the lab on the Sites page, or with “anchorage lab up”; then fill in the example.",
            (("Sites", "/sites"), ("New cluster", url_for("steps.new"))),
        )
    document = free_name(examples.example("lab"))
    cluster = drafts.create(context.db(), context.who())
    pages = tuple(page.key for page in FORMS)
    drafts.replace(context.db(), context.box(), cluster.id, drafts.Whole(document, pages=pages))
    _sign_in(cluster, parse(document).spec)
    context.audit("draft.created", cluster.name or cluster.id, "example")
    context.db().commit()
    return redirect(url_for("steps.review", cluster_id=cluster.id), 303)


def free_name(document: dict[str, Any]) -> dict[str, Any]:
    """The example under a name that no cluster has: the second one must be a cluster of its own."""
    name, taken = str(at(document, "name")), set(context.db().scalars(select(Cluster.name)))
    names = (name if n == 1 else f"{name}-{n}" for n in count(1))
    free = next(candidate for candidate in names if candidate not in taken)
    return document if free == name else put(document, {"name": free, "l3out.name": free})


def _sign_in(cluster: Cluster, spec: ClusterSpec) -> None:
    outcome = signin.sign_in(spec, "", cluster.id, context.settings())
    if outcome.stored:
        cluster.sealed_credential = context.box().seal(outcome.stored)
    elif outcome.trouble:
        flash(f"The example is filled in, but the lab did not take the sign-in: {outcome.trouble.sentence}", "warn")
