"""The hosts: every machine prepared for Kubernetes by Ansible, and who reaches whom told as a matrix."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import lab.machines
from webui import render
from webui.runs import parts, playbook, settle, ssh_keys, vcenter, vcenter_diff
from webui.runs.pipeline import Context, Skipped
from webui.runs.playbook import Job
from webui.runs.terraform.workspace import folder_of
from webui.spec.model.types import Secret
from webui.store.models import Cluster

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
    found = {"summary": {}, "sentence": sentence, "groups": [], "drift": [], "prepares": names}
    context.store(diff=parts.joined(context.run.diff, NAME, found))
    context.say(sentence)


def _apply(context: Context) -> None:
    """Machines that are done already change nothing, so that a run that is taken up again runs over all of them."""
    if not (context.run.diff or {}).get("prepares"):
        raise Skipped(NOTHING)
    inventory = _inventory(context)
    outcome = playbook.run_playbook(_job(context, inventory), _teller(context), context.stop)
    made = {"digest": _digest(inventory), "machines": _identities(context), "reachability": {}}
    settle.outputs(context, hosts=made | {"reachability": outcome.data.get("reachability", {})})


def _waiting(context: Context) -> list[str]:
    """Machines that are new or made anew; all of them when something else differs for them."""
    inventory, before = _inventory(context), _outputs(context).get("hosts") or {}
    known = before.get("machines", {})
    names = sorted(_hosts(inventory))
    planned = parts.part(context.run.diff, "machines")
    new = set(vcenter_diff.machines(planned, "add", "replace"))
    same = _identities(context)
    fresh = [name for name in names if name in new or name not in known or known[name] != same.get(name, "")]
    if fresh:
        return fresh
    return [] if before.get("digest") == _digest(inventory) else names


def _identities(context: Context) -> dict[str, str]:
    """By name, what tells a machine from one that was made anew; "" for machines that were given."""
    made = _outputs(context).get("machines") or {}
    return {name: str(made.get(name, {}).get("uuid", "")) for name in _hosts(_inventory(context))}


def _outputs(context: Context) -> Mapping[str, Any]:
    with context.sessions() as db:
        return db.get_one(Cluster, context.run.cluster_id).outputs or {}


def _inventory(context: Context) -> dict[str, Any]:
    """Ansible's inventory. The lab's package mirror is signed by the lab's own key, as its APIC is by its own CA."""
    found = render.inventory(context.spec)
    given = found["all"]["vars"]
    if context.spec.fabric.site == "lab" and given["packages_mirror"] and not given["packages_mirror_key"]:
        given["packages_mirror_key"] = lab.machines.mirror_key(context.settings.lab_home)
    return found


def _hosts(inventory: Mapping[str, Any]) -> dict[str, Any]:
    groups = inventory["all"]["children"]["cluster"]["children"].values()
    return {name: host for group in groups for name, host in group["hosts"].items()}


def _digest(inventory: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(inventory, sort_keys=True).encode()).hexdigest()


def _job(context: Context, inventory: dict[str, Any]) -> Job:
    home = folder_of(context.settings, context.run.cluster_id) / "hosts"
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    if context.spec.mode == "full":
        key = ssh_keys.of_cluster(context).private
        return Job(PLAYBOOK, inventory, home, ssh_key=key, host_keys=_host_keys(context))
    given = context.spec.machines
    return Job(PLAYBOOK, inventory, home, ssh_key=_text(given.ssh_key), password=_text(given.password))


def _text(secret: Secret | None) -> str | None:
    return secret.get_secret_value() if secret else None


def _host_keys(context: Context) -> dict[str, str]:
    """Of the lab's machines they are known; a machine of a real site is trusted at first sight and pinned then."""
    if context.spec.fabric.site != "lab":
        return {}
    found = lab.machines.list(context.settings.lab_home)
    return {state.machine.v4: state.host_key for state in found if state.host_key}


def _teller(context: Context) -> playbook.Tell:
    def tell(level: str, text: str, progress: playbook.Progress) -> None:
        if progress is not None:
            context.progress(*progress)
        context.say(text, level)

    return tell
