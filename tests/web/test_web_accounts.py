"""Signing in, the pause after wrong passwords, users and the audit."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session
from webtools import PASSWORD, Browser

from webui.accounts import passwords, users
from webui.accounts.pages import safe_next
from webui.store.models import Audit, User, now


def audit(db: Session) -> list[tuple[str, str, str]]:
    return [(row.user, row.action, row.target) for row in db.scalars(select(Audit).order_by(Audit.id))]


def test_the_first_start_makes_one_admin_with_a_random_password(db: Session) -> None:
    first = users.first_admin(db)
    db.commit()
    assert first and re.fullmatch(r"([a-z2-9]{4}-){3}[a-z2-9]{4}", first)
    assert users.first_admin(db) is None
    admin = db.scalars(select(User)).one()
    assert (admin.name, admin.role) == ("admin", "admin")
    assert admin.password_hash.startswith("$argon2id$") and first not in admin.password_hash


def test_the_password_opens_and_the_page_asked_for_comes(stranger: Browser, admin_password: str) -> None:
    asked = stranger.get("/runs?page=2", headers={"Accept": "text/html"})
    assert asked.location == "/sign-in?next=/runs?page%3D2"
    answer = stranger.post(asked.location, {"name": "admin", "password": admin_password})
    assert (answer.status_code, answer.location) == (302, "/runs?page=2")
    assert stranger.get("/").status_code == 200


def test_a_wrong_password_says_how_many_tries_are_left(stranger: Browser, admin_password: str, db: Session) -> None:
    said = [stranger.post("/sign-in", {"name": "admin", "password": "no"}).text for _ in range(5)]
    for left, page in zip((4, 3, 2), said, strict=False):
        assert f"{left} tries left, then a pause of 1 min." in page
    assert "1 try left" in said[3]
    assert "Too many wrong passwords. Try again in 60 s." in said[4]
    even_right = stranger.post("/sign-in", {"name": "admin", "password": admin_password})
    assert even_right.status_code == 401 and "Try again in" in even_right.text
    assert ("admin", "sign-in refused", "admin") in audit(db)


def test_the_pause_ends_after_a_minute(db: Session, admin_password: str) -> None:
    start = now()
    for _ in range(5):
        users.sign_in(db, "admin", "no", start)
    assert users.sign_in(db, "admin", admin_password, start + dt.timedelta(seconds=59)).user is None
    again = users.sign_in(db, "admin", "no", start + dt.timedelta(seconds=61))
    assert "4 tries left" in again.sentence
    assert users.sign_in(db, "admin", admin_password, start + dt.timedelta(seconds=62)).user is not None


def test_answers_do_not_tell_which_names_exist(db: Session, admin_password: str) -> None:
    start = now()
    known = [users.sign_in(db, "admin", "no", start).sentence for _ in range(7)]
    unknown = [users.sign_in(db, "nobody-has-this", "no", start).sentence for _ in range(7)]
    assert known == unknown


def test_a_disabled_user_stays_out_and_his_session_ends(signed_in: Callable, db: Session) -> None:
    boss, eve = signed_in("admin"), signed_in("operator", "eve")
    number = db.scalars(select(User.id).where(User.name == "eve")).one()
    assert eve.get("/").status_code == 200
    assert boss.post(f"/users/{number}", {"active": "no"}).status_code == 302
    assert eve.get("/").status_code == 302
    assert eve.post("/sign-in", {"name": "eve", "password": PASSWORD}).status_code == 401


def test_signing_out_needs_a_post(signed_in: Callable) -> None:
    browser = signed_in("viewer")
    assert browser.get("/sign-out").status_code == 405
    assert browser.post("/sign-out").status_code == 302
    assert browser.get("/").status_code == 302


def test_a_new_password_ends_other_sessions(app: object, signed_in: Callable) -> None:
    here = signed_in("operator")
    there = Browser(app.test_client())  # type: ignore[attr-defined]
    there.post("/sign-in", {"name": "operator", "password": PASSWORD})
    assert there.get("/").status_code == 200
    form = {"old": PASSWORD, "new": "tapir under lamp", "again": "tapir under lamp"}
    assert here.post("/account", form).status_code == 302
    assert here.get("/").status_code == 200
    assert there.get("/").status_code == 302
    assert there.post("/sign-in", {"name": "operator", "password": "tapir under lamp"}).status_code == 302


@pytest.mark.parametrize(
    ("old", "new", "again", "sentence"),
    [
        ("wrong", "tapir under lamp", "tapir under lamp", "This is not your present password."),
        (PASSWORD, "short", "short", "Too short: 5 characters."),
        (PASSWORD, "operator-1234", "operator-1234", "It holds the user name."),
        (PASSWORD, "tapir under lamp", "tapir under lampe", "The two entries differ."),
    ],
)
def test_a_bad_new_password_is_refused_in_words(
    signed_in: Callable, old: str, new: str, again: str, sentence: str
) -> None:
    answer = signed_in("operator").post("/account", {"old": old, "new": new, "again": again})
    assert answer.status_code == 422 and sentence in answer.text


def test_an_added_user_gets_a_password_shown_once(signed_in: Callable, stranger: Browser, db: Session) -> None:
    boss = signed_in("admin")
    page = boss.post("/users", {"name": "eve", "role": "viewer"}).text
    password = re.search(r"Password of eve:</b>.*?<code>([^<]+)</code>", page, re.S)
    assert password and password[1] not in boss.get("/users").text
    assert stranger.post("/sign-in", {"name": "eve", "password": password[1]}).status_code == 302
    assert ("admin", "user added", "eve") in audit(db)
    assert not any(password[1] in " ".join(row) for row in audit(db))


@pytest.mark.parametrize(
    ("name", "role", "sentence"),
    [
        ("admin", "viewer", "There is a user admin already."),
        ("", "viewer", "starts with a letter"),
        ("a b", "viewer", "holds letters"),
        ("eve", "god", "There is no role god."),
    ],
)
def test_a_bad_new_user_is_refused_in_words(signed_in: Callable, name: str, role: str, sentence: str) -> None:
    answer = signed_in("admin").post("/users", {"name": name, "role": role})
    assert answer.status_code == 422 and sentence in answer.text


def test_the_last_administrator_stays(signed_in: Callable, db: Session) -> None:
    boss = signed_in("admin")
    number = db.scalars(select(User.id).where(User.name == "admin")).one()
    for change in ({"role": "viewer"}, {"active": "no"}):
        answer = boss.post(f"/users/{number}", change)
        assert answer.status_code == 422 and "is the last administrator" in answer.text
    assert boss.get("/users").status_code == 200


def test_a_reset_password_lifts_the_pause(signed_in: Callable, stranger: Browser, db: Session) -> None:
    boss = signed_in("admin")
    signed_in("operator", "eve")
    for _ in range(5):
        stranger.post("/sign-in", {"name": "eve", "password": "no"})
    number = db.scalars(select(User.id).where(User.name == "eve")).one()
    page = boss.post(f"/users/{number}/password").text
    password = re.search(r"Password of eve:</b>.*?<code>([^<]+)</code>", page, re.S)
    assert password
    assert stranger.post("/sign-in", {"name": "eve", "password": password[1]}).status_code == 302


@pytest.mark.parametrize(
    "goal",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\tx",
        "javascript:alert(1)",
        "evil",
        "",
        None,
        "/a\nb",
    ],
)
def test_next_never_leads_elsewhere(goal: str | None) -> None:
    assert safe_next(goal) == "/"


@given(st.text(max_size=40))
def test_next_is_always_a_path_of_ours(goal: str) -> None:
    found = safe_next(goal)
    parts = urlsplit(found)
    assert found.startswith("/") and not found.startswith("//") and "\\" not in found
    assert not parts.netloc and not parts.scheme


def test_generated_passwords_have_80_bits() -> None:
    made = {passwords.generated() for _ in range(200)}
    assert len(made) == 200
    letters = set("".join(made)) - {"-"}
    assert len(letters) >= 30 and not letters & set("il1o0")
