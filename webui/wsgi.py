"""The web application as gunicorn loads it."""

from __future__ import annotations

from webui.app import create_app
from webui.settings import load

app = create_app(load())
