"""A stage that a playbook carries out on prepared machines: it says in the plan what it would do, and does it only when
something differs for it: in the spec, among the machines, or in the cluster as it was verified last."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webui.runs import drifted, leaving, parts, plays, settle, vcenter
from webui.runs.cluster_words import Step
from webui.runs.pipeline import Context, Skipped
from webui.runs.playbook import Outcome
from webui.spec import ClusterSpec

NOTHING = "Left out: nothing has changed for it."
Say = Callable[[ClusterSpec | None, ClusterSpec, Sequence[str]], list[Step]]


@dataclass(frozen=True)
class Play:
    """`groups`: whose machines concern it. `say`: its steps from the spec as carried out last (None: never), the
    wanted one, and the names of machines that are new to it. `removed`: what leaves the cluster is no work for it."""

    stage: str
    playbook: str
    say: Say
    groups: tuple[str, ...] = plays.GROUPS
    removed: bool = True
    brings: Callable[[Context, ClusterSpec], Mapping[str, Any]] = lambda context, spec: {}
    """Further variables, such as the names of files that were laid out for it."""
    hears: Callable[[Context, Outcome], None] = lambda context, outcome: None
    """Gets what its roles handed over."""


def run(context: Context, one: Play) -> None:
    """Say what a plan would do, or do it. Raises Skipped, Failure, Ended."""
    if context.spec.mode == "full":
        vcenter.must_have_machines(context)
    if context.run.kind == "plan":
        found = plays.part_of(_steps(context, one))
        context.store(diff=parts.joined(context.run.diff, one.stage, found))
        context.say(found["sentence"])
        return
    if not parts.steps_of(context.run.diff, one.stage):
        raise Skipped(NOTHING)
    _note_begun(context, one)
    play(context, one, context.spec)
    settle.of(context, {one.stage: noted(context, one, context.spec)})


def play(context: Context, one: Play, spec: ClusterSpec) -> None:
    """Play the stage's playbook with what it brings along. Raises Failure, Ended."""
    one.hears(context, plays.play(context, one.playbook, spec, one.brings(context, spec)))


def _note_begun(context: Context, one: Play) -> None:
    """What fails half way is left neither as before nor as wanted: the old values would be news, too."""
    known = plays.outputs(context).get(one.stage)
    if known is not None:
        settle.of(context, {one.stage: {**known, "digest": ""}})


def noted(context: Context, one: Play, spec: ClusterSpec) -> dict[str, Any]:
    """What a stage leaves: which machines it has been through, and with what."""
    names = plays.hosts(plays.inventory(context, spec), one.groups)
    return {
        "digest": plays.mark(context, one.playbook, spec, one.groups),
        "machines": plays.identities(context, names),
        "leaves": [leaf.node for leaf in spec.l3out.anchors],
        "run": context.run.id,
    }


def _steps(context: Context, one: Play) -> list[Step]:
    found = leaving.of(context)
    outputs = plays.outputs(context)
    known = None if found.lost else outputs.get(one.stage)
    names = plays.hosts(plays.inventory(context), one.groups)
    if known is None:
        return one.say(None, context.spec, list(names))
    fresh = sorted({*plays.fresh(context, known["machines"], names), *drifted.gone(outputs, names)})
    back = drifted.steps(outputs, one.stage)
    before = _as_left(context, one, known)
    after = found.after(before) if one.removed else before
    if not fresh and known["digest"] and _same(context, one, known["digest"], after):
        return back
    return [*one.say(after, context.spec, fresh), *back]


def _same(context: Context, one: Play, digest: str, after: ClusterSpec) -> bool:
    """Whether all that the playbook uses is as it was, apart from what leaves."""
    wanted = plays.mark(context, one.playbook, context.spec, one.groups)
    return wanted in (digest, plays.mark(context, one.playbook, after, one.groups))


def _as_left(context: Context, one: Play, known: dict[str, Any]) -> ClusterSpec:
    """The spec that the stage was carried out with, without machines and leaves that were taken out since."""
    spec = leaving.spec_of(context, known["run"]) or context.spec
    nodes = [int(leaf.node or 0) for leaf in spec.l3out.anchors if leaf.node not in known["leaves"]]
    rows = (row for group in one.groups for row in getattr(spec.machines, group))
    return leaving.without(spec, [str(row.name) for row in rows if row.name not in known["machines"]], nodes)
