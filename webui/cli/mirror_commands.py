"""`mirror`: what a site without a way to the registries needs, built and listed."""

from __future__ import annotations

from pathlib import Path

import click

from lab.mirror import export, upstream, versions
from lab.mirror.artefacts import Artefact
from lab.mirror.catalogue import ADD_ONS
from webui.cli.errors import Said
from webui.cli.output import emit, json_option, say, table
from webui.settings import load

MINORS = [release.minor for release in versions.RELEASES]


@click.group("mirror")
def mirror_group() -> None:
    """Packages and images for an air-gapped site, with a list of all of them."""


@mirror_group.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--kubernetes", type=click.Choice(MINORS), default=MINORS[0], show_default=True, help="The minor.")
@click.option("--packages-from", metavar="URL", help="Take Kubernetes' packages from its makers' Debian repository.")
@click.option("--packages-key", type=click.Path(path_type=Path, dir_okay=False), help="File with that one's key.")
@json_option
def build(
    directory: Path, kubernetes: str, packages_from: str | None, packages_key: Path | None, as_json: bool
) -> None:
    """Write a mirror into DIR: an apt repository, a registry's storage, and the list of what is in them.

    Everything is built from the Go module proxy and Debian, once; up to 25 minutes on two cores.
    """
    if bool(packages_from) != bool(packages_key):
        raise Said(
            "--packages-from and --packages-key go together: packages are taken only with the key of their maker."
        )
    repository = upstream.Repository(packages_from, packages_key) if packages_from and packages_key else None
    release = versions.of_minor(kubernetes)
    found = export.build(directory.resolve(), load().cache, lambda text: say(text, err=True), release, repository)
    if as_json:
        emit([one.to_json() for one in found])
    else:
        say(f"{directory} holds Kubernetes {release.kubernetes}: {_counts(found)}. Its README.md says how to serve it.")


@mirror_group.command("list")
@click.argument("directory", metavar="[DIR]", required=False, type=click.Path(path_type=Path, file_okay=False))
@json_option
def listing(directory: Path | None, as_json: bool) -> None:
    """What a mirror in DIR holds, compared with its sums; without DIR, what can be built. Exit code 1: it differs."""
    if directory is None:
        _show_possible(as_json)
        return
    found = export.listed(directory.resolve())
    differing = export.differing(directory.resolve(), found)
    if as_json:
        emit([one.to_json() | {"as_listed": one not in differing} for one in found])
    else:
        rows = [(one.kind, one.name, one.version, "differs" if one in differing else "as listed") for one in found]
        say(table(rows, ("Kind", "Name", "Version", "SHA-256")))
    if differing:
        raise Said(f"{len(differing)} of {len(found)} artefacts are missing or not as listed. Build the mirror anew.")


def _show_possible(as_json: bool) -> None:
    tools = (versions.HELM, versions.KUSTOMIZE, versions.METALLB, versions.METRICS_SERVER)
    rows = [(f"Kubernetes {one.minor}", one.kubernetes) for one in versions.RELEASES]
    rows += [(tool.title, tool.version) for tool in tools]
    if as_json:
        emit({"programs": dict(rows), "add_ons": list(ADD_ONS)})
        return
    say(table(rows, ("What", "Version")))
    say(f"Add-ons whose images or packages it has: {', '.join(ADD_ONS)}.")


def _counts(found: list[Artefact]) -> str:
    packages = sum(one.kind == "package" for one in found)
    return f"{packages} packages, {len(found) - packages} images"
