"""The web application, put together: `create_app(settings)` is the only place where its parts meet."""

from __future__ import annotations

import hashlib
import hmac
import importlib
from pathlib import Path

from flask import Flask, request
from flask.sessions import SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response

from webui.accounts import access, context
from webui.error_pages import map_errors
from webui.filters import add_filters
from webui.settings import ROOT, Settings
from webui.store.box import load_box
from webui.store.engine import engine, session_factory

PAGES = ("webui.accounts", "webui.clusters", "webui.steps")
"""Packages with pages: each has `blueprints() -> list[Blueprint]`. A page is added there, not here."""

BIGGEST_FORM = 4 * 1024 * 1024
"""Bytes of a request; a spec with certificates has a few thousand."""

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def create_app(settings: Settings) -> Flask:
    """The WSGI application for these settings. The database must have been migrated."""
    app = Flask("webui", template_folder="templates", static_folder=str(ROOT / "static"))
    app.config.update(
        SECRET_KEY=_cookie_key(settings.key_file),
        SESSION_COOKIE_NAME="anchorage",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=BIGGEST_FORM,
        MAX_FORM_MEMORY_SIZE=BIGGEST_FORM,
        WTF_CSRF_TIME_LIMIT=None,  # a token lives as long as its session: a wizard page may stay open for a day
    )
    app.session_interface = _Cookies()
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    context.bind(app, settings, session_factory(engine(settings)), load_box(settings.key_file))
    CSRFProtect(app)
    access.protect(app)
    map_errors(app)
    add_filters(app)
    for name in PAGES:
        for blueprint in importlib.import_module(name).blueprints():
            app.register_blueprint(blueprint)
    app.add_url_rule("/healthz", "healthz", _healthz)
    app.after_request(_secure)
    return app


class _Cookies(SecureCookieSessionInterface):
    """Session cookies that are Secure when the page came by HTTPS."""

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure


def _cookie_key(key_file: Path) -> bytes:
    """The key that signs cookies: derived from the key file, neither in the source nor in the database."""
    load_box(key_file)
    return hmac.new(key_file.read_bytes().strip(), b"anchorage: session cookies", hashlib.sha256).digest()


@access.public
def _healthz() -> ResponseReturnValue:
    return {"status": "ok"}


def _secure(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    return response
