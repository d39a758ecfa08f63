"""The database as the programs open it."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from webui.settings import Settings, load
from webui.store.box import WrongKey, load_box
from webui.store.engine import box_of, engine, migrate, session_factory, settings_of
from webui.store.models import Base, Cluster, Run


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = load({"ANCHORAGE_HOME": str(tmp_path / "home")})
    migrate(made)
    return made


@pytest.fixture
def opened(settings: Settings) -> Iterator[Engine]:
    made = engine(settings)
    yield made
    made.dispose()


@pytest.fixture
def sessions(opened: Engine) -> sessionmaker[Session]:
    return session_factory(opened)


def test_the_migrated_schema_is_the_models(opened: Engine) -> None:
    with opened.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, Base.metadata) == []


def test_the_partial_index_that_locks_a_cluster_is_in_the_database(opened: Engine) -> None:
    with opened.connect() as connection:
        sql = connection.execute(text("SELECT sql FROM sqlite_master WHERE name = 'uq_runs_one_active'")).scalar_one()
    assert "UNIQUE" in sql and "queued" in sql and "stopping" in sql


def test_migrating_twice_changes_nothing(settings: Settings, opened: Engine) -> None:
    migrate(settings)
    with opened.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == ["0004"]


def test_it_writes_ahead_waits_and_keeps_foreign_keys(opened: Engine) -> None:
    with opened.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
        assert connection.execute(text("PRAGMA busy_timeout")).scalar_one() == 10000


def test_database_and_key_are_for_their_owner_alone(settings: Settings, sessions: sessionmaker[Session]) -> None:
    assert settings.key_file.stat().st_mode & 0o777 == 0o600
    assert (settings.home / "anchorage.sqlite3").stat().st_mode & 0o777 == 0o600


def test_a_session_knows_its_settings_and_box(settings: Settings, sessions: sessionmaker[Session]) -> None:
    with sessions() as db:
        assert settings_of(db) == settings
        assert box_of(db).open(box_of(db).seal({"a": 1})) == {"a": 1}


def test_a_second_active_run_of_a_cluster_is_refused_by_the_database(sessions: sessionmaker[Session]) -> None:
    with sessions() as db:
        cluster = Cluster(name="k8s")
        cluster.runs = [Run(number=1, kind="plan", state="succeeded"), Run(number=2, kind="plan", state="running")]
        db.add(cluster)
        db.commit()
        db.add(Run(cluster_id=cluster.id, number=3, kind="plan"))
        with pytest.raises(IntegrityError):
            db.commit()


def test_times_keep_their_zone(sessions: sessionmaker[Session]) -> None:
    moment = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    with sessions() as db:
        db.add(Cluster(name="k8s", applied_at=moment))
        db.commit()
    with sessions() as db:
        read = db.execute(select(Cluster.applied_at)).scalar_one()
    assert read == moment and read.utcoffset() == dt.timedelta(0)


def test_many_writers_wait_for_each_other(sessions: sessionmaker[Session]) -> None:
    errors: list[Exception] = []

    def write(number: int) -> None:
        try:
            for step in range(10):
                with sessions() as db:
                    db.execute(select(Cluster)).all()
                    db.add(Cluster(name=f"c{number}-{step}"))
                    db.commit()
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
            errors.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with sessions() as db:
        assert not errors
        assert len(db.scalars(select(Cluster)).all()) == 60


def test_another_key_is_said_so(tmp_path: Path) -> None:
    sealed = load_box(tmp_path / "one").seal("x")
    with pytest.raises(WrongKey, match="key file"):
        load_box(tmp_path / "two").open(sealed)
