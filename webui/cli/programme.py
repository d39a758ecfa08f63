"""What the commands work with: settings, database, executor; opened when first asked for."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from sqlalchemy.orm import Session, sessionmaker

from webui.runs.execution import Executor
from webui.settings import Settings, load
from webui.startup import terraform
from webui.store.box import Box, load_box
from webui.store.engine import engine, migrate, session_factory


@dataclass(frozen=True)
class Programme:
    """One opened home."""

    settings: Settings
    sessions: sessionmaker[Session]
    box: Box

    @property
    def executor(self) -> Executor:
        """Executes runs in this process."""
        return Executor(self.settings, self.sessions, self.box)


def open_home(*, with_terraform: bool = False) -> Programme:
    """Read the settings, bring the database up to date, and find Terraform where it is needed."""
    settings = load()
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    _log_to(settings)
    migrate(settings)
    if with_terraform:
        settings = _with_terraform(settings)
    return Programme(settings, session_factory(engine(settings)), load_box(settings.key_file))


def _with_terraform(settings: Settings) -> Settings:
    from dataclasses import replace

    from webui.cli.output import say

    return replace(settings, terraform=terraform.find(settings.cache, lambda text: say(text, err=True)))


def _log_to(settings: Settings) -> None:
    """Traces go to a file, never to the terminal."""
    folder = settings.home / "log"
    folder.mkdir(exist_ok=True, mode=0o700)
    handler = logging.FileHandler(folder / "cli.log", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    ours = logging.getLogger("anchorage")
    ours.handlers, ours.propagate = [handler], False
