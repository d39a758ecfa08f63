"""Users and the audit, for administrators."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from webui.accounts import access, context, passwords, users
from webui.accounts.refusal import Refusal
from webui.store.models import Audit, User

bp = Blueprint("users", __name__, template_folder="templates")
PAGE = 100


@bp.get("/users")
@access.needs("admin")
def listing() -> str:
    """Everyone, with what can be changed."""
    return _page()


def _page(shown: tuple[str, str] | None = None, problem: str = "", name: str = "", role: str = "operator") -> str:
    rows = context.db().scalars(select(User).order_by(User.name)).all()
    return render_template(
        "accounts/users.html", users=rows, roles=users.ROLES, shown=shown, problem=problem, name=name, role=role
    )


@bp.post("/users")
@access.needs("admin")
def add() -> ResponseReturnValue:
    """Add a user; his password is shown on the page that answers, this once."""
    name, role = request.form.get("name", "").strip(), request.form.get("role", "")
    try:
        password = users.add(context.db(), name, role)
    except users.UserError as error:
        return _page(problem=str(error), name=name, role=role), 422
    context.audit("user added", name, role)
    context.db().commit()
    return _page(shown=(name, password))


@bp.post("/users/<int:number>/password")
@access.needs("admin")
def reset(number: int) -> ResponseReturnValue:
    """A new generated password, shown on the page that answers, this once."""
    user = _user(number)
    password = passwords.generated()
    users.set_password(user, password)
    context.audit("password reset", user.name)
    context.db().commit()
    return _page(shown=(user.name, password))


@bp.post("/users/<int:number>")
@access.needs("admin")
def change(number: int) -> ResponseReturnValue:
    """Another role, disabled or enabled."""
    user, form = _user(number), request.form
    try:
        if "role" in form and form["role"] != user.role:
            users.set_role(context.db(), user, form["role"])
            context.audit("role changed", user.name, form["role"])
        if "active" in form:
            users.set_active(context.db(), user, form["active"] == "yes")
            context.audit("user enabled" if user.active else "user disabled", user.name)
    except users.UserError as error:
        context.db().rollback()
        return _page(problem=str(error)), 422
    context.db().commit()
    flash(f"{user.name} is changed.", "ok")
    return redirect("/users")


def _user(number: int) -> User:
    user = context.db().get(User, number)
    if user is None:
        raise Refusal(404, "There is no such user.", "", "Go back to the list.", (("Users", "/users"),))
    return user


@bp.get("/audit")
@access.needs("admin")
def audit_log() -> str:
    """Who did what, newest first, a hundred a page."""
    page = max(1, request.args.get("page", 1, type=int))
    query = select(Audit).order_by(Audit.id.desc()).limit(PAGE).offset((page - 1) * PAGE)
    total = context.db().scalar(select(func.count()).select_from(Audit)) or 0
    return render_template(
        "accounts/audit.html", rows=context.db().scalars(query).all(), page=page, pages=-(-total // PAGE), total=total
    )
