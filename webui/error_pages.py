"""Errors become pages once, here: what is wrong, why, what now. Never a stack trace; the log has it."""

from __future__ import annotations

import logging
import secrets

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from webui.accounts.refusal import Refusal, Words, wants_page
from webui.runs import service
from webui.store.box import WrongKey

log = logging.getLogger(__name__)

_HOME = (("Go to the clusters", "/"),)
_WORDS = {
    400: Words(
        "The request cannot be read.",
        "A part of it is missing or malformed.",
        "Go back, reload the page and try again.",
        _HOME,
    ),
    404: Words(
        "There is no such page.",
        "The address is wrong, or what it showed was removed.",
        "Start from the list of clusters.",
        _HOME,
    ),
    405: Words(
        "This address does not take that request.",
        "It expects a form, or only shows something.",
        "Use the buttons of the page.",
        _HOME,
    ),
    409: Words(
        "This is out of date.",
        "Something changed since the page was loaded.",
        "Reload the page and look at the present state.",
        _HOME,
    ),
    413: Words("Too much was sent.", "A form may hold 4 MiB.", "Go back and send less.", _HOME),
    500: Words(
        "Anchorage failed at this page.",
        "The fault is in Anchorage. Nothing was sent to the fabric by this page.",
        "Try again. If it stays, give the number below and the log to who looks after Anchorage.",
        _HOME,
    ),
}
_CSRF = Words(
    "This form is no longer valid.",
    "You signed out or in again since the page was loaded, or the form came from another site.",
    "Go back, reload the page and send it again. A draft in the wizard is kept.",
    _HOME,
)


def map_errors(app: Flask) -> None:
    """Bind the handlers."""
    app.register_error_handler(CSRFError, lambda error: _page(400, _CSRF))
    app.register_error_handler(Refusal, lambda error: _page(error.code, error.words))
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(service.Refused, _refused)
    app.register_error_handler(WrongKey, _wrong_key)


def _http(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if code < 400:
        return error.get_response()
    if isinstance(error, InternalServerError):
        return _fault(error)
    return _page(code, _WORDS.get(code) or Words(error.name + ".", error.description or "", "", _HOME))


def _fault(error: InternalServerError) -> ResponseReturnValue:
    number = secrets.token_hex(4)
    log.error("fault %s at %s %s", number, request.method, request.path, exc_info=error.original_exception or error)
    return _page(500, _WORDS[500], number)


def _refused(error: service.Refused) -> ResponseReturnValue:
    """A run that cannot be had now: the first sentence says what, the rest what to do."""
    what, _, now = str(error).partition(". ")
    return _page(409, Words(what.rstrip(".") + ".", "", now, _HOME))


def _wrong_key(error: WrongKey) -> ResponseReturnValue:
    return _page(500, Words("Stored secrets cannot be read.", str(error), "Then restart Anchorage.", _HOME))


def _page(code: int, words: Words, number: str = "") -> ResponseReturnValue:
    if not wants_page():
        return {"what": words.what, "why": words.why, "now": words.now}, code
    return render_template("error.html", code=code, words=words, number=number), code
