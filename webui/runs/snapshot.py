"""What a run is about: the complete spec of a cluster, its secrets apart and sealed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from webui import spec as specs
from webui.store.box import Box
from webui.store.models import Cluster, Run

ADMIN_PASSWORD = "admin_password"  # noqa: S105 - a key, no password
SPEC, GIVEN = "spec", "given"


@dataclass(frozen=True)
class Snapshot:
    """A spec document without secrets, and what `Run.sealed_secrets` holds: {"spec": {path: secret}, "given": …}."""

    document: dict[str, Any]
    sealed: str


def of_draft(cluster: Cluster, box: Box) -> Snapshot:
    """The cluster's draft, completed by what can be derived without the fabric."""
    secrets = box.open(cluster.sealed_draft_secrets) or {}
    return of_document(cluster.draft, secrets, box, applied_spec(cluster, box))


def of_applied(cluster: Cluster, box: Box) -> Snapshot:
    """What was applied last; the draft when nothing ever was (an apply that failed half way)."""
    if cluster.applied is None:
        return of_draft(cluster, box)
    return of_document(cluster.applied, box.open(cluster.sealed_applied_secrets) or {}, box)


def of_document(
    document: dict[str, Any], secrets: dict[str, str], box: Box, applied: specs.ClusterSpec | None = None
) -> Snapshot:
    """The completed document. The APIC's admin password is used at sign-in alone and goes into no run."""
    given = specs.parse(specs.secrets.merge(document, secrets)).spec
    return of_spec(specs.complete(given, applied=applied), given, box)


def of_spec(complete: specs.ClusterSpec, given: specs.ClusterSpec, box: Box) -> Snapshot:
    """A completed spec as a run keeps it, and beside it what was given, to be completed anew from the fabric."""
    clear, secrets = specs.secrets.split(specs.dump(complete))
    secrets.pop("fabric.password", None)
    return Snapshot(clear, box.seal({SPEC: secrets, GIVEN: specs.secrets.split(specs.dump(given))[0]}))


def applied_spec(cluster: Cluster, box: Box) -> specs.ClusterSpec | None:
    """The spec that stands in the fabric, with its secrets; None before the first apply."""
    if cluster.applied is None:
        return None
    secrets = box.open(cluster.sealed_applied_secrets) or {}
    return specs.parse(specs.secrets.merge(cluster.applied, secrets)).spec


def given_of(run: Run, box: Box) -> specs.ClusterSpec:
    """What was given, without what was derived, with its secrets."""
    given = (box.open(run.sealed_secrets) or {}).get(GIVEN, run.document)
    return specs.parse(specs.secrets.merge(given, secrets_of(run, box))).spec


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
