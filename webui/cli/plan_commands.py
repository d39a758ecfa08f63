"""`plan`, `apply`, `destroy`: each makes a plan and shows it; the last two then ask, and apply exactly that plan."""

from __future__ import annotations

import sys
from typing import Any

import click

from webui.cli import contact, difftext, running, spec_files
from webui.cli.errors import Said
from webui.cli.output import emit, json_option, say
from webui.cli.programme import Programme, open_home
from webui.runs import service
from webui.runs.diff import changes_nothing
from webui.spec import ClusterSpec
from webui.store.models import Cluster, Run

yes_option = click.option("--yes", is_flag=True, help="Do not ask; for scripts.")
quiet_option = click.option("--quiet", "-q", is_flag=True, help="Only warnings and errors beside the result.")


@click.command()
@spec_files.spec_argument
@quiet_option
@json_option
def plan(spec: str, quiet: bool, as_json: bool) -> None:
    """Show what SPEC would change. Exit code 0: nothing, 2: something, 1: error."""
    programme, cluster_id, _ = _begin(spec)
    made = _plan(programme, cluster_id, "apply", quiet=quiet)
    if as_json:
        emit(_document(made))
    else:
        _show(made)
    raise click.exceptions.Exit(0 if changes_nothing(made.diff or {}) else 2)


@click.command()
@spec_files.spec_argument
@yes_option
@quiet_option
@json_option
def apply(spec: str, yes: bool, quiet: bool, as_json: bool) -> None:
    """Make fabric, machines and cluster as SPEC says: plan, show, ask, apply exactly that plan."""
    programme, cluster_id, _ = _begin(spec)
    made = _plan(programme, cluster_id, "apply", quiet=quiet)
    _show(made, err=as_json)
    if not _has_work(programme, made):
        if as_json:
            emit(_document(made) | {"applied": False})
        return
    if not yes and not changes_nothing(made.diff or {}):
        _confirm("Apply this plan?", as_json)
    ended = _apply(programme, made, None, quiet=quiet)
    if as_json:
        emit(_document(made) | {"applied": True, "apply_run": ended.number, "outputs": ended.outputs})
    else:
        say(f"Done: {_standing(ended)} as the spec says.", style="green")
        if "control plane" in (ended.outputs or {}):
            say(f"To work with it: anchorage kubeconfig {spec} > kubeconfig; kubectl --kubeconfig kubeconfig get nodes")


@click.command()
@spec_files.spec_argument
@yes_option
@quiet_option
@json_option
def destroy(spec: str, yes: bool, quiet: bool, as_json: bool) -> None:
    """Remove what was made for SPEC's cluster, and nothing else: plan, show, ask for its name, remove."""
    programme, cluster_id, read = _begin(spec, must_exist=True)
    made = _plan(programme, cluster_id, "destroy", quiet=quiet)
    _show(made, err=as_json)
    if not yes:
        confirm_name(str(read.name), as_json)
    ended = _apply(programme, made, _removal_password(programme, read, ask=not yes), quiet=quiet)
    if as_json:
        emit(_document(made) | {"applied": True, "apply_run": ended.number})
    else:
        say(f"Done: {read.name} is removed.", style="green")


def _standing(ended: Run) -> str:
    made = (ended.outputs or {}).keys()
    if "control plane" in made:
        return "fabric and cluster are"
    return "fabric and machines are" if {"machines", "hosts"} & made else "the fabric is"


def _begin(path: str, *, must_exist: bool = False) -> tuple[Programme, str, ClusterSpec]:
    """Read the file, open the home, and make sure that the APIC takes our signature."""
    file = spec_files.read(path)
    if must_exist:
        programme, cluster_id = _existing(file.spec)
    else:
        spec_files.must_be_right(file)
        programme = open_home(with_terraform=True)
        cluster_id = contact.cluster_of(programme, file)
    running.tidy(programme)
    contact.make_sure(programme, cluster_id, file.spec)
    return programme, cluster_id, file.spec


def _existing(spec: ClusterSpec) -> tuple[Programme, str]:
    """A cluster to destroy: the spec only names it and says how to reach its APIC."""
    if not spec.name:
        raise Said("The spec has no name, so it is not known which cluster to remove.")
    programme = open_home(with_terraform=True)
    with programme.sessions() as db:
        cluster = contact.find(db, spec.name)
    if cluster is None:
        raise Said(f"There is no cluster {spec.name} here. anchorage runs shows which there are.")
    return programme, cluster.id


def _plan(programme: Programme, cluster_id: str, action: str, *, quiet: bool) -> Run:
    with programme.sessions() as db:
        run = service.request_plan(db, cluster_id, contact.who(), action, enqueue=False)
    return ended_well(running.carry_out(programme, run.id, quiet=quiet))


def _apply(programme: Programme, made: Run, password: str | None, *, quiet: bool) -> Run:
    with programme.sessions() as db:
        run = service.request_apply(db, made.id, contact.who(), admin_password=password, enqueue=False)
    return ended_well(running.carry_out(programme, run.id, quiet=quiet))


def ended_well(run: Run) -> Run:
    """The run if it succeeded. Raises Said with its card."""
    if run.state != "succeeded":
        card = run.failure or {"what": f"The run ended as {run.state}.", "cause": "", "remedy": ""}
        raise Said(" ".join(part for part in (card["what"], card["cause"], card["remedy"]) if part))
    return run


def _has_work(programme: Programme, made: Run) -> bool:
    """Something changes in the fabric, or the spec that is on record does."""
    with programme.sessions() as db:
        cluster = db.get_one(Cluster, made.cluster_id)
        return not changes_nothing(made.diff or {}) or cluster.applied != made.document


def _show(made: Run, *, err: bool = False) -> None:
    for text, style in difftext.lines(made.diff or {}):
        say(text, err=err, style=style)


def _confirm(question: str, as_json: bool) -> None:
    _must_be_asked(as_json)
    if not click.confirm(question, default=False):
        raise Said("Nothing was changed.")


def confirm_name(name: str, as_json: bool) -> None:
    """Ask for the cluster's name before something is lost. Raises Said."""
    _must_be_asked(as_json)
    if click.prompt(f"Type {name} to remove it", default="", show_default=False).strip() != name:
        raise Said("The name does not match. Nothing was changed.")


def _must_be_asked(as_json: bool) -> None:
    if as_json or not sys.stdin.isatty():
        raise Said("This needs a yes, and there is no terminal to ask at. Give --yes once you have read the plan.")


def _removal_password(programme: Programme, spec: ClusterSpec, *, ask: bool) -> str | None:
    """To remove the installer's user from the APIC; without one, the run names what to delete by hand."""
    if spec.fabric.site == "lab":
        return None  # taken from the lab itself
    given = contact.known_password(spec)
    if given or not ask:
        return given
    hint = "Administrator's password at the APIC, to remove the installer's user (empty: keep the user)"
    return str(click.prompt(hint, default="", show_default=False, hide_input=True)) or None


def _document(made: Run) -> dict[str, Any]:
    return {
        "cluster": made.document.get("name"),
        "run": made.number,
        "action": made.action,
        "state": made.state,
        "changes": not changes_nothing(made.diff or {}),
        "diff": made.diff,
    }
