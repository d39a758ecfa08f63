"""The tables. Times are UTC; JSON columns hold plain JSON; `sealed_…` columns hold text encrypted by `store.box`."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    ForeignKey,
    Index,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

ACTIVE = ("queued", "running", "stopping")
"""Run states that hold the cluster's lock."""

STAGES = (
    "preflight",
    "removals",
    "fabric",
    "machines",
    "hosts",
    "control plane",
    "workers",
    "network",
    "add-ons",
    "verify",
)
"""Every stage of a run, in order."""


def now() -> dt.datetime:
    """The time in UTC, with its zone."""
    return dt.datetime.now(dt.UTC)


def new_id() -> str:
    """A fresh identifier: 32 hexadecimal digits."""
    return uuid.uuid4().hex


class Utc(TypeDecorator[dt.datetime]):
    """A time that keeps its zone on SQLite too, which stores none."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Store UTC."""
        return value.astimezone(dt.UTC) if value else None

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Read UTC."""
        return value.replace(tzinfo=dt.UTC) if value and value.tzinfo is None else value


class Base(DeclarativeBase):
    """Base of all tables."""

    type_annotation_map = {dict[str, Any]: JSON, list[Any]: JSON, dt.datetime: Utc}


class User(Base):
    """Who may sign in. role: viewer (looks), operator (plans and applies), admin (also users)."""

    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(16), default="operator")
    active: Mapped[bool] = mapped_column(default=True)
    session_key: Mapped[str] = mapped_column(String(32), default=new_id)
    """Changes with the password: open sessions of the old one end."""
    failed_tries: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[dt.datetime | None]
    created: Mapped[dt.datetime] = mapped_column(default=now)


class Cluster(Base):
    """One cluster: its draft (raw document), what was applied, and its credential at the APIC."""

    __tablename__ = "clusters"
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    name: Mapped[str | None] = mapped_column(String(64), unique=True)
    """None until the draft names it."""
    site: Mapped[str] = mapped_column(String(16), default="apic")
    """lab | apic: fixed once something was applied."""
    draft: Mapped[dict[str, Any]] = mapped_column(default=dict)
    sealed_draft_secrets: Mapped[str | None] = mapped_column(Text)
    visited: Mapped[list[Any]] = mapped_column(default=list)
    """Wizard pages that were saved at least once."""
    draft_version: Mapped[int] = mapped_column(default=0)
    """Rises with each saved change: a plan of an older version is stale."""
    draft_saved: Mapped[dt.datetime | None]
    applied: Mapped[dict[str, Any] | None]
    sealed_applied_secrets: Mapped[str | None] = mapped_column(Text)
    applied_at: Mapped[dt.datetime | None]
    outputs: Mapped[dict[str, Any] | None]
    destroyed_at: Mapped[dt.datetime | None]
    sealed_credential: Mapped[str | None] = mapped_column(Text)
    """JSON {"user","cert_name","private_key","expires","role"}: the installer's own user at the APIC."""
    sealed_ssh_key: Mapped[str | None] = mapped_column(Text)
    """JSON {"private","public"}: the key pair that Anchorage made for the cluster's machines (mode full)."""
    sealed_kubeconfig: Mapped[str | None] = mapped_column(Text)
    """JSON {"text","at"}: the administrator's kubeconfig and when it was handed over."""
    created_by: Mapped[str] = mapped_column(String(64), default="")
    created: Mapped[dt.datetime] = mapped_column(default=now)
    runs: Mapped[list[Run]] = relationship(back_populates="cluster", order_by="Run.id", cascade="all, delete-orphan")


