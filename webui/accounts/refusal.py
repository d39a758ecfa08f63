"""A refusal that a page shows as what, why and what now."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import request
from werkzeug.exceptions import HTTPException


@dataclass(frozen=True)
class Words:
    """The sentences of an error page. links: (text, address), the first is the main one."""

    what: str
    why: str = ""
    now: str = ""
    links: tuple[tuple[str, str], ...] = field(default=())


class Refusal(HTTPException):
    """Raise it in a view: `raise Refusal(409, "Run 4 is going.", "One run per cluster.", "Wait, or stop it.")`."""

    def __init__(self, code: int, what: str, why: str = "", now: str = "", links: tuple[tuple[str, str], ...] = ()):
        super().__init__(what)
        self.code = code
        self.words = Words(what, why, now, links)


def wants_page() -> bool:
    """Whether a person looks (HTML), not a script of the page (JSON, event stream)."""
    return "Accept" not in request.headers or request.accept_mimetypes.accept_html
