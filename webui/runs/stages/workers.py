"""The workers: they join the cluster."""

from __future__ import annotations

from webui.runs import cluster_stage, cluster_words
from webui.runs.cluster_stage import Play
from webui.runs.pipeline import Context

NAME = "workers"
PLAY = Play(NAME, "workers.yml", cluster_words.workers, ("workers",))


def run(context: Context) -> None:
    """Say what a plan would do, or do it. Raises Skipped, Failure, Ended."""
    cluster_stage.run(context, PLAY)
