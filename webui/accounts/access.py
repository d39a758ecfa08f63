"""Sign-in on every route, and roles: one decision for all pages, made before the view runs.

A view needs nothing to be protected. `@public` opens it, `@needs("admin")` asks for more:

    @bp.post("/users")
    @needs("admin")
    def add() -> ResponseReturnValue: ...

Without a mark, reading asks for a viewer and everything else for an operator.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar

from flask import Flask, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user

from webui.accounts import context
from webui.accounts.refusal import Refusal, wants_page
from webui.store.models import User

Role = Literal["public", "viewer", "operator", "admin"]
RANK: dict[str, int] = {"public": 0, "viewer": 1, "operator": 2, "admin": 3}
READING = ("GET", "HEAD", "OPTIONS")
View = TypeVar("View", bound=Callable[..., Any])


def needs(role: Role) -> Callable[[View], View]:
    """Mark a view with the least role that may use it. Stands below the route's decorator."""

    def mark(view: View) -> View:
        view.needs_role = role  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """Mark a view that needs no sign-in."""
    return needs("public")(view)


def required_role(view: Callable[..., Any], method: str) -> str:
    """The least role for a view and a method."""
    return getattr(view, "needs_role", "viewer" if method in READING else "operator")


def may(role: str) -> bool:
    """Whether the user who asks has at least this role; for templates too."""
    return RANK.get(str(getattr(current_user, "role", "public")), 0) >= RANK[role]


class SignedIn:
    """The user of a session, for Flask-Login. The id holds the session key: a new password ends old sessions."""

    is_authenticated = True
    is_anonymous = False

    def __init__(self, row: User) -> None:
        self.id, self.name, self.role, self.is_active = row.id, row.name, row.role, row.active
        self._key = row.session_key

    def get_id(self) -> str:
        """Id and session key of the user."""
        return f"{self.id}:{self._key}"


def load_user(token: str) -> SignedIn | None:
    """The user of a session, or None when the account was disabled or its password changed since."""
    number, _, key = token.partition(":")
    row = context.db().get(User, int(number)) if number.isdigit() else None
    return SignedIn(row) if row and row.active and row.session_key == key else None


def protect(app: Flask) -> None:
    """Ask for a sign-in and the right role before every view."""
    manager = LoginManager(app)
    manager.user_loader(load_user)
    app.before_request(_check)
    app.jinja_env.globals["may"] = may


def _check() -> ResponseReturnValue | None:
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or request.endpoint == "static":
        return None
    role = required_role(view, request.method)
    if role == "public" or (current_user.is_authenticated and may(role)):
        return None
    if current_user.is_authenticated:
        raise Refusal(
            403,
            f"This needs the role {role}.",
            f"You are signed in as {current_user.name}, whose role is {current_user.role}.",
            "Ask an administrator of Anchorage to do it, or to give you the role.",
        )
    return _to_sign_in()


def _to_sign_in() -> ResponseReturnValue:
    if not wants_page():
        raise Refusal(401, "You are signed out.", "The session ended or the password changed.", "Sign in again.")
    back = request.full_path.rstrip("?") if request.method in READING else None
    return redirect(url_for("accounts.sign_in", next=back if back != "/" else None))
