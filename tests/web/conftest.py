"""A web application on an empty database, and browsers that are signed in."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

sys.path.insert(0, str(Path(__file__).parent))
from components import add_components
from webtools import PASSWORD, Browser

from webui import assets
from webui.accounts import passwords, users
from webui.app import create_app
from webui.settings import Settings, load
from webui.store.engine import engine, migrate, session_factory
from webui.store.models import User


def at(home: Path) -> Settings:
    return load({"ANCHORAGE_HOME": str(home), "ANCHORAGE_CACHE": str(home / "cache")})


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose database was migrated once; each test works on a copy."""
    home = tmp_path_factory.mktemp("web") / "home"
    migrate(at(home))
    return home


@pytest.fixture
def settings(tmp_path: Path, empty_home: Path) -> Settings:
    shutil.copytree(empty_home, tmp_path / "home")
    return at(tmp_path / "home")


@pytest.fixture
def app(settings: Settings) -> Flask:
    made = create_app(settings)
    made.config["TESTING"] = False
    return made


@pytest.fixture
def db(settings: Settings) -> Iterator[Session]:
    with session_factory(engine(settings))() as session:
        yield session


@pytest.fixture
def stranger(app: Flask) -> Browser:
    return Browser(app.test_client())


@pytest.fixture
def signed_in(app: Flask, db: Session) -> Callable[..., Browser]:
    """`signed_in("operator")`: a browser of a user with that role; the user has the role's name."""

    def make(role: str = "operator", name: str | None = None) -> Browser:
        user = User(name=name or role, role=role, password_hash=passwords.hashed(PASSWORD))
        db.add(user)
        db.commit()
        browser = Browser(app.test_client())
        answer = browser.post("/sign-in", {"name": user.name, "password": PASSWORD})
        assert answer.status_code == 302, answer.text
        return browser

    return make


@pytest.fixture
def admin_password(db: Session) -> str:
    password = users.first_admin(db)
    db.commit()
    assert password
    return password


@pytest.fixture
def server(app: Flask) -> Iterator[str]:
    """The application on a port of the kernel's choice; its address."""
    serving = make_server("127.0.0.1", 0, app, threaded=True)
    serving.daemon_threads = True  # type: ignore[attr-defined]
    thread = threading.Thread(target=serving.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{serving.server_port}"
    serving.shutdown()
    thread.join()
    serving.server_close()


@pytest.fixture(scope="session")
def vendor() -> None:
    """Fonts and lists of others, as start-up makes them."""
    assets.build(load().cache, lambda _: None)


@pytest.fixture
def saved(app: Flask) -> list[dict[str, str]]:
    return add_components(app)


@pytest.fixture
def visit(
    vendor: None, chromium: Chromium, saved: list[dict[str, str]], server: str, signed_in: Callable[..., Browser]
) -> Iterator[Callable[..., Page]]:
    """`visit("/path", width=1280)`: a page of a signed-in operator. At the end no page has complained."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []
    cookie = signed_in("operator").client.get_cookie("anchorage")
    assert cookie

    def open_page(path: str, width: int = 1280, height: int = 900, **more: Any) -> Page:
        context = chromium.new_context(base_url=server, viewport={"width": width, "height": height}, **more)
        contexts.append(context)
        context.add_cookies([{"name": "anchorage", "value": cookie.value, "url": server}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"{path}: {error}"))
        page.on("console", lambda m: complaints.append(f"{path}: {m.text}") if m.type in ("error", "warning") else None)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
