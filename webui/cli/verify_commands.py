"""`verify`: asks cluster and fabric, prints sessions, prefixes and checks, and what is red with its cause."""

from __future__ import annotations

import os

import click

from webui.cli import contact, running, spec_files
from webui.cli.errors import Said, sentence_of
from webui.cli.output import emit, json_option, say, styled, table
from webui.cli.programme import Programme, open_home
from webui.clusters import verified
from webui.runs import service
from webui.runs.stages.verify import NO_WORKLOAD
from webui.store.models import Cluster, Run
from webui.verify import Cell, Report

GREEN, RED, NOT_ASKED = 0, 1, 2
"""Exit codes: all green; something is red; it could not be asked."""
MARKS = {"ok": "+", "warn": "!", "bad": "x", "none": "-", "unknown": "?"}


@click.command()
@spec_files.spec_argument
@click.option("--no-workload", is_flag=True, help="Make no test workload: no pod and no test service is asked.")
@click.option("--quiet", "-q", is_flag=True, help="Only warnings and errors beside the result.")
@json_option
def verify(spec: str, no_workload: bool, quiet: bool, as_json: bool) -> None:
    """Prove what SPEC promises, at cluster and fabric. Exit code 0: all green, 1: something is red, 2: not asked."""
    if no_workload:
        os.environ[NO_WORKLOAD] = "no"
    try:
        run, report = _verified(spec, quiet=quiet)
    except click.exceptions.Exit:
        raise
    except Exception as error:
        say(f"Error: {error.message if isinstance(error, Said) else sentence_of(error)}", err=True)
        raise click.exceptions.Exit(NOT_ASKED) from error
    if report is None:
        card = run.failure or {}
        said = " ".join(str(card[part]) for part in ("what", "cause", "remedy") if card.get(part))
        say(f"Error: {said or f'The run ended as {run.state}.'}", err=True)
        raise click.exceptions.Exit(NOT_ASKED)
    if as_json:
        emit(report.to_json())
    else:
        show(report)
    raise click.exceptions.Exit(GREEN if report.green else RED)


def _verified(path: str, *, quiet: bool) -> tuple[Run, Report | None]:
    """The run as it ended, and the report that it left, if it left one."""
    file = spec_files.read(path)
    if not file.spec.name:
        raise Said("The spec has no name, so it is not known which cluster to verify.")
    programme = open_home()
    with programme.sessions() as db:
        cluster = contact.find(db, file.spec.name)
    if cluster is None:
        raise Said(f"There is no cluster {file.spec.name} here. anchorage runs shows which there are.")
    running.tidy(programme)
    contact.make_sure(programme, cluster.id, file.spec)
    with programme.sessions() as db:
        run = service.request_act(db, cluster.id, contact.who(), "verify", enqueue=False)
    ended = running.carry_out(programme, run.id, quiet=quiet)
    return ended, _left(programme, ended)


def _left(programme: Programme, run: Run) -> Report | None:
    """The cluster's report, where it is of this run: a run that could not ask leaves the one before."""
    with programme.sessions() as db:
        report = verified.of(db.get_one(Cluster, run.cluster_id).outputs)
    at = verified.when(report.at) if report else None
    return report if at and run.started and at >= run.started else None


def show(report: Report) -> None:
    """For people: matrices of words, then what is red."""
    for title, lines in _parts(report):
        say(title)
        say(lines)
        say("")
    for finding in report.findings:
        style = "red" if finding.severity == "bad" else "yellow"
        say(f"{finding.number}. {finding.what}", style=style)
        say(f"   {finding.cause}")
        for line in finding.evidence:
            say(f"   - {line}")
        say(f"   {finding.remedy}{f' ({finding.field})' if finding.field else ''}")
    for note in report.notes:
        say(note)
    say(styled(report.sentence, "green" if report.green else "red", err=False))


def _parts(report: Report) -> list[tuple[str, str]]:
    leaves = [f"leaf {leaf.node}" for leaf in report.leaves]
    found: list[tuple[str, list[list[str]], list[str]]] = [
        (
            "Sessions",
            [[row.node, *("/".join(map(_word, some)) for some in row.cells)] for row in report.sessions],
            ["node", *leaves],
        ),
        (
            "Prefixes",
            [[row.prefix, row.source, *map(_word, row.cells)] for row in report.prefixes],
            ["prefix", "from", *leaves],
        ),
        (
            "Nodes",
            [[row.name, *map(_word, (row.ready, row.agent, row.label, row.routes))] for row in report.nodes],
            ["node", "kubernetes", "agent", "rack", "ways to pods"],
        ),
        (
            "On the APIC",
            [[row.title, row.wanted, row.found, _word(row.cell)] for row in report.settings],
            ["setting", "spec", "apic", "state"],
        ),
        (
            "Data path",
            [[row.source, *(MARKS[cell.state] for cell in row.cells)] for row in report.checks],
            ["from", *report.columns],
        ),
    ]
    return [(title, table(rows, head)) for title, rows, head in found if rows]


def _word(cell: Cell) -> str:
    if cell.state in ("none", "unknown"):
        return MARKS[cell.state]
    why = f" [{cell.finding}]" if cell.finding else ""
    return f"{MARKS[cell.state]} {cell.words}{why}"
