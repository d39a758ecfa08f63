"""Discarding a cluster: its working directory goes, and the installer's own user at the APIC where our rights reach."""

from __future__ import annotations

import shutil

import lab.site
from aci.errors import AciError
from webui import lookups
from webui.settings import Settings
from webui.spec import parse
from webui.store.box import Box
from webui.store.models import Cluster


def leave(cluster: Cluster, settings: Settings, box: Box) -> str:
    """Take away what a cluster without objects on the fabric left elsewhere; what stays, in words, or ""."""
    shutil.rmtree(settings.home / "clusters" / cluster.id, ignore_errors=True)
    stored = box.open(cluster.sealed_credential)
    if not stored or stored.get("pending"):
        return ""
    credential = lookups.Credential.from_json(stored)
    if not credential.ours:
        return ""
    found = lab.site.status(settings.lab_home) if cluster.site == "lab" else None
    if found is None:
        return _stays(credential)
    fabric = parse({"fabric": {"site": "lab", "user": found.user}}).spec.fabric
    try:
        with lookups.connect(fabric, found.password, settings, found) as session:
            lookups.remove_installer_user(session, credential)
    except AciError:
        return _stays(credential)
    return ""


def _stays(credential: lookups.Credential) -> str:
    return (
        f"Its user {credential.user} is still on the APIC, since only an administrator may remove users: "
        f"delete uni/userext/user-{credential.user} there."
    )
