"""Review: what is wrong, what would change, the spec and its tfvars; plan and apply."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webui.accounts import access, context
from webui.accounts.refusal import Refusal
from webui.render import MachineFacts, machines_tfvars, tfvars, tfvars_secrets
from webui.render.topology import topology
from webui.runs import service
from webui.spec import ClusterSpec, complete, load_yaml, parse, secrets, to_yaml
from webui.spec.vcenter_site import GIB
from webui.steps import bp, drafts, wizard
from webui.steps.document import LONGEST_TEXT, TooBig, plain
from webui.steps.judge import count
from webui.steps.pages import BY_KEY, FORMS, PAGES
from webui.steps.review.links import link_of
from webui.steps.review.plans import standing

PAGE = BY_KEY["review"]


@bp.get("/<cluster_id>/review")
def review(cluster_id: str) -> ResponseReturnValue:
    """The page."""
    return wizard.show(wizard.visit(PAGE, cluster_id))


@bp.get("/<cluster_id>/review/progress")
def progress(cluster_id: str) -> ResponseReturnValue:
    """The plan that is being made, as the page reads it again."""
    found = wizard.visit(PAGE, cluster_id)
    return render_template(
        "steps/review/progress.html", cluster=found.cluster, standing=standing(context.db(), found.cluster)
    )


@bp.post("/<cluster_id>/review/plan")
@access.needs("operator")
def plan(cluster_id: str) -> ResponseReturnValue:
    """Ask for a plan of the draft; refused while a problem blocks it."""
    found = wizard.visit(PAGE, cluster_id)
    blocking = found.judged.blocking()
    if blocking:
        flash(f"{blocking[0].sentence} {blocking[0].remedy}", "bad")
        return _back(found, "problems")
    service.request_plan(context.db(), cluster_id, context.who())
    return _back(found)


@bp.post("/<cluster_id>/review/apply")
@access.needs("operator")
def apply(cluster_id: str) -> ResponseReturnValue:
    """Apply exactly the plan that was shown, named by the form; a newer or stale one is refused."""
    found = wizard.visit(PAGE, cluster_id)
    now = standing(context.db(), found.cluster)
    if now.plan is None or request.form.get("plan") != str(now.plan.id):
        raise Refusal(
            409,
            "This is not the newest plan.",
            "Another plan was made since the page was loaded.",
            "Look at the newest plan, then apply that.",
            (("Review", url_for("steps.review", cluster_id=cluster_id)),),
        )
    run = service.request_apply(context.db(), now.plan.id, context.who())
    return redirect(url_for("runs.page", run_id=run.id), 303)


@bp.get("/<cluster_id>/review/spec.yaml")
def spec_file(cluster_id: str) -> ResponseReturnValue:
    """The spec as a file; secrets become references to the environment."""
    found = wizard.visit(PAGE, cluster_id)
    return _file(to_yaml(found.judged.spec), "application/yaml", f"{_file_name(found)}.yaml")


@bp.get("/<cluster_id>/review/terraform.tfvars.json")
def tfvars_file(cluster_id: str) -> ResponseReturnValue:
    """The variables of terraform/fabric as a file, without secrets."""
    found = wizard.visit(PAGE, cluster_id)
    return _file(_tfvars(found) or "{}", "application/json", "terraform.tfvars.json")


@bp.post("/<cluster_id>/review/yaml")
@access.needs("operator")
def replace(cluster_id: str) -> ResponseReturnValue:
    """Put an uploaded or pasted document in the draft's place; what is no YAML is refused and shown again."""
    found = wizard.visit(PAGE, cluster_id)
    text = (_uploaded() or request.form.get("yaml", ""))[:LONGEST_TEXT]
    document, wrong = _read(text)
    if wrong:
        return wizard.show(found, code=400, yaml_typed=text, yaml_problem=wrong)
    clear, secret = secrets.split(document)
    secret.pop("fabric.password", None)
    typed = {path: value for path, value in secret.items() if not _stored(path, value)}
    pages = tuple(page.key for page in FORMS)
    drafts.replace(context.db(), context.box(), cluster_id, drafts.Whole(clear, typed, pages))
    context.audit("draft.replaced", found.cluster.name or cluster_id)
    context.db().commit()
    problems = count(parse(document).problems)
    in_it = f" {problems} in it." if problems else ""
    flash(f"The draft is replaced.{in_it}", "warn" if problems else "ok")
    return _back(found, "problems" if problems else None)


def _read(text: str) -> tuple[dict[str, Any], str]:
    """The document in a text, or why it cannot be one."""
    document, problems = load_yaml(text)
    if problems:
        return {}, f"{problems[0].sentence} {problems[0].remedy}"
    try:
        return plain(document), "" if document else "The document is empty. Paste a spec, or choose a file."
    except TooBig:
        return {}, "The document is nested into itself or too large. Write it without aliases."


@wizard.more("review")
def _more(found: wizard.Visit) -> dict[str, Any]:
    problems = found.judged.problems
    now = standing(context.db(), found.cluster)
    whole = complete(found.judged.spec, found.judged.facts, found.applied)
    return {
        "topology": topology(whole),
        "all_problems": [(problem, link_of(problem, found)) for problem in problems],
        "blocking": len(found.judged.blocking()),
        "problem_count": count(problems),
        "standing": now,
        "diff": now.diff,
        "yaml": to_yaml(found.judged.spec),
        "tfvars": _tfvars(found),
        "machine_tfvars": _machine_tfvars(found, whole),
        "tfvars_secrets": tfvars_secrets(found.judged.spec),
        "titles": {page.key: page.title for page in PAGES},
    }


def _tfvars(found: wizard.Visit) -> str:
    """The variables as JSON text; empty while a problem blocks them."""
    if found.judged.blocking():
        return ""
    whole = complete(found.judged.spec, found.judged.facts, found.applied)
    return json.dumps(tfvars(whole, found.reading.apic_url), indent=2)


def _machine_tfvars(found: wizard.Visit, whole: ClusterSpec) -> str:
    """The variables of terraform/machines as JSON text; empty where the mode or the vCenter has none."""
    facts, place = found.vcenter.facts, whole.vcenter
    if found.judged.blocking() or whole.mode != "full" or facts is None:
        return ""
    there, _ = facts.folder_parts(place.datacenter, place.folder or str(whole.name))
    fits = facts.templates_named(place.datacenter, place.template)
    disks = fits[0].disks if len(fits) == 1 else ()
    known = MachineFacts((), there, disks[0] // GIB if len(disks) == 1 else None)
    return json.dumps(machines_tfvars(whole, found.vcenter.address, known), indent=2)


def _stored(path: str, value: str) -> bool:
    """The export wrote this reference for a secret that the draft holds: the stored one is kept."""
    return value == secrets.reference(path)


def _uploaded() -> str:
    file = request.files.get("file")
    return file.read(LONGEST_TEXT).decode("utf-8", "replace") if file else ""


def _file(text: str, kind: str, name: str) -> Response:
    return Response(text, mimetype=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _file_name(found: wizard.Visit) -> str:
    return found.judged.spec.name or "cluster"


def _back(found: wizard.Visit, anchor: str | None = None) -> ResponseReturnValue:
    return redirect(url_for("steps.review", cluster_id=found.cluster.id, _anchor=anchor), 303)
