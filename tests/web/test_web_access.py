"""Nobody gets in without a sign-in, nobody beyond his role, and no page runs foreign script."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from webui.accounts import access
from webui.store.models import Cluster, Run

PAGES = ("/", "/runs", "/sites", "/help", "/users", "/audit", "/account", "/nowhere")
OPEN = {"accounts.sign_in", "healthz", "static"}


def address(rule: Rule) -> str:
    """Any address that fits the rule."""
    return re.sub(r"<(?:(\w+):)?\w+>", lambda found: "1" if found[1] == "int" else "x", rule.rule)


def routes(app: Flask) -> list[tuple[str, str, str]]:
    """(endpoint, method, address) of every route."""
    return [
        (rule.endpoint, method, address(rule))
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def test_only_sign_in_static_and_health_are_open(app: Flask) -> None:
    found = routes(app)
    assert len(found) > 25
    client = app.test_client()
    app.config["WTF_CSRF_ENABLED"] = False
    for endpoint, method, url in found:
        answer = client.open(url, method=method, headers={"Accept": "text/html"})
        closed = answer.status_code == 302 and answer.location.startswith("/sign-in")
        assert closed == (endpoint not in OPEN), f"{method} {url} ({endpoint}) answered {answer.status_code}"


def test_scripts_of_a_page_get_401_and_not_a_form(app: Flask) -> None:
    for accept in ("application/json", "text/event-stream"):
        answer = app.test_client().get("/runs/1/events", headers={"Accept": accept})
        assert answer.status_code == 401
        assert "signed out" in answer.text


def test_every_post_needs_a_csrf_token(app: Flask, signed_in: Callable) -> None:
    client = signed_in("admin").client
    posts = [url for endpoint, method, url in routes(app) if method == "POST"]
    assert len(posts) > 10
    for url in posts:
        answer = client.post(url, data={"name": "x"}, headers={"Accept": "text/html"})
        assert answer.status_code == 400, f"{url} answered {answer.status_code}"
        assert "This form is no longer valid." in answer.text


def test_a_viewer_looks_and_changes_nothing(app: Flask, signed_in: Callable) -> None:
    viewer = signed_in("viewer")
    assert viewer.get("/").status_code == 200
    own = {"accounts.sign_in", "accounts.sign_out", "accounts.own"}
    for endpoint, method, url in routes(app):
        if method == "GET" or endpoint in own:
            continue
        answer = viewer.post(url)
        assert answer.status_code == 403, f"{method} {url} ({endpoint}) answered {answer.status_code}"
        assert "whose role is viewer" in answer.text


def test_an_operator_does_not_keep_users(signed_in: Callable) -> None:
    operator = signed_in("operator")
    for url in ("/users", "/audit"):
        assert operator.get(url).status_code == 403
    assert operator.post("/users", {"name": "eve", "role": "admin"}).status_code == 403


@pytest.mark.parametrize(
    ("mark", "method", "role"),
    [(None, "GET", "viewer"), (None, "POST", "operator"), (None, "DELETE", "operator"), ("admin", "GET", "admin")],
)
def test_a_view_without_a_mark_is_closed_by_method(mark: access.Role | None, method: str, role: str) -> None:
    def view() -> None: ...

    assert access.required_role(access.needs(mark)(view) if mark else view, method) == role


def test_every_answer_has_the_strict_policy(app: Flask, signed_in: Callable) -> None:
    browser = signed_in("admin")
    for url in (*PAGES, "/healthz", "/static/icons.svg"):
        headers = browser.get(url).headers
        policy = headers["Content-Security-Policy"]
        assert "unsafe" not in policy, url
        for wanted in ("default-src 'self'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"):
            assert wanted in policy, url
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_no_page_holds_inline_script_or_style(signed_in: Callable, db: Session) -> None:
    cluster = Cluster(name="k8s-dc1", site="lab", draft={"name": "k8s-dc1"})
    db.add(cluster)
    db.flush()
    run = Run(cluster_id=cluster.id, number=1, kind="plan", state="succeeded", diff={"summary": {}, "groups": []})
    db.add(run)
    db.commit()
    browser = signed_in("admin")
    for url in (*PAGES, f"/clusters/{cluster.id}", f"/runs/{run.id}"):
        page = browser.get(url).text
        assert "</html>" in page
        assert not re.search(r"<script(?![^>]*\bsrc=)", page), url
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page), url


def test_cookies_are_out_of_scripts_reach_and_secure_on_https(app: Flask) -> None:
    plain = app.test_client().get("/sign-in").headers["Set-Cookie"]
    assert "HttpOnly" in plain and "SameSite=Lax" in plain and "Secure" not in plain
    safe = app.test_client().get("/sign-in", base_url="https://anchorage.example")
    assert "Secure" in safe.headers["Set-Cookie"]
    assert "max-age" in safe.headers["Strict-Transport-Security"]


def test_the_cookie_key_comes_from_the_key_file(app: Flask, settings: object) -> None:
    key = app.config["SECRET_KEY"]
    assert len(key) == 32
    assert key not in settings.key_file.read_bytes()  # type: ignore[attr-defined]


def test_a_fault_gives_a_number_and_no_trace(app: Flask, signed_in: Callable, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> str:
        raise RuntimeError("the secret is 4711")

    app.add_url_rule("/broken", view_func=broken)
    page = signed_in("viewer").get("/broken")
    assert page.status_code == 500
    assert "Anchorage failed at this page." in page.text
    assert "4711" not in page.text and "Traceback" not in page.text
    number = re.search(r"<code>([0-9a-f]{8})</code>", page.text)
    assert number and number[1] in caplog.text


@pytest.mark.parametrize(
    ("url", "code"), [("/nowhere", 404), ("/clusters/none", 404), ("/runs/99", 404), ("/users/99", 405)]
)
def test_error_pages_say_what_and_what_now(signed_in: Callable, url: str, code: int) -> None:
    answer = signed_in("admin").get(url)
    assert answer.status_code == code
    assert "<h1>" in answer.text and 'class="btn pri"' in answer.text


def test_too_big_a_form_is_refused_in_words(app: Flask, signed_in: Callable) -> None:
    browser = signed_in("operator")
    answer = browser.post("/sign-out", {"x": "a" * (4 * 1024 * 1024 + 1)})
    assert answer.status_code == 413
    assert "Too much was sent." in answer.text
