"""`lab`: the built-in site, a simulated APIC on this machine."""

from __future__ import annotations

import click

import lab.site
from lab.providers import mirror
from lab.site import LabSite
from webui.cli.errors import Said
from webui.cli.output import emit, json_option, say
from webui.settings import load


@click.group("lab")
def lab_group() -> None:
    """The built-in lab: a simulated APIC on this machine, for trying things out without hardware."""


@lab_group.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Port of the APIC; by default the last or a free one."
)
@json_option
def up(port: int, as_json: bool) -> None:
    """Start the lab, if it does not run."""
    settings = load()
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    mirror.build(settings.cache, lambda text: say(text, err=True))
    _show(lab.site.up(settings.lab_home, settings.cache, port=port), as_json)


@lab_group.command()
@json_option
def down(as_json: bool) -> None:
    """Stop the lab; its state stays."""
    lab.site.down(load().lab_home)
    _done({"up": False}, "The lab is down. Its state is kept.", as_json)


@lab_group.command()
@json_option
def reset(as_json: bool) -> None:
    """Stop the lab and forget its state: the next start begins with the preset fabric."""
    lab.site.reset(load().lab_home)
    _done({"up": False}, "The lab is down and as new.", as_json)


@lab_group.command()
@json_option
def status(as_json: bool) -> None:
    """Say whether the lab runs, and where. Exit code 1 when it does not."""
    found = lab.site.status(load().lab_home)
    if found is not None:
        _show(found, as_json)
        return
    if as_json:
        emit({"up": False})
        raise click.exceptions.Exit(1)
    raise Said("The lab is not up: anchorage lab up")


def _show(site: LabSite, as_json: bool) -> None:
    known = {"up": True, "apic": site.apic, "page": site.page, "user": site.user, "pid": site.pid}
    if as_json:
        emit(known)
        return
    say("The lab is up (simulated).")
    say(f"  APIC  https://{site.apic}, user {site.user}")
    say(f"  Tree  {site.page}")


def _done(document: dict[str, bool], sentence: str, as_json: bool) -> None:
    if as_json:
        emit(document)
    else:
        say(sentence)
