"""Drafts in the database: the spec document as typed, its secrets sealed apart, a version that rises."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import CursorResult, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webui.steps.document import as_text, at, put
from webui.steps.merge import merge
from webui.store.box import Box
from webui.store.models import Cluster, now

TRIES = 8
"""How often a write is tried anew when another one came first."""


class Gone(Exception):
    """The cluster is not there (any more)."""


class Crowded(Exception):
    """Other writes came first, each time. Trying again helps."""


@dataclass(frozen=True)
class Draft:
    """One draft as read: `secrets` by path, in clear, for checks and runs; they never go into a page."""

    cluster_id: str
    version: int
    saved: dt.datetime | None
    document: dict[str, Any]
    secrets: dict[str, str] = field(repr=False)
    visited: tuple[str, ...]


@dataclass(frozen=True)
class Edit:
    """What one page writes: its own fields alone."""

    page: str
    values: Mapping[str, Any] = field(default_factory=dict)
    """By path; None or "" empties a field."""
    secrets: Mapping[str, str | None] = field(default_factory=dict, repr=False)
    """By path; None clears a secret, a path that is missing keeps it."""
    seen: Mapping[str, str] | None = None
    """Marks of what the form was given (webui.steps.merge); None overwrites without looking."""
    visit: bool = False
    """The reader has finished the page: what is missing on it may be said."""


@dataclass(frozen=True)
class Whole:
    """A whole document, from a file or an example, for these pages."""

    document: Mapping[str, Any]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    pages: tuple[str, ...] = ()


Change = Callable[[Draft], tuple[dict[str, Any], dict[str, str]]]


def create(db: Session, by: str) -> Cluster:
    """A cluster with an empty draft."""
    cluster = Cluster(created_by=by, draft={}, visited=[])
    db.add(cluster)
    db.commit()
    return cluster


def read(db: Session, box: Box, cluster_id: str) -> Draft:
    """The draft as it stands in the database now. Raises Gone."""
    cluster = db.get(Cluster, cluster_id, populate_existing=True)
    if cluster is None:
        raise Gone(cluster_id)
    return Draft(
        cluster_id=cluster.id,
        version=cluster.draft_version,
        saved=cluster.draft_saved,
        document=dict(cluster.draft or {}),
        secrets=dict(box.open(cluster.sealed_draft_secrets) or {}),
        visited=tuple(cluster.visited or ()),
    )


def write(db: Session, box: Box, cluster_id: str, edit: Edit) -> Draft:
    """Save what one page holds. The version rises when something really changed. Raises Conflict, Gone, Crowded."""

    def change(draft: Draft) -> tuple[dict[str, Any], dict[str, str]]:
        return merge(draft.document, edit.values, edit.seen), _with(draft.secrets, edit.secrets)

    return _save(db, box, cluster_id, change, visited=(edit.page,) if edit.visit else ())


def replace(db: Session, box: Box, cluster_id: str, whole: Whole) -> Draft:
    """Put a whole document in the draft's place; secrets that it does not give are kept. Raises Gone, Crowded."""

    def change(draft: Draft) -> tuple[dict[str, Any], dict[str, str]]:
        return dict(whole.document), _with(draft.secrets, whole.secrets)

    return _save(db, box, cluster_id, change, visited=whole.pages)


def taken(db: Session, cluster_id: str, name: str) -> bool:
    """Whether another cluster has this name."""
    found = select(Cluster.id).where(Cluster.name == name, Cluster.id != cluster_id)
    return bool(name) and db.scalar(found) is not None


def _save(db: Session, box: Box, cluster_id: str, change: Change, visited: tuple[str, ...]) -> Draft:
    for _ in range(TRIES):
        draft = read(db, box, cluster_id)
        document, secrets = change(draft)
        columns = _columns(db, box, draft, document, secrets)
        seen = [*draft.visited, *(page for page in visited if page not in draft.visited)]
        if not columns and len(seen) == len(draft.visited):
            return draft
        if _put(db, draft, columns | {"visited": seen}):
            return read(db, box, cluster_id)
    raise Crowded(cluster_id)


def _put(db: Session, draft: Draft, columns: dict[str, Any]) -> bool:
    """Write the columns unless another write came first."""
    row = update(Cluster).where(Cluster.id == draft.cluster_id, Cluster.draft_version == draft.version)
    try:
        result = db.execute(row.values(columns).execution_options(synchronize_session=False))
        written = isinstance(result, CursorResult) and result.rowcount == 1
        db.commit()
    except IntegrityError:
        # The name was taken between the look and the write: the next try leaves it out.
        db.rollback()
        return False
    return written


def _columns(db: Session, box: Box, draft: Draft, document: dict[str, Any], secrets: dict[str, str]) -> dict[str, Any]:
    """The columns that change; none when the document and its secrets are as before."""
    cluster = db.get_one(Cluster, draft.cluster_id)
    if cluster.applied is not None:
        document = put(document, {"fabric.site": cluster.site})
    if document == draft.document and secrets == draft.secrets:
        return {}
    columns: dict[str, Any] = {"draft": document, "draft_version": draft.version + 1, "draft_saved": now()}
    if secrets != draft.secrets:
        columns["sealed_draft_secrets"] = box.seal(secrets) if secrets else None
    if cluster.applied is None and at(document, "fabric.site") in ("lab", "apic"):
        columns["site"] = at(document, "fabric.site")
    name = as_text(at(document, "name"))[:64]
    if name and not taken(db, draft.cluster_id, name):
        columns["name"] = name
    return columns


def _with(secrets: Mapping[str, str], typed: Mapping[str, str | None]) -> dict[str, str]:
    joined = {**secrets, **typed}
    return {path: value for path, value in joined.items() if value}
