"""The hosts: every machine prepared by Ansible, Kubernetes' programs on it, and who reaches whom told as a matrix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webui.runs import cluster_words, leaving, parts, plays, scope, settle, vcenter
from webui.runs.pipeline import Context, Skipped

NAME = scope.HOSTS
PLAYBOOK = "prepare.yml"
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
    known = plays.outputs(context).get(NAME) or {}
    names, before = _waiting(context, known), leaving.spec_of(context, known.get("run"))
    found = plays.part_of(cluster_words.hosts(before, context.spec, names)) | {"prepares": names}
    context.store(diff=parts.joined(context.run.diff, NAME, found))
    context.say(found["sentence"])


def _apply(context: Context) -> None:
    """Machines that are done already change nothing, so that a run that is taken up again runs over all of them."""
    if not (context.run.diff or {}).get("prepares"):
        raise Skipped(NOTHING)
    outcome = plays.play(context, PLAYBOOK)
    names = plays.hosts(plays.inventory(context))
    made = {
        "digest": plays.mark(context, PLAYBOOK, context.spec),
        "machines": plays.identities(context, names),
        "run": context.run.id,
        "reachability": outcome.data.get("reachability", {}),
    }
    settle.outputs(context, hosts=made)


def _waiting(context: Context, known: Mapping[str, Any]) -> list[str]:
    """Machines that are new or made anew; all of them when something else differs for them. `known`: what the stage
    left last."""
    names = sorted(plays.hosts(plays.inventory(context)))
    fresh = plays.fresh(context, known.get("machines", {}), names)
    if fresh:
        return fresh
    return [] if known.get("digest") == plays.mark(context, PLAYBOOK, context.spec) else names
