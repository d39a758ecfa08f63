"""What the command line prints: calm text for people, or one JSON document for programs with messages beside it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document; messages go to stderr.")


def emit(value: Any) -> None:
    """The JSON document of a command."""
    click.echo(json.dumps(value, indent=2, sort_keys=True, default=str))


def say(text: str, *, err: bool = False, style: str = "") -> None:
    """A line for people."""
    click.echo(styled(text, style, err=err), err=err)


def styled(text: str, style: str, *, err: bool = False) -> str:
    """The text in a colour, where colours are wanted: on a terminal without NO_COLOR."""
    stream = sys.stderr if err else sys.stdout
    if not style or os.environ.get("NO_COLOR") or not stream.isatty():
        return text
    return click.style(text, fg=style)


def table(rows: Sequence[Sequence[str]], head: Sequence[str]) -> str:
    """Columns that line up; the last one is not padded."""
    every = [list(head), *(list(row) for row in rows)]
    widths = [max(len(row[at]) for row in every) for at in range(len(head))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in every)
    return "\n".join(lines)
