"""What leaves goes first out of the living cluster, then from the fabric and vCenter: machines are drained, routes over
a leaf are withdrawn before the leaf is gone. A reset takes Kubernetes from all machines."""

from __future__ import annotations

from typing import Any

from webui.runs import cluster_stage, departures, leaving, parts, plays, scope, settle, vcenter
from webui.runs.cluster_words import Step
from webui.runs.leaving import Leaving
from webui.runs.pipeline import Context, Skipped
from webui.runs.stages import network

NAME = scope.REMOVALS
NODES, RESET = "nodes_remove.yml", "reset.yml"
NOTHING = "Left out: nothing leaves the cluster."


def run(context: Context) -> None:
    """Say what would leave, or take it out. Raises Skipped, Failure, Ended."""
    if context.run.action == "destroy":
        _before_a_destroy(context)
        return
    if context.spec.mode == "full":
        vcenter.must_have_machines(context)
    if context.run.action == "reset":
        _reset(context)
    elif context.run.kind == "plan":
        leaving.note(context)
    else:
        _remove(context)


def _remove(context: Context) -> None:
    found = leaving.of(context)
    if not parts.steps_of(context.run.diff, NAME) or found.before is None:
        raise Skipped(NOTHING)
    if found.lost:
        _give_up(context, found)
        return
    if found.names:
        plays.play(context, NODES, found.before, {"removals_nodes": list(found.names)})
        _note_nodes(context, found)
    if found.leaves:
        rest = found.after(found.before)
        cluster_stage.play(context, network.PLAY, rest)
        settle.of(context, {network.NAME: cluster_stage.noted(context, network.PLAY, rest) | _run_of(context)})


def _note_nodes(context: Context, found: Leaving) -> None:
    """They are no machines of the cluster any more, also when the run fails after this. One that comes back may have
    been made anew: it is prepared once more."""
    outputs = plays.outputs(context)
    stages = {stage: outputs[stage] for stage in (scope.HOSTS, *scope.OF_CLUSTER) if stage in outputs}
    settle.of(context, {stage: _without(one, found.names) for stage, one in stages.items()})


def _without(of_stage: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    kept = {name: identity for name, identity in of_stage["machines"].items() if name not in names}
    return {**of_stage, "machines": kept}


def _run_of(context: Context) -> dict[str, int]:
    """The network was carried out with the spec of its last run; only what leaves is missing."""
    return {"run": plays.outputs(context)[network.NAME]["run"]}


def _give_up(context: Context, found: Leaving) -> None:
    """Machines that stay must forget the cluster that ends with its control plane."""
    context.say("No control-plane machine stays: the cluster ends here.", "warning")
    if found.staying:
        plays.play(context, RESET, found.before, limit=":".join(found.staying))
    _note_nodes(context, found)
    settle.kubernetes_gone(context)


def _reset(context: Context) -> None:
    found = leaving.of(context)
    if found.before is None:
        raise Skipped("Left out: there is no Kubernetes on the machines.")
    plays.play(context, RESET, found.before)
    settle.kubernetes_gone(context)
    departures.depart(context, found.before)


def _before_a_destroy(context: Context) -> None:
    if context.run.kind == "plan":
        steps = _stays(context)
        context.store(diff=parts.joined(context.run.diff, NAME, plays.part_of(steps)))
        return
    departures.depart(context, context.spec)


def _stays(context: Context) -> list[Step]:
    """Machines that were given are not ours to empty unasked."""
    if context.spec.mode != "bare-metal" or "control plane" not in plays.outputs(context):
        return []
    note = "It loses its gateway and its BGP peers. To take it off, give up this plan and reset Kubernetes first."
    return [Step("Leaves Kubernetes on the machines as it is.", note)]
