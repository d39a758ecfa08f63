"""The database: SQLite in the home directory by default (WAL), Postgres where several machines share it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, sessionmaker

from webui.settings import Settings
from webui.store.box import Box, load_box

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_TIMEOUT = 10
"""Seconds that a writer waits for another one; runs write in short transactions."""

_SETTINGS = "anchorage_settings"


def engine(settings: Settings) -> Engine:
    """An engine for the settings' database; its directory is made (0700) when it is missing."""
    url = make_url(settings.database_url)
    options: dict[str, Any] = {"execution_options": {_SETTINGS: settings}}
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, **options)
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # IMMEDIATE: a transaction that writes takes the write lock at its start: it waits there instead of failing later.
    made = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT, "isolation_level": "IMMEDIATE"}, **options)
    event.listen(made, "connect", _prepare_sqlite)
    return made


def session_factory(made: Engine) -> sessionmaker[Session]:
    """Sessions that know the settings and the box (`settings_of`, `box_of`); objects stay readable after a commit."""
    settings: Settings = made.get_execution_options()[_SETTINGS]
    info = {"settings": settings, "box": load_box(settings.key_file)}
    return sessionmaker(made, expire_on_commit=False, info=info)


def settings_of(db: Session) -> Settings:
    """The settings that the session's engine was made with."""
    settings: Settings = db.info["settings"]
    return settings


def box_of(db: Session) -> Box:
    """What opens and closes this database's sealed columns."""
    box: Box = db.info["box"]
    return box


def migrate(settings: Settings) -> None:
    """Bring the database to the newest schema; does nothing when it is there already."""
    made = engine(settings)
    try:
        with made.connect() as connection:
            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
    finally:
        made.dispose()
    _keep_private(settings)


def _prepare_sqlite(connection: Any, record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _keep_private(settings: Settings) -> None:
    database = make_url(settings.database_url).database
    if settings.database_url.startswith("sqlite") and database and Path(database).exists():
        Path(database).chmod(0o600)
