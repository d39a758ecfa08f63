"""`kubeconfig`, `manifests` and `reset`: what a cluster gives, and Kubernetes taken off its machines."""

from __future__ import annotations

import os
from pathlib import Path

import click

from webui import spec as specs
from webui.cli import contact, running, spec_files
from webui.cli.errors import Said
from webui.cli.output import emit, json_option, say
from webui.cli.plan_commands import confirm_name, ended_well, quiet_option, yes_option
from webui.cli.programme import Programme, open_home
from webui.cli.spec_files import SpecFile
from webui.runs import archive, service, snapshot
from webui.store.models import Audit, Cluster


@click.command()
@spec_files.spec_argument
def kubeconfig(spec: str) -> None:
    """Print the administrator's kubeconfig of SPEC's cluster. Whoever has it administers the cluster."""
    programme, cluster, _ = _existing(spec)
    held = programme.box.open(cluster.sealed_kubeconfig)
    if not held:
        raise Said(f"{cluster.name} has no kubeconfig yet: its control plane was not installed. anchorage apply {spec}")
    _note(programme, cluster, "kubeconfig.printed")
    click.echo(held["text"], nl=False)


@click.command()
@spec_files.spec_argument
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path), required=False)
@json_option
def manifests(spec: str, directory: Path | None, as_json: bool) -> None:
    """Write what SPEC's own cluster needs to peer with the leaves into DIRECTORY (by default NAME-manifests).

    For mode no-cluster. With a BGP password, one file holds it: files are readable by you alone."""
    file = spec_files.read(spec)
    spec_files.must_be_right(file)
    programme = open_home()
    found = archive.files(_standing(programme, file), programme.settings, lambda text: say(text, err=True))
    folder = directory or Path(f"{file.spec.name}-manifests")
    for name, text in found.items():
        _write(folder / name, text)
    if as_json:
        emit({"directory": str(folder), "files": list(found)})
        return
    say(f"Wrote {len(found)} files to {folder}. Its README.md says what to do with them.")


@click.command()
@spec_files.spec_argument
@yes_option
@quiet_option
@json_option
def reset(spec: str, yes: bool, quiet: bool, as_json: bool) -> None:
    """Take Kubernetes off the machines of SPEC's cluster; fabric and machines stay. The next apply installs it anew."""
    programme, cluster, file = _existing(spec)
    running.tidy(programme)
    contact.make_sure(programme, cluster.id, file.spec)
    if not yes:
        say("What runs on the cluster and what it keeps is lost.", err=True)
        confirm_name(str(cluster.name), as_json)
    with programme.sessions() as db:
        run = service.request_act(db, cluster.id, contact.who(), "reset", enqueue=False)
    ended = ended_well(running.carry_out(programme, run.id, quiet=quiet))
    if as_json:
        emit({"cluster": cluster.name, "run": ended.number, "action": "reset", "state": ended.state})
    else:
        say(f"Done: Kubernetes is off the machines of {cluster.name}.", style="green")


def _existing(path: str) -> tuple[Programme, Cluster, SpecFile]:
    file = spec_files.read(path)
    if not file.spec.name:
        raise Said("The spec has no name, so it is not known which cluster is meant.")
    programme = open_home()
    with programme.sessions() as db:
        cluster = contact.find(db, file.spec.name)
        db.expunge_all()
    if cluster is None:
        raise Said(f"There is no cluster {file.spec.name} here. anchorage runs shows which there are.")
    return programme, cluster, file


def _standing(programme: Programme, file: SpecFile) -> specs.ClusterSpec:
    """The spec with what the fabric said when it was applied; before that, with what can be derived alone."""
    with programme.sessions() as db:
        cluster = contact.find(db, str(file.spec.name))
        applied = snapshot.applied_spec(cluster, programme.box) if cluster else None
    return specs.complete(file.spec, applied=applied)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(text)


def _note(programme: Programme, cluster: Cluster, action: str) -> None:
    with programme.sessions() as db:
        db.add(Audit(user=contact.who(), action=action, target=str(cluster.name)[:128]))
        db.commit()
