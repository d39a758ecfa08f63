"""Signing in and out, and one's own password."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user

from webui.accounts import access, context, passwords, users
from webui.store.models import now

bp = Blueprint("accounts", __name__, template_folder="templates")


@bp.route("/sign-in", methods=["GET", "POST"])
@access.public
def sign_in() -> ResponseReturnValue:
    """The door. After it, the page that was asked for."""
    goal = safe_next(request.args.get("next"))
    if request.method == "GET":
        return redirect(goal) if current_user.is_authenticated else _door()
    name = request.form.get("name", "").strip()
    outcome = users.sign_in(context.db(), name, request.form.get("password", ""), now())
    context.audit("signed in" if outcome.user else "sign-in refused", name[:128], name=name[:64] or "nobody")
    context.db().commit()
    if outcome.user is None:
        return _door(name, outcome.sentence), 401
    session.clear()
    login_user(access.SignedIn(outcome.user))
    return redirect(goal)


def _door(name: str = "", sentence: str = "") -> str:
    return render_template("accounts/sign_in.html", name=name, sentence=sentence)


def safe_next(goal: str | None) -> str:
    """The address to go to after the sign-in: a path of this application, or the first page."""
    if not goal or not goal.startswith("/") or goal.startswith("//") or "\\" in goal or not goal.isprintable():
        return "/"
    parts = urlsplit(goal)
    return "/" if parts.scheme or parts.netloc else goal


@bp.post("/sign-out")
@access.needs("viewer")
def sign_out() -> ResponseReturnValue:
    """Leave."""
    context.audit("signed out", context.who())
    context.db().commit()
    logout_user()
    session.clear()
    return redirect("/sign-in")


@bp.route("/account", methods=["GET", "POST"])
@access.needs("viewer")
def own() -> ResponseReturnValue:
    """Change one's own password; other sessions end."""
    problems = _change_password() if request.method == "POST" else {}
    if request.method == "POST" and not problems:
        flash("The password is changed. Other sessions of yours have ended.", "ok")
        return redirect("/account")
    return render_template("accounts/own.html", problems=problems), 422 if problems else 200


def _change_password() -> dict[str, str]:
    user, form = context.user(), request.form
    if not passwords.fits(user.password_hash, form.get("old", "")):
        return {"old": "This is not your present password."}
    complaint = passwords.complaint(form.get("new", ""), form.get("again", ""), user.name)
    if complaint:
        return {"again" if "differ" in complaint else "new": complaint}
    users.set_password(user, form["new"])
    context.audit("password changed", user.name)
    context.db().commit()
    login_user(access.SignedIn(user))
    return {}
