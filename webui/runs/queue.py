"""The queue between web and worker: huey, in a file beside the database, or in Postgres where the database is that.

It carries run numbers alone. What a run is, and whether it may start, the runs table says: a task that comes twice, or
late, does nothing.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from huey import Huey, SqliteHuey
from sqlalchemy.engine import make_url

from webui.settings import Settings

TASK = "execute_run"


@cache
def huey_for(settings: Settings) -> Huey:
    """The queue of these settings. Its one task is given a body by the worker."""
    if make_url(settings.database_url).get_backend_name() == "sqlite":
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        return SqliteHuey("anchorage", filename=str(settings.home / "queue.sqlite3"), results=False, timeout=10)
    from huey.contrib.sql_huey import SqlHuey

    return SqlHuey("anchorage", database=settings.database_url, results=False)


@cache
def _task(settings: Settings) -> Any:
    def execute_run(run_id: int) -> None:
        raise NotImplementedError("The worker alone executes runs.")

    return huey_for(settings).task(name=TASK)(execute_run)


def enqueue(settings: Settings, run_id: int) -> None:
    """Hand a run to the worker."""
    _task(settings)(run_id)
