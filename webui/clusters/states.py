"""In which state a cluster is, and a run: one word, its kind (icon and colour) and where it is filed. PURE."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from webui.store.models import ACTIVE, Cluster, Run, Stage


@dataclass(frozen=True)
class State:
    """kind: ok, warn, bad, run or idle. group: by which a list is filtered."""

    kind: str
    text: str
    group: str
    spin: bool = False


GROUPS = {
    "running": "Running",
    "look": "Needs a look",
    "placed": "In place",
    "draft": "Drafts",
    "destroyed": "Destroyed",
}


def cluster_state(cluster: Cluster, last: Run | None) -> State:
    """State of a cluster from its row and its newest run."""
    if last and last.state in ACTIVE:
        return State("run", _doing(last), "running", spin=last.state != "queued")
    broken = _broken(last)
    if broken:
        return broken
    if cluster.destroyed_at and not cluster.applied:
        return State("idle", "Destroyed", "destroyed")
    if cluster.applied:
        return State("ok", "In place", "placed")
    return State("idle", "Draft", "draft")


def _doing(run: Run) -> str:
    if run.state == "stopping":
        return "Stopping"
    verb = {"destroy": "Destroying", "reset": "Resetting", "verify": "Verifying"}.get(run.action, "Applying")
    done = percent(run.stages)
    words = "Planning" if run.kind == "plan" else f"{verb}, {done} %"
    return f"{words}, queued" if run.state == "queued" else words


def _broken(last: Run | None) -> State | None:
    """A failed or halted apply leaves the fabric half-way; a failed plan leaves it as it was."""
    if last is None or last.kind != "apply" or last.state not in ("failed", "stopped", "interrupted"):
        return None
    verb = {"destroy": "Destroy", "reset": "Reset", "verify": "Verification"}.get(last.action, "Apply")
    return State("warn" if last.state == "stopped" else "bad", f"{verb} {last.state}", "look")


def run_state(run: Run) -> State:
    """State of a run, with the stage where it ended badly."""
    where = next((stage.name for stage in run.stages if stage.state in ("failed", "stopped")), "")
    at = f" at {where.capitalize()}" if where else ""
    words = {
        "queued": State("idle", "Queued", "running"),
        "running": State("run", "Running", "running", spin=True),
        "stopping": State("warn", "Stopping", "running"),
        "succeeded": State("ok", "Planned" if run.kind == "plan" else "Succeeded", "ended"),
        "failed": State("bad", f"Failed{at}", "failed"),
        "stopped": State("warn", f"Stopped{at}", "failed"),
        "interrupted": State("bad", f"Interrupted{at}", "failed"),
        "discarded": State("idle", "Discarded", "ended"),
    }
    return words.get(run.state, State("idle", run.state.capitalize(), "ended"))


def run_title(run: Run, name: str) -> str:
    """What a run is, as a heading."""
    if run.kind == "plan":
        return f"Plan the removal of {name}" if run.action == "destroy" else f"Plan changes to {name}"
    verbs = {"destroy": "Destroy", "reset": "Reset Kubernetes of", "verify": "Verify"}
    return f"{verbs.get(run.action, 'Apply changes to')} {name}"


def percent(stages: Sequence[Stage], *, ended_well: bool = False) -> int:
    """Overall progress, 0 to 100: 100 only when the run ended well. Stages to come do not count."""
    counted = [stage for stage in stages if stage.state not in ("to-come", "skipped")]
    if ended_well:
        return 100
    if not counted:
        return 0
    return min(99, int(100 * sum(_part(stage) for stage in counted) / len(counted)))


def _part(stage: Stage) -> float:
    if stage.state == "done":
        return 1.0
    return min(1.0, stage.done / stage.total) if stage.total and stage.state != "waiting" else 0.0


def stage_sentence(stages: Sequence[Stage]) -> tuple[str, str]:
    """(name of the stage that matters now, what it does), for the bar on top."""
    counted = [stage for stage in stages if stage.state not in ("to-come", "skipped")]
    for wanted in ("running", "failed", "stopped"):
        for number, stage in enumerate(counted, 1):
            if stage.state == wanted:
                tail = {"running": "", "failed": ", ended by the failure", "stopped": ", stopped"}[wanted]
                detail = f": {stage.detail}" if stage.detail and wanted == "running" else ""
                return stage.name.capitalize(), f"stage {number} of {len(counted)}{detail}{tail}"
    done = [stage for stage in counted if stage.state == "done"]
    if counted and len(done) == len(counted):
        return "Done", f"{len(done)} of {len(counted)} stages"
    waiting = next((stage for stage in counted if stage.state == "waiting"), None)
    return (waiting.name.capitalize() if waiting else "Waiting"), f"{len(done)} of {len(counted)} stages done"
