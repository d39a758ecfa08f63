"""`user`: who may sign in to the pages."""

from __future__ import annotations

import getpass
import sys

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from webui.accounts import passwords, users
from webui.cli.errors import Said
from webui.cli.output import emit, json_option, say, table
from webui.cli.programme import open_home
from webui.store.models import Audit, User


@click.group("user")
def user_group() -> None:
    """Who may sign in to the pages."""


@user_group.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(list(users.ROLES)), default="operator", show_default=True)
@click.option("--generate", is_flag=True, help="Generate the password and print it, this once.")
@json_option
def add(name: str, role: str, generate: bool, as_json: bool) -> None:
    """Add a user. The password is asked for, or read from standard input; never given as an argument."""
    with open_home().sessions() as db:
        made = users.add(db, name, role)
        if not generate:
            made = _chosen(name)
            users.set_password(db.scalars(select(User).where(User.name == name)).one(), made)
        _commit(db, "user.add", name)
    _done(name, role, made if generate else "", as_json)


@user_group.command("password")
@click.argument("name")
@click.option("--generate", is_flag=True, help="Generate the password and print it, this once.")
@json_option
def password(name: str, generate: bool, as_json: bool) -> None:
    """Set a user's password: open sessions end."""
    with open_home().sessions() as db:
        user = db.scalars(select(User).where(User.name == name)).one_or_none()
        if user is None:
            raise Said(f"There is no user {name}. anchorage user list shows who there is.")
        made = passwords.generated() if generate else _chosen(name)
        users.set_password(user, made)
        _commit(db, "user.password", name)
    _done(name, user.role, made if generate else "", as_json)


@user_group.command("list")
@json_option
def list_users(as_json: bool) -> None:
    """Show who may sign in."""
    with open_home().sessions() as db:
        found = db.scalars(select(User).order_by(User.name)).all()
    if as_json:
        emit([{"name": user.name, "role": user.role, "active": user.active} for user in found])
        return
    say(table([[user.name, user.role, "yes" if user.active else "no"] for user in found], ["NAME", "ROLE", "ACTIVE"]))


def _chosen(name: str) -> str:
    """From the terminal, twice; else the first line of standard input."""
    if sys.stdin.isatty():
        given, again = getpass.getpass("Password: "), getpass.getpass("Again: ")
    else:
        given = again = sys.stdin.readline().rstrip("\r\n")
    complaint = passwords.complaint(given, again, name)
    if complaint:
        raise Said(complaint)
    return given


def _commit(db: Session, action: str, name: str) -> None:
    db.add(Audit(user=getpass.getuser()[:64], action=action, target=name))
    db.commit()


def _done(name: str, role: str, generated: str, as_json: bool) -> None:
    if as_json:
        emit({"name": name, "role": role, **({"password": generated} if generated else {})})
        return
    say(f"{name} may sign in as {role}.")
    if generated:
        say(f"Password, shown this once: {generated}")
