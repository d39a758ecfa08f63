"""`schema`: the spec's JSON Schema, for editors and for checks in a pipeline."""

from __future__ import annotations

import click

from webui import spec as specs
from webui.cli.output import emit


@click.command()
def schema() -> None:
    """Print the JSON Schema of a spec; editors complete and check with it."""
    emit(specs.json_schema())
