"""What a run is about: the complete spec of a cluster, its secrets apart and sealed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from webui import spec as specs
from webui.store.box import Box
from webui.store.models import Cluster, Run

ADMIN_PASSWORD = "admin_password"  # noqa: S105 - a key, no password
SPEC = "spec"


@dataclass(frozen=True)
class Snapshot:
    """A spec document without secrets, and what `Run.sealed_secrets` holds: {"spec": {path: secret}, …}."""

    document: dict[str, Any]
    sealed: str


def of_draft(cluster: Cluster, box: Box) -> Snapshot:
    """The cluster's draft, completed by what can be derived without the fabric."""
    return of_document(cluster.draft, box.open(cluster.sealed_draft_secrets) or {}, box)


def of_applied(cluster: Cluster, box: Box) -> Snapshot:
    """What was applied last; the draft when nothing ever was (an apply that failed half way)."""
    if cluster.applied is None:
        return of_draft(cluster, box)
    return of_document(cluster.applied, box.open(cluster.sealed_applied_secrets) or {}, box)


def of_document(document: dict[str, Any], secrets: dict[str, str], box: Box) -> Snapshot:
    """The completed document. The APIC's admin password is used at sign-in alone and goes into no run."""
    spec = specs.complete(specs.parse(specs.secrets.merge(document, secrets)).spec)
    return of_spec(spec, box)


def of_spec(spec: specs.ClusterSpec, box: Box) -> Snapshot:
    """A spec as a run keeps it."""
    clear, secrets = specs.secrets.split(specs.dump(spec))
    secrets.pop("fabric.password", None)
    return Snapshot(clear, box.seal({SPEC: secrets}))


def spec_of(run: Run, box: Box) -> specs.ClusterSpec:
    """The spec of a run, with its secrets."""
    return specs.parse(specs.secrets.merge(run.document, secrets_of(run, box))).spec


def secrets_of(run: Run, box: Box) -> dict[str, str]:
    """The spec's secrets by path."""
    held: dict[str, dict[str, str]] = box.open(run.sealed_secrets) or {}
    return held.get(SPEC, {})


def with_admin_password(run: Run, password: str | None, box: Box) -> str:
    """The run's sealed secrets with the password added (or, with None, wiped)."""
    held = box.open(run.sealed_secrets) or {}
    held.pop(ADMIN_PASSWORD, None)
    return box.seal(held | ({ADMIN_PASSWORD: password} if password else {}))


def admin_password_of(run: Run, box: Box) -> str | None:
    """The admin password that was given with the request, until it is used."""
    return (box.open(run.sealed_secrets) or {}).get(ADMIN_PASSWORD)
