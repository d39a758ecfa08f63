"""The Fabric page: what to build, the APIC, and signing in there."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from lab import site as lab_site
from webui.accounts import context
from webui.lookups import Credential, user_name
from webui.lookups.credential import PRIVILEGES
from webui.spec import Problem
from webui.steps import bp, drafts, site, wizard
from webui.steps.document import LONGEST_TEXT, as_text, at, clean
from webui.steps.drafts import Edit
from webui.steps.fabric import signin
from webui.steps.fabric.facts import expires_in, skew_words
from webui.steps.fields import PageForm
from webui.steps.pages import BY_KEY
from webui.steps.trouble import Trouble

PAGE = BY_KEY["fabric"]
PREPARED = ("user", "cert_name", "private_key")


@bp.get("/<cluster_id>/fabric")
def fabric(cluster_id: str) -> ResponseReturnValue:
    """The page."""
    return wizard.show(wizard.visit(PAGE, cluster_id))


@bp.post("/<cluster_id>/fabric", endpoint="fabric_take")
def take(cluster_id: str) -> ResponseReturnValue:
    """Save, then go on, sign in or sign out."""
    acts = {
        "lab": use_lab,
        "sign-in": sign_in,
        "prepared": prepared,
        "try": try_pending,
        "read": again,
        "forget": forget,
    }
    return wizard.take(PAGE, cluster_id, acts)


@bp.post("/<cluster_id>/fabric/save", endpoint="fabric_save")
def save(cluster_id: str) -> ResponseReturnValue:
    """Save while the reader types."""
    return wizard.autosave(PAGE, cluster_id)


def use_lab(found: wizard.Visit, form: PageForm) -> ResponseReturnValue:
    """One click: the lab's own administrator signs in."""
    drafts.write(context.db(), context.box(), found.cluster.id, Edit(PAGE.key, {"fabric.site": "lab"}))
    found = wizard.visit(PAGE, found.cluster.id)
    return _came(found, form, signin.sign_in(found.judged.spec, "", found.cluster.id, context.settings()))


def sign_in(found: wizard.Visit, form: PageForm) -> ResponseReturnValue:
    """By the password in this request, which is then forgotten."""
    password = request.form.get("fabric.password", "")
    return _came(found, form, signin.sign_in(found.judged.spec, password, found.cluster.id, context.settings()))


def prepared(found: wizard.Visit, form: PageForm) -> ResponseReturnValue:
    """By a certificate that somebody prepared."""
    typed = {key: clean(request.form.get(f"credential.{key}", ""), LONGEST_TEXT) for key in PREPARED}
    return _came(found, form, signin.prepared(found.judged.spec, typed, context.settings()))


def try_pending(found: wizard.Visit, form: PageForm) -> ResponseReturnValue:
    """By the certificate made here, once its user was prepared at the APIC."""
    if found.reading.pending is None:
        return _to_sign_in(found)
    credential = Credential.from_json(dict(found.reading.pending))
    return _came(found, form, signin.try_out(found.judged.spec, credential, context.settings()))


def again(found: wizard.Visit, form: PageForm) -> ResponseReturnValue:
    """Read the fabric now."""
    site.forget(found.cluster.id)
    return _to_sign_in(found)


def forget(found: wizard.Visit, form: PageForm) -> ResponseReturnValue:
    """Forget the credential, and remove its user where that is possible."""
    credential = found.reading.credential
    left = signin.sign_out(found.judged.spec, credential, context.settings()) if credential else None
    _store(found, None, "fabric.signed-out")
    if left:
        flash(f"{left.sentence} {left.remedy}", "warn")
    return _to_sign_in(found)


ACTS: dict[str, wizard.Act] = {
    "lab": use_lab,
    "sign-in": sign_in,
    "prepared": prepared,
    "try": try_pending,
    "read": again,
    "forget": forget,
}
"""What the page's buttons do besides saving."""


def _came(found: wizard.Visit, form: PageForm, outcome: signin.Outcome) -> ResponseReturnValue:
    """Keep the credential, or show the page again with the trouble at its field."""
    if outcome.stored is None:
        assert outcome.trouble is not None
        return wizard.show(found, form, 422, trouble=trouble_problem(outcome.trouble))
    _store(found, outcome.stored, "fabric.signed-in")
    return _to_sign_in(found)


def _store(found: wizard.Visit, stored: dict[str, Any] | None, action: str) -> None:
    cluster = found.cluster
    cluster.sealed_credential = context.box().seal(stored) if stored else None
    context.audit(action, cluster.name or cluster.id, (stored or {}).get("user", ""))
    context.db().commit()
    site.forget(cluster.id)


def _to_sign_in(found: wizard.Visit) -> ResponseReturnValue:
    return redirect(url_for("steps.fabric", cluster_id=found.cluster.id, _anchor="sign-in"), 303)


def trouble_problem(trouble: Trouble) -> Problem:
    """A trouble as a problem of its field."""
    return Problem("blocking", trouble.field or "sign-in", trouble.sentence, trouble.remedy, "fabric")


@wizard.more("fabric")
def _more(found: wizard.Visit) -> dict[str, Any]:
    lab = lab_site.status(context.settings().lab_home)
    apics = at(found.document, "fabric.apics")
    facts = found.reading.facts
    place = as_text(at(found.document, "fabric.site")) or ("lab" if lab else "apic")
    return {
        "lab": lab,
        "site": place,
        "shows_lab": place == "lab",
        "site_fixed": bool(found.cluster.applied),
        "apics": [*(as_text(one) for one in (apics if isinstance(apics, list) else [])), "", "", ""][:3],
        "credential": found.reading.credential,
        "expires": expires_in(found.reading.credential),
        "pending": found.reading.pending,
        "privileges": PRIVILEGES,
        "own_user": user_name(found.cluster.id),
        "prepared": {key: request.form.get(f"credential.{key}", "") for key in PREPARED[:2]},
        "open_prepared": any(f"credential.{key}" in request.form for key in PREPARED)
        and "prepared" in request.form.get("do", ""),
        "skew": skew_words(facts.clock_skew if facts else None),
    }
