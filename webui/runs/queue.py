"""The queue between web and worker: huey, in a file beside the database, or in Postgres where the database is that.

It carries run numbers alone. What a run is, and whether it may start, the runs table says: a task that comes twice, or
late, does nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from huey import Huey, PostgresHuey, SqliteHuey
from sqlalchemy.engine import make_url

from webui.settings import Settings

TASK = "execute_run"


@cache
def huey_for(settings: Settings) -> Huey:
    """The queue of these settings. Its one task is given a body by the worker."""
    if make_url(settings.database_url).get_backend_name() == "sqlite":
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        return SqliteHuey("anchorage", filename=str(settings.home / "queue.sqlite3"), results=False, timeout=10)
    address = make_url(settings.database_url).set(drivername="postgresql")
    return PostgresHuey("anchorage", dsn=address.render_as_string(hide_password=False), results=False)


def enqueue(settings: Settings, run_id: int) -> None:
    """Hand a run to the worker."""
    _task(settings)(run_id)


def serve(settings: Settings, execute: Callable[[int], None]) -> None:
    """Say what the worker does with a run; in the worker's process alone, before its consumer starts."""
    _bodies[settings] = execute
    _task(settings)


_bodies: dict[Settings, Callable[[int], None]] = {}


@cache
def _task(settings: Settings) -> Any:
    """The one task, known by the same name in every process; its body is the worker's."""

    def body(run_id: int) -> None:
        _bodies[settings](run_id)

    return huey_for(settings).task(name=TASK)(body)
