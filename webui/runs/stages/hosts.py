"""The hosts: every machine prepared by Ansible, Kubernetes' programs on it, and who reaches whom told as a matrix.

Two playbooks, each noted as soon as it was played: what fails in the second takes nothing from the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webui.runs import cluster_words, leaving, parts, plays, scope, settle, vcenter
from webui.runs.pipeline import Context, Skipped
from webui.spec import ClusterSpec

NAME = scope.HOSTS
BOOKS = ("hosts.yml", "programs.yml")
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
    names = _fresh(context, known)
    if not names and _differing(context, known):
        names = sorted(plays.hosts(plays.inventory(context)))
    before = leaving.spec_of(context, known.get("run"))
    found = plays.part_of(cluster_words.hosts(before, context.spec, names)) | {"prepares": names}
    context.store(diff=parts.joined(context.run.diff, NAME, found))
    context.say(found["sentence"])


def _apply(context: Context) -> None:
    """Machines that are done already change nothing, so that a playbook runs over all of them."""
    if not (context.run.diff or {}).get("prepares"):
        raise Skipped(NOTHING)
    known = plays.outputs(context).get(NAME) or {}
    due = list(BOOKS) if _fresh(context, known) else _differing(context, known)
    digests = {book: digest for book, digest in known.get("digests", {}).items() if book not in due}
    matrix = known.get("reachability", {})
    # What fails half way leaves machines that are neither as before nor as wanted: the old values would be news, too.
    settle.outputs(context, hosts={"machines": {}, **known, "digests": digests})
    for book in due:
        outcome = plays.play(context, book, among=due)
        digests = digests | {book: plays.mark(context, book, context.spec)}
        matrix = outcome.data.get("reachability", matrix)
        settle.outputs(context, hosts=_noted(context, digests, matrix))


def _noted(context: Context, digests: Mapping[str, str], matrix: Mapping[str, Any]) -> dict[str, Any]:
    names = plays.hosts(plays.inventory(context))
    machines = plays.identities(context, names)
    return {"digests": dict(digests), "machines": machines, "run": context.run.id, "reachability": dict(matrix)}


def _differing(context: Context, known: Mapping[str, Any]) -> list[str]:
    """Playbooks for which something differs on machines that are there. `known`: what the stage left last."""
    digests = known.get("digests", {})
    return [book for book in BOOKS if digests.get(book) != plays.mark(context, book, context.spec)]


def _fresh(context: Context, known: Mapping[str, Any]) -> list[str]:
    """Machines that are new, made anew, or of another role than before: the control plane has packages of its own."""
    before = leaving.spec_of(context, known.get("run"))
    same = _roles(context.spec).items() & _roles(before).items() if before else frozenset()
    stayed = {name: known["machines"][name] for name, _ in same if name in known["machines"]}
    return plays.fresh(context, stayed, plays.hosts(plays.inventory(context)))


def _roles(spec: ClusterSpec) -> dict[str, str]:
    return {str(row.name): group for group in plays.GROUPS for row in getattr(spec.machines, group)}
