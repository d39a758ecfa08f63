"""The wizard on an empty database, users signed in, and one lab for the whole session."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from lab import site as lab_site
from lab.vcenter import site as vcenter_site
from webui.accounts import passwords
from webui.app import create_app
from webui.settings import Settings, load
from webui.store.box import load_box
from webui.store.engine import engine, migrate, session_factory
from webui.store.models import Cluster, User

PASSWORD = "correct horse battery"
HASH = passwords.hashed(PASSWORD)


@pytest.fixture(scope="session")
def lab_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home whose built-in lab is up: the real simulator, in its own process."""
    home = tmp_path_factory.mktemp("lab-home")
    lab_site.up(home / "lab", home / "cache")
    yield home
    lab_site.down(home / "lab")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return _migrated(load({"ANCHORAGE_HOME": str(tmp_path / "home"), "ANCHORAGE_CACHE": str(tmp_path / "cache")}))


@pytest.fixture
def lab_settings(tmp_path: Path, lab_home: Path) -> Settings:
    """As `settings`, with the session's lab as its own."""
    environ = {"ANCHORAGE_HOME": str(lab_home), "ANCHORAGE_CACHE": str(tmp_path / "cache")}
    return _migrated(load({**environ, "ANCHORAGE_DATABASE_URL": f"sqlite:///{tmp_path / 'lab.sqlite3'}"}))


def _migrated(settings: Settings) -> Settings:
    migrate(settings)
    return settings


@dataclasses.dataclass
class Wizard:
    """A signed-in user's browser without scripts: it posts what the page's form holds, changed as told."""

    client: FlaskClient
    settings: Settings
    cluster_id: str = ""

    def url(self, page: str) -> str:
        return f"/clusters/{self.cluster_id}/{page}"

    def get(self, page: str, **more: object):
        return self.client.get(self.url(page), **more)

    def begin(self) -> Wizard:
        answer = self.client.post("/clusters/new", data={"csrf_token": self.token()})
        assert answer.status_code == 303, answer.text
        return dataclasses.replace(self, cluster_id=answer.location.split("/")[2])

    def example(self) -> Wizard:
        answer = self.client.post("/clusters/example", data={"csrf_token": self.token()})
        assert answer.status_code == 303, answer.text
        return dataclasses.replace(self, cluster_id=answer.location.split("/")[2])

    def token(self) -> str:
        found = re.search(r'name="csrf-token" content="([^"]+)"', self.client.get("/help").text)
        assert found
        return found[1]

    def seen(self, page: str) -> str:
        """What a freshly loaded page remembers of the draft."""
        found = re.search(r'name="seen" value="([^"]*)"', self.get(page).text)
        assert found
        return found[1].replace("&#34;", '"').replace("&quot;", '"')

    def send(self, page: str, values: dict[str, object], *, seen: str | None = None, do: str = "save"):
        data = {"csrf_token": self.token(), "do": do, "seen": self.seen(page) if seen is None else seen, **values}
        return self.client.post(self.url(page), data=data)

    def autosave(self, page: str, values: dict[str, object], *, seen: str | None = None):
        data = {"csrf_token": self.token(), "seen": self.seen(page) if seen is None else seen, **values}
        return self.client.post(self.url(page) + "/save", data=data, headers={"Accept": "application/json"})

    def post(self, path: str, values: dict[str, object] | None = None, **more: object):
        return self.client.post(self.url(path), data={"csrf_token": self.token(), **(values or {})}, **more)

    def row(self) -> Cluster:
        with session_factory(engine(self.settings))() as db:
            return db.get_one(Cluster, self.cluster_id)

    def secrets(self) -> dict[str, str]:
        return load_box(self.settings.key_file).open(self.row().sealed_draft_secrets) or {}


def _wizards(settings: Settings, app: Flask, db: Session) -> Callable[..., Wizard]:
    def make(role: str = "operator", name: str | None = None) -> Wizard:
        db.add(User(name=name or role, role=role, password_hash=HASH))
        db.commit()
        made = Wizard(app.test_client(), settings)
        page = made.client.get("/sign-in").text
        token = re.search(r'name="csrf-token" content="([^"]+)"', page)
        assert token
        answer = made.client.post("/sign-in", data={"csrf_token": token[1], "name": name or role, "password": PASSWORD})
        assert answer.status_code == 302, answer.text
        return made

    return make


@pytest.fixture
def user(settings: Settings) -> Iterator[Callable[..., Wizard]]:
    """`user("viewer")`: a signed-in user; no lab."""
    with session_factory(engine(settings))() as db:
        yield _wizards(settings, create_app(settings), db)


@pytest.fixture
def wizard(user: Callable[..., Wizard]) -> Wizard:
    """An operator on an empty draft; no lab."""
    return user().begin()


@pytest.fixture
def lab_user(lab_settings: Settings) -> Iterator[Callable[..., Wizard]]:
    """As `user`, with the lab up."""
    with session_factory(engine(lab_settings))() as db:
        yield _wizards(lab_settings, create_app(lab_settings), db)


@pytest.fixture
def on_lab(lab_user: Callable[..., Wizard]) -> Wizard:
    """An operator with the example filled in, signed in to the lab."""
    return lab_user().example()


@pytest.fixture(scope="session")
def vcenter(lab_home: Path) -> Iterator[vcenter_site.VCenterSite]:
    """The session's lab with its vCenter."""
    yield vcenter_site.up(lab_home / "lab", Path("~/.cache/anchorage").expanduser())
    vcenter_site.down(lab_home / "lab")


@pytest.fixture
def in_lab(lab_user, vcenter):
    """A draft on the lab with nothing on its vCenter page."""
    wizard = lab_user().begin()
    wizard.send("fabric", {"name": "k8s-vc", "fabric.site": "lab", "mode": "full"})
    return wizard


def problems_of(answer) -> dict[str, str]:
    """Field -> sentence of an autosave's answer."""
    return {problem["field"]: problem["sentence"] for problem in json.loads(answer.text)["problems"]}
