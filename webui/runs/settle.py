"""What a cluster is after a run changed it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webui.render import l3out_sync
from webui.runs import scope, snapshot
from webui.runs.pipeline import Context
from webui.store.models import Cluster, now

OF_CLUSTER = (*scope.OF_CLUSTER, scope.VERIFY)
OF_STAGES = (scope.MACHINES, scope.HOSTS, *OF_CLUSTER, l3out_sync.NAME)
"""Keys of `Cluster.outputs` that belong to later stages; the others are the fabric's."""


def applied(context: Context, outputs: dict[str, Any]) -> None:
    """The spec of this run is what stands in the fabric now."""
    secrets = snapshot.secrets_of(context.run, context.box)
    with context.sessions() as db:
        cluster = db.get_one(Cluster, context.run.cluster_id)
        cluster.applied = context.run.document
        cluster.sealed_applied_secrets = context.box.seal(secrets)
        kept = {name: value for name, value in (cluster.outputs or {}).items() if name in OF_STAGES}
        cluster.outputs, cluster.applied_at, cluster.destroyed_at = outputs | kept, now(), None
        db.commit()
        merged = cluster.outputs
    context.store(outputs=merged)


def outputs(context: Context, **of_stage: Any) -> None:
    """What a stage after the fabric hands on, under its name."""
    of(context, of_stage)


def of(context: Context, of_stages: Mapping[str, Any]) -> None:
    """What stages hand on, by their names; of a stage that gives None nothing stays."""
    with context.sessions() as db:
        cluster = db.get_one(Cluster, context.run.cluster_id)
        merged = (cluster.outputs or {}) | dict(of_stages)
        cluster.outputs = {name: value for name, value in merged.items() if value is not None}
        db.commit()
        merged = cluster.outputs
    context.store(outputs=merged)


def kubeconfig(context: Context, text: str) -> None:
    """Whoever has it administers the cluster: it is kept sealed."""
    with context.sessions() as db:
        cluster = db.get_one(Cluster, context.run.cluster_id)
        cluster.sealed_kubeconfig = context.box.seal({"text": text, "at": now().isoformat()})
        db.commit()


def kubernetes_gone(context: Context) -> None:
    """The machines stand, prepared, without Kubernetes: the next apply installs it anew."""
    with context.sessions() as db:
        db.get_one(Cluster, context.run.cluster_id).sealed_kubeconfig = None
        db.commit()
    of(context, dict.fromkeys(OF_CLUSTER))


def machines_gone(context: Context) -> None:
    """Nothing that Terraform made for this cluster stands in vCenter any more."""
    with context.sessions() as db:
        cluster = db.get_one(Cluster, context.run.cluster_id)
        kept = {name: value for name, value in (cluster.outputs or {}).items() if name not in OF_STAGES}
        cluster.outputs, cluster.sealed_ssh_key, cluster.sealed_kubeconfig = kept, None, None
        db.commit()


def destroyed(context: Context) -> None:
    """Nothing that Terraform made for this cluster stands in the fabric any more."""
    with context.sessions() as db:
        cluster = db.get_one(Cluster, context.run.cluster_id)
        cluster.applied = cluster.outputs = cluster.sealed_applied_secrets = None
        cluster.sealed_ssh_key = cluster.sealed_kubeconfig = None
        cluster.applied_at, cluster.destroyed_at = None, now()
        db.commit()


def forgotten(context: Context) -> None:
    """The installer's user is gone, or left to be deleted by hand: its key is of no more use."""
    with context.sessions() as db:
        db.get_one(Cluster, context.run.cluster_id).sealed_credential = None
        db.commit()
