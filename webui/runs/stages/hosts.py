"""The hosts: every machine prepared for Kubernetes by Ansible, and who reaches whom told as a matrix."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from webui.runs import parts, plays, settle, vcenter, vcenter_diff
from webui.runs.pipeline import Context, Skipped
from webui.runs.stop import Ended

NAME = "hosts"
PLAYBOOK = "hosts.yml"
SSH = 22
PATIENCE = 15.0
"""Seconds for machines to be reachable after the fabric has changed."""
NOTHING = "Left out: nothing has changed for the machines since they were prepared."


def run(context: Context) -> None:
    """Say which machines a plan would prepare, or prepare them. Raises Skipped, Failure, Ended."""
    if context.spec.mode == "full":
        vcenter.must_have_machines(context)
    if context.run.kind == "plan":
        _plan(context)
    else:
        _apply(context)


def _plan(context: Context) -> None:
    names = _waiting(context)
    sentence = f"Prepares {vcenter_diff.named(names)}." if names else "Changes nothing."
    steps = [{"text": sentence, "note": ""}] if names else []
    found = {"summary": {}, "sentence": sentence, "groups": [], "drift": [], "prepares": names, "steps": steps}
    context.store(diff=parts.joined(context.run.diff, NAME, found))
    context.say(sentence)


def _apply(context: Context) -> None:
    """Machines that are done already change nothing, so that a run that is taken up again runs over all of them."""
    if not (context.run.diff or {}).get("prepares"):
        raise Skipped(NOTHING)
    _wait(context, plays.hosts(plays.inventory(context)).values())
    outcome = plays.play(context, PLAYBOOK)
    names = plays.hosts(plays.inventory(context))
    made = {"digest": plays.mark(context, PLAYBOOK, context.spec), "machines": plays.identities(context, names)}
    settle.outputs(context, hosts=made | {"reachability": outcome.data.get("reachability", {})})


def _wait(context: Context, machines: Iterable[Mapping[str, Any]]) -> None:
    """Until there is a way to each machine: an L3Out that was made a moment ago takes seconds to reach the leaves.

    Whoever does not answer by then is named by the playbook, with its reason.
    """
    until = time.monotonic() + PATIENCE
    waiting = [str(one["ansible_host"]) for one in machines]
    with ThreadPoolExecutor(16) as pool:
        while waiting and time.monotonic() < until:
            heard = list(pool.map(_answers, waiting))
            waiting = [address for address, there in zip(waiting, heard, strict=True) if not there]
            if waiting and context.stop.flag.wait(0.5):
                raise Ended


def _answers(address: str) -> bool:
    try:
        socket.create_connection((address, SSH), timeout=1).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return True


def _waiting(context: Context) -> list[str]:
    """Machines that are new or made anew; all of them when something else differs for them."""
    before = plays.outputs(context).get("hosts") or {}
    names = sorted(plays.hosts(plays.inventory(context)))
    fresh = plays.fresh(context, before.get("machines", {}), names)
    if fresh:
        return fresh
    return [] if before.get("digest") == plays.mark(context, PLAYBOOK, context.spec) else names
