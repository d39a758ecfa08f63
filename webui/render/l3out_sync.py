"""ClusterSpec -> variables of what installs l3out_sync: its own kustomize base with the site's facts. PURE.

Its user at the APIC is made while the stage runs (webui/lookups/sync_user.py); its key is not among these variables.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from webui.spec import ClusterSpec

NAME = "l3out-sync"
BASE = ("namespace.yaml", "rbac.yaml", "configuration.yaml", "deployment.yaml", "network_policy.yaml")


def variables(spec: ClusterSpec) -> dict[str, Any]:
    """The role addon_l3out_sync: plain values; no secret among them. Nothing where the add-on is not wanted."""
    if spec.mode == "no-cluster" or NAME not in spec.cluster.add_ons:
        return {}
    return {"l3out_sync_cluster_id": cluster_id(spec), "addon_l3out_sync_objects": objects(spec)}


def secret_variables(spec: ClusterSpec) -> dict[str, Any]:
    """Nothing of it stands in the spec: the key is made by the stage and given to the job."""
    return {}


def cluster_id(spec: ClusterSpec) -> str:
    """What the cluster's objects in the fabric carry: its name, unique among the clusters of one L3Out."""
    return str(spec.name)


def objects(spec: ClusterSpec) -> list[dict[str, Any]]:
    """The base's objects with this cluster's configuration; the APIC's addresses and user come with the key."""
    found: list[dict[str, Any]] = [dict(one) for one in yaml.safe_load_all(_base())]
    for one in found:
        if one["kind"] == "ConfigMap":
            one["data"] = _configuration(spec)
        if one["kind"] == "Deployment":
            one["spec"]["replicas"] = 2
    return found


@cache
def _base() -> str:
    folder = files("l3out_sync") / "deploy" / "base"
    return "\n---\n".join((folder / name).read_text(encoding="utf-8") for name in BASE)


def _configuration(spec: ClusterSpec) -> dict[str, str]:
    l3out = spec.l3out
    return {
        "L3OUT_SYNC_CLUSTER_ID": cluster_id(spec),
        "L3OUT_SYNC_TENANT": str(l3out.tenant),
        "L3OUT_SYNC_L3OUT": str(l3out.name),
        "L3OUT_SYNC_DEFAULT_EPG": str(l3out.external_epg.name),
    }
