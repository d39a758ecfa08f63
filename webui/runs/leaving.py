"""What leaves a living cluster with this run: machines that go or that are made anew, and leaves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from webui.runs import cluster_words, parts, plays, scope, snapshot, vcenter_diff
from webui.runs.cluster_words import Step
from webui.runs.pipeline import Context
from webui.spec import ClusterSpec
from webui.store.models import Run

CONTROL, WORKERS, NETWORK, _ = scope.OF_CLUSTER


@dataclass(frozen=True)
class Leaving:
    """`masters` and `workers` leave, `left` is how many control-plane machines stay, `leaves` are node ids.

    `before`: the cluster as it stands, machines that go included; None where there is no Kubernetes."""

    before: ClusterSpec | None = None
    masters: tuple[str, ...] = ()
    workers: tuple[str, ...] = ()
    left: int = 0
    leaves: tuple[int, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All machines that leave, workers first: the control plane must see them go."""
        return (*self.workers, *self.masters)

    @property
    def lost(self) -> bool:
        """No control-plane machine stays: the cluster ends, and another one is made."""
        return bool(self.masters) and not self.left

    @property
    def staying(self) -> tuple[str, ...]:
        """Machines that stay what they are."""
        machines = (*self.before.machines.control_plane, *self.before.machines.workers) if self.before else ()
        return tuple(str(one.name) for one in machines if one.name not in self.names)

    def after(self, spec: ClusterSpec) -> ClusterSpec:
        """A spec without what leaves."""
        return without(spec, self.names, self.leaves)


def of(context: Context) -> Leaving:
    """What leaves, as far as it is known: machines that Terraform would make anew are, once they are planned."""
    found = plays.outputs(context)
    if CONTROL not in found:
        return Leaving()
    masters, workers = (tuple(found.get(stage, {}).get("machines", {})) for stage in (CONTROL, WORKERS))
    again = set(vcenter_diff.machines(parts.part(context.run.diff, scope.MACHINES), "add", "replace", "destroy"))
    wanted = context.spec.machines
    gone = {name for name in masters if name in again or name not in _names(wanted.control_plane)}
    gone |= {name for name in workers if name in again or name not in _names(wanted.workers)}
    stand = found.get(NETWORK, {}).get("leaves", [])
    return Leaving(
        before=_before(context, found, (*masters, *workers), stand),
        masters=tuple(name for name in masters if name in gone),
        workers=tuple(name for name in workers if name in gone),
        left=sum(name not in gone for name in masters),
        leaves=tuple(node for node in stand if node not in {leaf.node for leaf in context.spec.l3out.anchors}),
    )


def spec_of(context: Context, run_id: int | None) -> ClusterSpec | None:
    """The spec that a run carried out."""
    with context.sessions() as db:
        run = db.get(Run, run_id) if run_id is not None else None
        return snapshot.spec_of(run, context.box) if run else None


def without(spec: ClusterSpec, names: Iterable[str], leaves: Iterable[int]) -> ClusterSpec:
    """A spec without these machines and leaves."""
    gone, nodes = set(names), set(leaves)
    machines = spec.machines
    kept = {role: tuple(one for one in getattr(machines, role) if one.name not in gone) for role in plays.GROUPS}
    anchors = tuple(leaf for leaf in spec.l3out.anchors if leaf.node not in nodes)
    return spec.model_copy(
        update={
            "machines": machines.model_copy(update=kept),
            "l3out": spec.l3out.model_copy(update={"anchors": anchors}),
        }
    )


def note(context: Context) -> None:
    """Put what leaves into the plan, in the place of what was noted before."""
    steps = _steps(context)
    found = plays.part_of(steps)
    context.store(diff=parts.joined(context.run.diff, scope.REMOVALS, found))


def _steps(context: Context) -> list[Step]:
    found = of(context)
    if found.lost:
        return [cluster_words.lost((*found.names, *found.staying))]
    return cluster_words.removals(found.names, found.masters, found.left, [str(node) for node in found.leaves])


def _before(
    context: Context, found: Mapping[str, Any], names: Iterable[str], leaves: Iterable[int]
) -> ClusterSpec | None:
    """The spec of the newest stage, without machines and leaves that have left since."""
    runs = [found[stage]["run"] for stage in scope.OF_CLUSTER if stage in found]
    spec = spec_of(context, max(runs))
    if spec is None:
        return None
    known, nodes = set(names), set(leaves)
    machines = (*spec.machines.control_plane, *spec.machines.workers)
    others = [str(one.name) for one in machines if one.name not in known]
    return without(spec, others, [int(leaf.node or 0) for leaf in spec.l3out.anchors if leaf.node not in nodes])


def _names(rows: Iterable[Any]) -> set[str]:
    return {str(row.name) for row in rows}
