"""The network: pods, services, and BGP between each node and the leaves of its rack."""

from __future__ import annotations

from webui.lookups import manifests
from webui.runs import cluster_stage, cluster_words
from webui.runs.cluster_stage import Play
from webui.runs.failures import Failure
from webui.runs.pipeline import Context
from webui.runs.terraform.workspace import folder_of
from webui.spec import ClusterSpec

NAME = "network"


def run(context: Context) -> None:
    """Say what a plan would do, or do it. Raises Skipped, Failure, Ended."""
    cluster_stage.run(context, PLAY)


def _manifests(context: Context, spec: ClusterSpec) -> dict[str, str]:
    """Lay out what its roles apply: the makers' manifests with our changes; the variables that name the files."""
    folder = folder_of(context.settings, context.run.cluster_id) / "hosts" / "manifests"
    try:
        return manifests.lay_out(spec, context.settings.cache, folder, context.say)
    except manifests.NoManifest as error:
        raise Failure(
            error.what, error.cause, error.remedy, "cluster.calico_version", "cluster", error.retry
        ) from error


PLAY = Play(NAME, "network.yml", cluster_words.network, brings=_manifests)