class Run(Base):
    """One execution. state: queued, running, stopping, succeeded, failed, stopped, interrupted, discarded."""

    __tablename__ = "runs"
    id: Mapped[int] = mapped_column(primary_key=True)
    cluster_id: Mapped[str] = mapped_column(ForeignKey("clusters.id", ondelete="CASCADE"))
    number: Mapped[int]
    """Counts from 1 in each cluster."""
    kind: Mapped[str] = mapped_column(String(16))
    """plan | apply."""
    action: Mapped[str] = mapped_column(String(16), default="apply")
    """apply | destroy: what the plan is for; reset (Kubernetes alone) | verify: an apply run without a plan."""
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("runs.id"))
    """An apply run: the plan run whose saved plan it applies."""
    resumes_id: Mapped[int | None] = mapped_column(ForeignKey("runs.id"))
    state: Mapped[str] = mapped_column(String(16), default="queued")
    document: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """The complete spec that it is about, without secrets."""
    sealed_secrets: Mapped[str | None] = mapped_column(Text)
    draft_version: Mapped[int] = mapped_column(default=0)
    diff: Mapped[dict[str, Any] | None]
    plan_digest: Mapped[str | None] = mapped_column(String(64))
    """SHA-256 of the saved plan, hexadecimal."""
    outputs: Mapped[dict[str, Any] | None]
    failure: Mapped[dict[str, Any] | None]
    requested_by: Mapped[str] = mapped_column(String(64), default="")
    created: Mapped[dt.datetime] = mapped_column(default=now)
    started: Mapped[dt.datetime | None]
    ended: Mapped[dt.datetime | None]
    heartbeat: Mapped[dt.datetime | None]
    pid: Mapped[int | None]
    """Process group of the running tool, and when that process began (s since boot epoch): both must fit to be ours."""
    pid_started: Mapped[float | None]
    last_event: Mapped[int] = mapped_column(default=0)
    cluster: Mapped[Cluster] = relationship(back_populates="runs")
    stages: Mapped[list[Stage]] = relationship(
        back_populates="run", order_by="Stage.position", cascade="all, delete-orphan"
    )
    __table_args__ = (
        UniqueConstraint("cluster_id", "number", name="uq_runs_number"),
        Index(
            "uq_runs_one_active",
            "cluster_id",
            unique=True,
            sqlite_where=text("state IN ('queued','running','stopping')"),
            postgresql_where=text("state IN ('queued','running','stopping')"),
        ),
    )


class Stage(Base):
    """One stage of a run. state: waiting, running, done, failed, stopped, to-come, skipped."""

    __tablename__ = "stages"
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    started: Mapped[dt.datetime | None]
    ended: Mapped[dt.datetime | None]
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    detail: Mapped[str] = mapped_column(Text, default="")
    run: Mapped[Run] = relationship(back_populates="stages")


class Event(Base):
    """One line of a run's log, numbered from 1 in each run."""

    __tablename__ = "events"
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(default=now)
    level: Mapped[str] = mapped_column(String(8), default="info")
    stage: Mapped[str] = mapped_column(String(32), default="")
    text: Mapped[str] = mapped_column(Text)
    data: Mapped[dict[str, Any] | None]


class Upload(Base):
    """A machine template on its way to vCenter. state: running, done, failed, stopped."""

    __tablename__ = "uploads"
    id: Mapped[int] = mapped_column(primary_key=True)
    cluster_id: Mapped[str] = mapped_column(ForeignKey("clusters.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    """The name that the template gets."""
    source: Mapped[str] = mapped_column(Text)
    """Name of the file, or its path on this server."""
    state: Mapped[str] = mapped_column(String(16), default="running")
    done: Mapped[int] = mapped_column(BigInteger, default=0)
    """Bytes of the OVA that were sent on."""
    total: Mapped[int | None] = mapped_column(BigInteger)
    words: Mapped[str] = mapped_column(Text, default="")
    """What goes on, or how it ended."""
    template: Mapped[str] = mapped_column(Text, default="")
    """Path of the template once it is there."""
    stop: Mapped[bool] = mapped_column(default=False)
    """The user wants it stopped."""
    requested_by: Mapped[str] = mapped_column(String(64), default="")
    created: Mapped[dt.datetime] = mapped_column(default=now)
    heartbeat: Mapped[dt.datetime] = mapped_column(default=now)
    """When the process that works on it was last heard of."""
    ended: Mapped[dt.datetime | None]


class Audit(Base):
    """Who did what, and when."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(default=now)
    user: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(64))
    target: Mapped[str] = mapped_column(String(128), default="")
    detail: Mapped[str] = mapped_column(Text, default="")
