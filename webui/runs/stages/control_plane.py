"""The control plane: Kubernetes, its etcd and the API address on the first machines, and on those that join them."""

from __future__ import annotations

from webui.runs import cluster_stage, cluster_words
from webui.runs.cluster_stage import Play
from webui.runs.pipeline import Context

NAME = "control plane"
PLAY = Play(NAME, "control_plane.yml", cluster_words.control_plane, ("control_plane",), removed=False)


def run(context: Context) -> None:
    """Say what a plan would do, or do it. Raises Skipped, Failure, Ended."""
    cluster_stage.run(context, PLAY)
