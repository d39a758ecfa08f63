"""Reading SPEC: a file or standard input, with its secrets resolved, and what is wrong in it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from webui import spec as specs
from webui.cli.errors import Said
from webui.cli.output import say
from webui.spec import ClusterSpec, Problem

spec_argument = click.argument("spec", type=click.Path(dir_okay=False, allow_dash=True))


@dataclass(frozen=True)
class SpecFile:
    """A document with resolved secrets, the spec it gives, and the Problems of reading it."""

    document: dict[str, Any]
    spec: ClusterSpec
    problems: list[Problem]


def read(path: str) -> SpecFile:
    """Read SPEC. Raises Said when there is no such file."""
    document, problems = specs.load_yaml(_text(path))
    base = Path.cwd() if path == "-" else Path(path).resolve().parent
    resolved = specs.secrets.resolve(document, os.environ, lambda name: (base / Path(name).expanduser()).read_text())
    parsed = specs.parse(resolved)
    return SpecFile(resolved, parsed.spec, problems + parsed.problems)


def _text(path: str) -> str:
    if path == "-":
        return sys.stdin.read()
    try:
        return Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Said(f"There is no file {path}. Give the path of a spec; examples/ has some to start from.") from None
    except UnicodeDecodeError:
        raise Said(f"{path} is not text in UTF-8. Give a spec in YAML or JSON.") from None


def problems_of(file: SpecFile, stage: Any = "all") -> list[Problem]:
    """Everything that is wrong with the document, as far as it can be told without the fabric."""
    wrong = {problem.field for problem in file.problems}  # a value that was refused is not also missing
    checked = [problem for problem in specs.check(file.spec, stage=stage) if problem.field not in wrong]
    return list(dict.fromkeys([*file.problems, *checked]))


def must_be_right(file: SpecFile) -> None:
    """Say the Problems of the fabric's part. Raises Said when one of them forbids to go on."""
    found = problems_of(file, "fabric")
    show(found, err=True)
    blocking = [problem for problem in found if problem.severity == "blocking"]
    if blocking:
        noun = "problem" if len(blocking) == 1 else "problems"
        raise Said(f"The spec has {len(blocking)} {noun}, named above. Mend it and try again.")


def show(found: Sequence[Problem], *, err: bool = False) -> None:
    """Problems for people: field, sentence, remedy."""
    for problem in found:
        blocking = problem.severity == "blocking"
        say(f"{'Problem' if blocking else 'Warning'}  {problem.field or 'document'}", err=err,
            style="red" if blocking else "yellow")  # fmt: skip
        say(f"         {problem.sentence} {problem.remedy}".rstrip(), err=err)
