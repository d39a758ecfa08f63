"""`runs`, `run-log` and `resume`: what was done, by whom, and going on after a failure."""

from __future__ import annotations

from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from webui.cli import contact, running
from webui.cli.errors import Said
from webui.cli.output import emit, json_option, say, table
from webui.cli.programme import open_home
from webui.runs import service
from webui.store.models import Cluster, Run


@click.command()
@click.argument("cluster", required=False)
@json_option
def runs(cluster: str | None, as_json: bool) -> None:
    """Show the runs of CLUSTER, or of all clusters, the newest last."""
    with open_home().sessions() as db:
        query = select(Run, Cluster.name).join(Cluster).order_by(Run.id)
        if cluster:
            query = query.where(Run.cluster_id == _cluster(db, cluster).id)
        found = [(run, name or "(no name)") for run, name in db.execute(query)]
    if as_json:
        emit([_document(run, name) for run, name in found])
        return
    if not found:
        say("There are no runs yet.")
        return
    rows = [
        [name, str(run.number), run.kind, run.action, run.state, f"{run.created:%Y-%m-%d %H:%M}", _said(run)]
        for run, name in found
    ]
    say(table(rows, ["CLUSTER", "RUN", "KIND", "ACTION", "STATE", "ASKED (UTC)", "WHAT"]))


@click.command("run-log")
@click.argument("cluster")
@click.argument("number", type=int, required=False)
@json_option
def run_log(cluster: str, number: int | None, as_json: bool) -> None:
    """Print the log of run NUMBER of CLUSTER; of the newest one without a number."""
    with open_home().sessions() as db:
        run = _run(db, cluster, number)
        if as_json:
            found = service.events_after(db, run.id, 0, limit=run.last_event + 1)
            emit([_line(event) for event in found])
            return
        for line in service.log_lines(db, run.id):
            click.echo(line, nl=False)


@click.command()
@click.argument("cluster")
@click.option("--quiet", "-q", is_flag=True, help="Only warnings and errors.")
@json_option
def resume(cluster: str, quiet: bool, as_json: bool) -> None:
    """Go on with the newest run of CLUSTER, at the stage where it failed or was stopped."""
    programme = open_home(with_terraform=True)
    running.tidy(programme)
    with programme.sessions() as db:
        again = service.resume(db, _run(db, cluster, None).id, contact.who(), enqueue=False)
    ended = running.carry_out(programme, again.id, quiet=quiet)
    if as_json:
        emit(_document(ended, cluster))
    else:
        say(f"Run {ended.number}: {ended.state}.", style="green" if ended.state == "succeeded" else "red")
    raise click.exceptions.Exit(0 if ended.state == "succeeded" else 1)


def _cluster(db: Session, name: str) -> Cluster:
    found = contact.find(db, name)
    if found is None:
        raise Said(f"There is no cluster {name}. anchorage runs shows which there are.")
    return found


def _run(db: Session, cluster: str, number: int | None) -> Run:
    query = select(Run).where(Run.cluster_id == _cluster(db, cluster).id).order_by(Run.number.desc())
    found = db.scalars(query.where(Run.number == number) if number is not None else query).first()
    if found is None:
        raise Said(f"{cluster} has no run {number}." if number is not None else f"{cluster} has no runs yet.")
    return found


def _said(run: Run) -> str:
    if run.failure:
        return str(run.failure["what"])
    return str((run.diff or {}).get("sentence", ""))


def _document(run: Run, name: str) -> dict[str, Any]:
    return {
        "cluster": name,
        "run": run.number,
        "kind": run.kind,
        "action": run.action,
        "state": run.state,
        "requested_by": run.requested_by,
        "created": run.created.isoformat(),
        "ended": run.ended.isoformat() if run.ended else None,
        "summary": (run.diff or {}).get("summary"),
        "sentence": (run.diff or {}).get("sentence"),
        "failure": run.failure,
    }


def _line(event: Any) -> dict[str, Any]:
    at = event.at.isoformat()
    return {"n": event.n, "at": at, "level": event.level, "stage": event.stage, "text": event.text, "data": event.data}
