"""Users: the first administrator, signing in with a pause after wrong passwords, and what administrators change."""

from __future__ import annotations

import datetime as dt
import re
from collections import OrderedDict
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from webui.accounts import passwords
from webui.store.models import Audit, User, new_id

TRIES = 5
"""Wrong passwords before the pause."""
PAUSE = dt.timedelta(minutes=1)
ROLES = {"viewer": "looks", "operator": "plans and applies", "admin": "also users"}
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


class UserError(Exception):
    """Why a change of users was refused, with what to do: one or two sentences."""


@dataclass(frozen=True)
class Outcome:
    """What came of a sign-in: the user, or why not."""

    user: User | None
    sentence: str = ""


def first_admin(db: Session) -> str | None:
    """Make the user `admin` when there is none at all; the password, to be shown once, or None. The caller commits."""
    if db.scalar(select(User.id).limit(1)) is not None:
        return None
    password = passwords.generated()
    db.add(User(name="admin", role="admin", password_hash=passwords.hashed(password)))
    db.add(Audit(user="anchorage", action="first admin made", target="admin"))
    return password


def sign_in(db: Session, name: str, password: str, now: dt.datetime) -> Outcome:
    """Check name and password. A try is counted before the check, so that parallel guesses count too. Commits."""
    user = db.scalar(select(User).where(User.name == name))
    if user is None:
        return _stranger(name, password, now)
    if user.locked_until and now < user.locked_until:
        return Outcome(None, _paused(user.locked_until - now))
    tries = _count_try(db, user, now)
    if tries > TRIES:
        return Outcome(None, _paused(PAUSE))
    if user.active and passwords.fits(user.password_hash, password):
        user.failed_tries, user.locked_until = 0, None
        db.commit()
        return Outcome(user)
    if tries == TRIES:
        user.locked_until = now + PAUSE
        db.commit()
    return Outcome(None, _mismatch(tries))


_strangers: OrderedDict[str, tuple[int, dt.datetime]] = OrderedDict()
"""Tries with names that nobody has, so that answers do not tell which names exist. The newest 1,000."""


def _stranger(name: str, password: str, now: dt.datetime) -> Outcome:
    passwords.fits(passwords.NOBODY, password)
    tries, since = _strangers.pop(name, (0, now))
    if tries >= TRIES and now < since + PAUSE:
        _strangers[name] = (tries, since)
        return Outcome(None, _paused(since + PAUSE - now))
    tries = 1 if tries >= TRIES else tries + 1
    _strangers[name] = (tries, now)
    while len(_strangers) > 1000:
        _strangers.popitem(last=False)
    return Outcome(None, _mismatch(tries))


def _mismatch(tries: int) -> str:
    if tries >= TRIES:
        return f"User and password do not match. {_paused(PAUSE)}"
    left = TRIES - tries
    return f"User and password do not match. {left} {'try' if left == 1 else 'tries'} left, then a pause of 1 min."


def _count_try(db: Session, user: User, now: dt.datetime) -> int:
    fresh = user.locked_until is not None and now >= user.locked_until
    value = 1 if fresh else User.failed_tries + 1
    db.execute(update(User).where(User.id == user.id).values(failed_tries=value, locked_until=None))
    db.commit()
    db.refresh(user)
    return user.failed_tries


def _paused(left: dt.timedelta) -> str:
    return f"Too many wrong passwords. Try again in {max(1, round(left.total_seconds()))} s."


def set_password(user: User, password: str) -> None:
    """A new password: its sessions end, a pause is lifted. The caller commits."""
    user.password_hash = passwords.hashed(password)
    user.session_key = new_id()
    user.failed_tries, user.locked_until = 0, None


def add(db: Session, name: str, role: str) -> str:
    """Add a user; the generated password, to be shown once. Raises UserError. The caller commits."""
    if not NAME.fullmatch(name):
        raise UserError("A user name starts with a letter or digit and holds letters, digits and . _ - @ (up to 64).")
    if db.scalar(select(User.id).where(User.name == name)) is not None:
        raise UserError(f"There is a user {name} already. Choose another name, or reset that password.")
    _known_role(role)
    password = passwords.generated()
    db.add(User(name=name, role=role, password_hash=passwords.hashed(password)))
    return password


def set_role(db: Session, user: User, role: str) -> None:
    """Give a role; the last active administrator keeps his. Raises UserError. The caller commits."""
    _known_role(role)
    if user.role == "admin" and role != "admin":
        _not_the_last_admin(db, user)
    user.role = role


def set_active(db: Session, user: User, active: bool) -> None:
    """Disable or enable; disabling ends the sessions. Raises UserError. The caller commits."""
    if not active and user.role == "admin":
        _not_the_last_admin(db, user)
    user.active, user.session_key = active, new_id()


def _known_role(role: str) -> None:
    if role not in ROLES:
        raise UserError(f"There is no role {role}. Choose one of {', '.join(ROLES)}.")


def _not_the_last_admin(db: Session, user: User) -> None:
    others = select(User.id).where(User.role == "admin", User.active.is_(True), User.id != user.id)
    if db.scalar(others.limit(1)) is None:
        raise UserError(f"{user.name} is the last administrator. Make another user administrator first.")
