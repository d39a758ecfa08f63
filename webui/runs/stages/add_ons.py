"""The add-ons: what is installed on top, each optional."""

from __future__ import annotations

from webui.runs import cluster_stage, cluster_words
from webui.runs.cluster_stage import Play
from webui.runs.pipeline import Context

NAME = "add-ons"
PLAY = Play(NAME, "add_ons.yml", cluster_words.add_ons, ("control_plane",))


def run(context: Context) -> None:
    """Say what a plan would do, or do it. Raises Skipped, Failure, Ended."""
    cluster_stage.run(context, PLAY)
