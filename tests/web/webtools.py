"""What the web tests share beyond fixtures."""

from __future__ import annotations

import dataclasses
import re

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

PASSWORD = "correct horse battery"


@dataclasses.dataclass
class Browser:
    """A client that sends CSRF tokens as a page would."""

    client: FlaskClient

    def get(self, url: str, **more: object) -> TestResponse:
        return self.client.get(url, **more)

    def post(self, url: str, data: dict[str, str] | None = None, **more: object) -> TestResponse:
        return self.client.post(url, data={"csrf_token": self.token(), **(data or {})}, **more)

    def token(self) -> str:
        page = self.client.get("/help", follow_redirects=True).text
        found = re.search(r'name="csrf-token" content="([^"]+)"', page)
        assert found, page[:500]
        return found[1]
