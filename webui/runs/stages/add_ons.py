"""The add-ons: what is installed on top, each optional."""

from __future__ import annotations

from webui.runs import cluster_stage, cluster_words, departures, leaving, plays, sync_access
from webui.runs.cluster_stage import Play
from webui.runs.pipeline import Context
from webui.runs.playbook import Outcome

NAME = "add-ons"


def run(context: Context) -> None:
    """Say what a plan would do, or do it. Raises Skipped, Failure, Ended, AciError."""
    known = plays.outputs(context).get(NAME)
    cluster_stage.run(context, PLAY)
    before = leaving.spec_of(context, known["run"]) if known else None
    if context.run.kind == "apply" and before and departures.SYNC not in context.spec.cluster.add_ons:
        departures.depart(context, before)


def _say_left_out(context: Context, outcome: Outcome) -> None:
    for name, images in sorted((outcome.data.get("add_ons_left_out") or {}).items()):
        context.say(f"Left out: {name}. The registry does not have {', '.join(images)}.", "warning")


PLAY = Play(
    NAME, "add_ons.yml", cluster_words.add_ons, ("control_plane",), brings=sync_access.brings, hears=_say_left_out
)
