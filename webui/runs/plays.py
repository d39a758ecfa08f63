"""The machines of a run as Ansible gets them, playbooks played over them, and what tells whether one has work to do.

A playbook has work when a machine is new to it, or when something that it uses has another value than when it was
played last. It uses the variables that its files name (`playbook_code.words`), so that a leaf more does not prepare
machines anew and an add-on more does not touch BGP.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import lab.machines
from webui import render
from webui.runs import parts, playbook, playbook_code, settle, ssh_keys, vcenter_diff
from webui.runs.cluster_words import Step
from webui.runs.diff import Diff
from webui.runs.pipeline import Context
from webui.runs.playbook import Job, Outcome
from webui.runs.terraform.workspace import folder_of
from webui.spec import ClusterSpec
from webui.spec.model.types import Secret
from webui.store.models import Cluster

GROUPS = ("control_plane", "workers")
KUBECONFIG = "kubeconfig"
"""Name of the file that the control plane hands over."""


def outputs(context: Context) -> Mapping[str, Any]:
    """What the cluster's stages have left so far."""
    with context.sessions() as db:
        return db.get_one(Cluster, context.run.cluster_id).outputs or {}


def inventory(context: Context, spec: ClusterSpec | None = None) -> dict[str, Any]:
    """Ansible's inventory, of the run's spec by default. The lab's package mirror is signed by the lab's own key, as
    its APIC is by its own CA."""
    found = render.inventory(spec or context.spec)
    given = found["all"]["vars"]
    if context.spec.fabric.site == "lab" and given["packages_mirror"] and not given["packages_mirror_key"]:
        given["packages_mirror_key"] = lab.machines.mirror_key(context.settings.lab_home)
    return found


def hosts(found: Mapping[str, Any], groups: Iterable[str] = GROUPS) -> dict[str, Any]:
    """The machines of these groups: name -> variables."""
    children = found["all"]["children"]["cluster"]["children"]
    return {name: host for group in groups for name, host in children[group]["hosts"].items()}


def identities(context: Context, names: Iterable[str]) -> dict[str, str]:
    """By name, what tells a machine from one that was made anew; "" for machines that were given."""
    made = outputs(context).get("machines") or {}
    return {name: str(made.get(name, {}).get("uuid", "")) for name in names}


def fresh(context: Context, known: Mapping[str, str], names: Iterable[str]) -> list[str]:
    """Machines that were not there when `known` was noted (name -> identity), or that were made anew since; in a plan
    those, too, that will be."""
    planned = parts.part(context.run.diff if context.run.kind == "plan" else None, "machines")
    new = set(vcenter_diff.machines(planned, "add", "replace"))
    wanted = sorted(names)
    now = identities(context, wanted)
    return [name for name in wanted if name in new or name not in known or known[name] != now[name]]


def mark(context: Context, book: str, spec: ClusterSpec, groups: Iterable[str] = GROUPS) -> str:
    """A fingerprint of all that a playbook uses of a spec, its secrets and the machines' roles too."""
    found, named = inventory(context, spec), playbook_code.words(book)
    given = {**found["all"]["vars"], **render.secret_variables(spec)}
    machines = {group: {name: _named(host, named) for name, host in hosts(found, [group]).items()} for group in groups}
    return context.box.mark({"all": _named(given, named), "hosts": machines})


def _named(values: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in names or name.startswith("ansible_")}


def part_of(steps: Sequence[Step]) -> Diff:
    """A stage's part of a plan: what it would do, in sentences."""
    sentence = " ".join(one.text for one in steps) or "Changes nothing."
    told = [{"text": one.text, "note": one.note} for one in steps]
    return {"summary": {}, "sentence": sentence, "groups": [], "drift": [], "steps": told}


def play(
    context: Context,
    book: str,
    spec: ClusterSpec | None = None,
    variables: Mapping[str, Any] | None = None,
    limit: str = "",
    *,
    among: Sequence[str] = (),
) -> Outcome:
    """Play a playbook over the machines of the spec. A kubeconfig is kept as soon as it is there. `among`: all that the
    stage plays one after the other, over which its progress counts.

    Raises Failure, and Ended when the run is to stop."""

    def receive(name: str, text: str) -> None:
        if name == KUBECONFIG:
            context.log.redactor.hide(_keys_of(text))
            settle.kubeconfig(context, text)
            context.say("The kubeconfig can be downloaded now.")

    job = _job(context, book, spec or context.spec, variables or {}, limit)
    return playbook.run_playbook(job, _teller(context, book, among or (book,)), context.stop, receive)


def _keys_of(kubeconfig: str) -> list[str]:
    return re.findall(r"(?:client-key-data|token|password): *(\S+)", kubeconfig)


def _job(context: Context, book: str, spec: ClusterSpec, variables: Mapping[str, Any], limit: str) -> Job:
    home = folder_of(context.settings, context.run.cluster_id) / "hosts"
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Job(
        book,
        inventory(context, spec),
        home,
        limit=limit,
        host_keys=_host_keys(context),
        variables=variables,
        secrets=render.secret_variables(spec),
        **_sign_in(context),
    )


def _sign_in(context: Context) -> dict[str, str | None]:
    if context.spec.mode == "full":
        return {"ssh_key": ssh_keys.of_cluster(context).private}
    given = context.spec.machines
    return {"ssh_key": _text(given.ssh_key), "password": _text(given.password)}


def _text(secret: Secret | None) -> str | None:
    return secret.get_secret_value() if secret else None


def _host_keys(context: Context) -> dict[str, str]:
    """Of the lab's machines they are known; a machine of a real site is trusted at first sight and pinned then."""
    if context.spec.fabric.site != "lab" or context.spec.mode != "full":
        return {}
    found = lab.machines.list(context.settings.lab_home)
    return {state.machine.v4: state.host_key for state in found if state.host_key}


def _teller(context: Context, book: str, among: Sequence[str]) -> playbook.Tell:
    counts = [playbook_code.count_tasks(one) for one in among]
    place = among.index(book)
    before, after = sum(counts[:place]), sum(counts[place + 1 :])

    def tell(level: str, text: str, progress: playbook.Progress) -> None:
        if progress is not None:
            done, tasks = progress
            context.progress(before + done, before + tasks + after)
        context.say(text, level)

    return tell
