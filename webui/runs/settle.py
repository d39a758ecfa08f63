"""What a cluster is after a run changed it."""

from __future__ import annotations

from typing import Any

from webui.runs import snapshot
from webui.runs.pipeline import Context
from webui.store.models import Cluster, now

OF_STAGES = ("machines", "hosts")
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
    with context.sessions() as db:
        cluster = db.get_one(Cluster, context.run.cluster_id)
        cluster.outputs = (cluster.outputs or {}) | of_stage
        db.commit()
        merged = cluster.outputs
    context.store(outputs=merged)


def machines_gone(context: Context) -> None:
    """Nothing that Terraform made for this cluster stands in vCenter any more."""
    with context.sessions() as db:
        cluster = db.get_one(Cluster, context.run.cluster_id)
        kept = {name: value for name, value in (cluster.outputs or {}).items() if name not in OF_STAGES}
        cluster.outputs, cluster.sealed_ssh_key = kept, None
        db.commit()


def destroyed(context: Context) -> None:
    """Nothing that Terraform made for this cluster stands in the fabric any more."""
    with context.sessions() as db:
        cluster = db.get_one(Cluster, context.run.cluster_id)
        cluster.applied = cluster.outputs = cluster.sealed_applied_secrets = cluster.sealed_ssh_key = None
        cluster.applied_at, cluster.destroyed_at = None, now()
        db.commit()


def forgotten(context: Context) -> None:
    """The installer's user is gone, or left to be deleted by hand: its key is of no more use."""
    with context.sessions() as db:
        db.get_one(Cluster, context.run.cluster_id).sealed_credential = None
        db.commit()
