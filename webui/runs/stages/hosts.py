"""The hosts: every machine prepared for Kubernetes by Ansible, and who reaches whom told as a matrix."""

from __future__ import annotations

from webui.runs import parts, plays, settle, vcenter, vcenter_diff
from webui.runs.pipeline import Context, Skipped

NAME = "hosts"
PLAYBOOK = "hosts.yml"
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
    outcome = plays.play(context, PLAYBOOK)
    names = plays.hosts(plays.inventory(context))
    made = {"digest": plays.mark(context, PLAYBOOK, context.spec), "machines": plays.identities(context, names)}
    settle.outputs(context, hosts=made | {"reachability": outcome.data.get("reachability", {})})


def _waiting(context: Context) -> list[str]:
    """Machines that are new or made anew; all of them when something else differs for them."""
    before = plays.outputs(context).get("hosts") or {}
    names = sorted(plays.hosts(plays.inventory(context)))
    fresh = plays.fresh(context, before.get("machines", {}), names)
    if fresh:
        return fresh
    return [] if before.get("digest") == plays.mark(context, PLAYBOOK, context.spec) else names
