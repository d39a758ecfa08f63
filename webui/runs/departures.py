"""What a cluster left in the fabric outside Terraform's states, taken away before it is destroyed or reset."""

from __future__ import annotations

from l3out_sync.fabric.removal import remove_owned
from webui import render
from webui.runs import sync_access
from webui.runs.pipeline import Context
from webui.runs.site import signed
from webui.spec import ClusterSpec

SYNC = "l3out-sync"
"""The add-on that makes external EPGs and subnets as workloads ask for them."""


def depart(context: Context, spec: ClusterSpec) -> None:
    """Remove what the add-ons of this spec made in the fabric; they must not run any more. Raises AciError, Failure."""
    if SYNC not in spec.cluster.add_ons:
        return
    owner = render.inventory(spec)["all"]["vars"].get("l3out_sync_cluster_id")
    if not owner:
        return
    with signed(context.spec, context.credential, context.settings) as session:
        count = remove_owned(session, str(owner))
    sync_access.retire(context, spec)
    context.say(f"Removed {count} {'object' if count == 1 else 'objects'} that l3out_sync had made in the fabric.")
