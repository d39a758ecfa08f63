"""`check` and `render`: what can be said of a spec without touching anything."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import click

import lab.site
from webui import render as rendering
from webui import spec as specs
from webui.cli import spec_files
from webui.cli.errors import Said
from webui.cli.output import emit, json_option, say
from webui.settings import load
from webui.spec import ClusterSpec


@click.command()
@spec_files.spec_argument
@json_option
def check(spec: str, as_json: bool) -> None:
    """Say what is wrong with SPEC, and what was derived. Exit code 1 when something forbids to go on."""
    file = spec_files.read(spec)
    found = spec_files.problems_of(file)
    derived = specs.proposals(file.spec)
    shown = {path: dataclasses.asdict(one) for path, one in derived.items() if specs.get(file.spec, path) in (None, "")}
    blocking = sum(problem.severity == "blocking" for problem in found)
    if as_json:
        emit({"problems": [dataclasses.asdict(problem) for problem in found], "derived": shown, "ok": not blocking})
    else:
        spec_files.show(found)
        _show_derived({path: one["value"] for path, one in shown.items()})
        warnings = len(found) - blocking
        say(f"{_count(blocking, 'problem')}, {_count(warnings, 'warning')}.", style="red" if blocking else "green")
    raise click.exceptions.Exit(1 if blocking else 0)


def _show_derived(values: dict[str, str]) -> None:
    if not values:
        return
    say("Derived:")
    width = max(map(len, values))
    for path, value in values.items():
        say(f"  {path.ljust(width)}  {value}")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number or 'no'} {noun}s"


@click.command()
@spec_files.spec_argument
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@json_option
def render(spec: str, directory: Path, as_json: bool) -> None:
    """Write what Terraform and Ansible get for SPEC into DIRECTORY, and the completed spec; no secrets."""
    file = spec_files.read(spec)
    spec_files.must_be_right(file)
    complete = specs.complete(file.spec)
    directory.mkdir(parents=True, exist_ok=True)
    variables = rendering.tfvars(complete, _apic_url(complete))
    written = {
        "spec.yaml": specs.to_yaml(complete, secrets="reference"),
        "terraform.tfvars.json": _json(variables),
        **_machines(complete),
    }
    for name, text in written.items():
        (directory / name).write_text(text)
    secret = [f"TF_VAR_{name}" for name, value in rendering.tfvars_secrets(complete).items() if value]
    if as_json:
        emit({"directory": str(directory), "files": sorted(written), "secrets": secret})
        return
    say(f"Wrote {', '.join(written)} to {directory}.")
    if secret:
        say(f"Secrets are not written: Terraform takes them from {', '.join(secret)}.")


def _machines(spec: ClusterSpec) -> dict[str, str]:
    """Files for the machines, as far as the mode and what is given have them. The ssh key is a run's affair."""
    found: dict[str, str] = {}
    if spec.mode == "no-cluster" or _is_unfinished(spec):
        return found
    address = _vcenter(spec)
    if spec.mode == "full" and address:
        facts = rendering.MachineFacts()
        found["machines.tfvars.json"] = _json(rendering.machines_tfvars(spec, address, facts))
    return found | {"inventory.json": _json(rendering.inventory(spec))}


def _is_unfinished(spec: ClusterSpec) -> bool:
    return any(problem.severity == "blocking" for problem in specs.check(spec, stage="hosts"))


def _vcenter(spec: ClusterSpec) -> str | None:
    if spec.fabric.site != "lab":
        return spec.vcenter.address
    found = lab.site.status(load().lab_home)
    return found.vcenter.address if found and found.vcenter else None


def _json(value: object) -> str:
    return json.dumps(value, indent=2) + "\n"


def _apic_url(spec: ClusterSpec) -> str:
    if spec.fabric.site != "lab":
        return f"https://{spec.fabric.apics[0]}"
    found = lab.site.status(load().lab_home)
    if found is None:
        raise Said("The lab is not up: anchorage lab up")
    return f"https://{found.apic}"
