"""The stages of a run, in order. A stage is a module in `stages/` with `NAME` and `run(context)`."""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session, sessionmaker

from webui.runs import stages
from webui.runs.events import EventLog
from webui.runs.scope import order
from webui.runs.stop import Ended, Stop
from webui.settings import Settings
from webui.spec import ClusterSpec
from webui.store.box import Box
from webui.store.models import STAGES, Run, Stage, now

StageRun = Callable[["Context"], None]


class Skipped(Exception):
    """Raised by a stage that has nothing to do in this run; the message says why."""


@dataclass
class Context:
    """What a stage has to work with. `run` is a detached row, as it was when the run began."""

    run: Run
    spec: ClusterSpec
    credential: dict[str, Any] | None
    settings: Settings
    sessions: sessionmaker[Session]
    box: Box
    log: EventLog
    stop: Stop
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    stage: str = ""

    def say(self, text: str, level: str = "info", data: dict[str, Any] | None = None) -> None:
        """A line in the log of the stage at work."""
        self.log.say(text, level=level, stage=self.stage, data=data)

    def progress(self, done: int, total: int) -> None:
        """How far the stage at work is."""
        self.log.progress(order(self.run.action).index(self.stage), done, total)

    def store(self, **values: Any) -> None:
        """Write columns of the run's row."""
        with self.sessions() as db:
            db.execute(update(Run).where(Run.id == self.run.id).values(**values))
            db.commit()
        for name, value in values.items():
            setattr(self.run, name, value)


@cache
def built() -> dict[str, StageRun]:
    """The stages that exist, by name, in the order of a run."""
    modules = (
        importlib.import_module(f"{stages.__name__}.{found.name}") for found in pkgutil.iter_modules(stages.__path__)
    )
    known = {module.NAME: module.run for module in modules}
    return {name: known[name] for name in STAGES if name in known}


def run_stages(context: Context, waiting: list[str]) -> None:
    """Run the stages that wait, one after the other. Raises what a stage raises, after noting it on the stage."""
    there = built()
    for name in order(context.run.action):
        if name not in waiting or name not in there:
            continue
        act = there[name]
        context.stage = name
        _enter(context)
        try:
            if context.stop.asked:
                raise Ended
            act(context)
        except Skipped as why:
            context.say(str(why))
            _leave(context, "skipped", str(why))
            continue
        except Ended:
            _leave(context, "stopped")
            raise
        except BaseException:
            _leave(context, "failed")
            raise
        _leave(context, "done")


def _enter(context: Context) -> None:
    _note(context, state="running", started=now())


def _leave(context: Context, state: str, detail: str = "") -> None:
    context.log.flush()
    _note(context, state=state, ended=now(), **({"detail": detail} if detail else {}))


def _note(context: Context, **values: Any) -> None:
    of_stage = (Stage.run_id == context.run.id, Stage.name == context.stage)
    with context.sessions() as db:
        db.execute(update(Stage).where(*of_stage).values(**values))
        db.commit()
