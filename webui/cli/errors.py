"""Every error of the command line is a sentence with its remedy; a trace is shown with ANCHORAGE_DEBUG=1 alone."""

from __future__ import annotations

import os
from typing import Any

import click
from sqlalchemy.exc import SQLAlchemyError

from aci.errors import AciError
from lab.providers.toolchain import ProviderBuildError
from lab.site import LabError
from webui.accounts.users import UserError
from webui.runs.failures import Failure
from webui.runs.service import Refused
from webui.store.box import WrongKey


class Said(click.ClickException):
    """An error in words; exit code 1."""

    def show(self, file: Any = None) -> None:
        """To standard error, so that `--json` output stays one document."""
        click.echo(f"Error: {self.message}", err=True)


class Cli(click.Group):
    """The root command: the one place where errors of all parts become sentences."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if os.environ.get("ANCHORAGE_DEBUG") == "1":
                raise
            raise Said(sentence_of(error)) from error


def sentence_of(error: Exception) -> str:
    """What to say of an error: its own words where it is one of ours."""
    if isinstance(error, Failure):
        return f"{error.what} {error.cause} {error.remedy}".strip()
    if isinstance(error, AciError | LabError | UserError | Refused | WrongKey | ProviderBuildError | ValueError):
        return str(error)
    if isinstance(error, SQLAlchemyError):
        return "The database cannot be used. Check ANCHORAGE_HOME and ANCHORAGE_DATABASE_URL, and who may write there."
    if isinstance(error, OSError):
        return f"{error.filename or 'The system'}: {error.strerror or error}."
    return f"Something unexpected happened ({type(error).__name__}: {error}). ANCHORAGE_DEBUG=1 shows where."
