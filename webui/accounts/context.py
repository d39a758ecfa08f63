"""What a view needs of the request: database session (one a request), settings, box, who asks."""

from __future__ import annotations

from typing import cast

from flask import Flask, current_app, g
from flask_login import current_user
from sqlalchemy.orm import Session, sessionmaker

from webui.settings import Settings
from webui.store.box import Box
from webui.store.models import Audit, User

_KEY = "anchorage"


def bind(app: Flask, settings: Settings, sessions: sessionmaker[Session], box: Box) -> None:
    """Give the application its settings, database and key; called once, by the factory."""
    app.extensions[_KEY] = {"settings": settings, "sessions": sessions, "box": box}
    app.teardown_appcontext(_close)


def settings() -> Settings:
    """The settings of the running application."""
    return cast(Settings, current_app.extensions[_KEY]["settings"])


def box() -> Box:
    """What seals secrets at rest."""
    return cast(Box, current_app.extensions[_KEY]["box"])


def sessions() -> sessionmaker[Session]:
    """Makes sessions for what outlives a request, such as an event stream; the caller closes them."""
    return cast("sessionmaker[Session]", current_app.extensions[_KEY]["sessions"])


def db() -> Session:
    """The request's session. Views commit; what is not committed is rolled back at the end."""
    if "db" not in g:
        g.db = sessions()()
    return cast(Session, g.db)


def who() -> str:
    """Name of the user who asks; empty when nobody is signed in."""
    return str(getattr(current_user, "name", ""))


def user() -> User:
    """The row of the user who asks."""
    return db().get_one(User, current_user.id)


def audit(action: str, target: str = "", detail: str = "", *, name: str | None = None) -> None:
    """Note who did what; committed with the rest of the request. Never give it a secret."""
    db().add(Audit(user=name or who(), action=action, target=target, detail=detail))


def _close(_: BaseException | None) -> None:
    session: Session | None = g.pop("db", None)
    if session is not None:
        session.close()
