"""`lab`: the built-in site on this machine: a simulated fabric, and with root a simulated vCenter and its machines."""

from __future__ import annotations

import click

import lab.machines
import lab.whole
from lab.site import LabSite
from webui.cli.errors import Said
from webui.cli.output import emit, json_option, say
from webui.settings import load


@click.group("lab")
def lab_group() -> None:
    """The built-in lab: a simulated fabric and, with root, machines, for trying things out without hardware."""


@lab_group.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Port of the APIC; by default the last or a free one."
)
@json_option
def up(port: int, as_json: bool) -> None:
    """Start the lab, if it does not run."""
    settings = load()
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = lab.whole.up(settings.lab_home, settings.cache, port=port, say=lambda text: say(text, err=True))
    _show(found, as_json)


@lab_group.command()
@json_option
def down(as_json: bool) -> None:
    """Stop the lab; the fabric's state stays, machines go."""
    lab.whole.down(load().lab_home)
    _done({"up": False}, "The lab is down. The fabric's state is kept.", as_json)


@lab_group.command()
@json_option
def reset(as_json: bool) -> None:
    """Stop the lab and forget its state: the next start begins with the preset fabric."""
    lab.whole.reset(load().lab_home)
    _done({"up": False}, "The lab is down and as new.", as_json)


@lab_group.command()
@json_option
def status(as_json: bool) -> None:
    """Say whether the lab runs, and where. Exit code 1 when it does not."""
    found = lab.whole.status(load().lab_home)
    if found is not None:
        _show(found, as_json)
        return
    if as_json:
        emit({"up": False})
        raise click.exceptions.Exit(1)
    raise Said("The lab is not up: anchorage lab up")


def _show(site: LabSite, as_json: bool) -> None:
    machines = _machines(site)
    if as_json:
        known = {"up": True, "apic": site.apic, "page": site.page, "user": site.user, "pid": site.pid}
        vcenter = {"address": site.vcenter.address, "user": site.vcenter.user} if site.vcenter else None
        emit(known | {"vcenter": vcenter, "machines": machines, "left_out": site.left_out})
        return
    say("The lab is up (simulated).")
    say(f"  APIC      https://{site.apic}, user {site.user}")
    say(f"  Tree      {site.page}")
    if site.vcenter:
        say(f"  vCenter   https://{site.vcenter.address}, user {site.vcenter.user}")
        say(f"  Machines  {', '.join(f'{name} ({state})' for name, state in machines.items()) or 'none yet'}")
    else:
        say(f"  {site.left_out or 'It runs without machines.'}")


def _machines(site: LabSite) -> dict[str, str]:
    """Name -> running | off; none in a lab without vCenter."""
    if site.vcenter is None:
        return {}
    found = lab.machines.list(site.state.parent)
    return {one.machine.name: "running" if one.running else "off" for one in found}


def _done(document: dict[str, bool], sentence: str, as_json: bool) -> None:
    if as_json:
        emit(document)
    else:
        say(sentence)
