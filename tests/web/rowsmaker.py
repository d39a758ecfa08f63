"""Rows for page tests: clusters and runs as the runs package leaves them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from webui.store.models import ACTIVE, STAGES, Cluster, Event, Run, Stage, now

SECRET = "bgp-secret-4711"
BEGUN = ("fabric", "machines", "hosts")


def document(name: str = "k8s-dc1", site: str = "lab", leaves: int = 2) -> dict[str, Any]:
    """A spec document without secrets, as drafts and applied specs are stored."""
    return {
        "version": 1,
        "name": name,
        "mode": "no-cluster",
        "fabric": {"site": site, "apics": ["apic1.example.net"], "user": "admin"},
        "l3out": {
            "tenant": "k8s-prod",
            "name": name,
            "vlan": 310,
            "node_subnet": {"v4": "198.18.2.0/24"},
            "secondary": {"v4": "198.18.2.253"},
            "anchors": [
                {
                    "pod": 1,
                    "node": 101 + i,
                    "router_id": f"198.19.0.{101 + i}",
                    "v4": f"198.18.2.{101 + i}",
                    "rack": "r1",
                }
                for i in range(leaves)
            ],
        },
        "network": {"pods": {"v4": "198.18.16.0/20"}},
    }


def cluster(db: Session, name: str | None = "k8s-dc1", *, applied: bool = False, site: str = "lab") -> Cluster:
    """A draft, or an applied cluster."""
    body = document(name or "", site) if name else {}
    row = Cluster(name=name, site=site, draft=body, draft_version=3, created_by="operator")
    if applied:
        row.applied, row.applied_at = body, now() - dt.timedelta(days=12, hours=4)
        row.outputs = {
            "bgp_peers": [{"node": 101, "v4": "198.18.2.101", "v6": None}],
            "gateway": {"v4": "198.18.2.253"},
        }
    db.add(row)
    db.commit()
    return row


def run(db: Session, of: Cluster, kind: str = "apply", state: str = "running", **more: Any) -> Run:
    """A run with its stages; an ended one ended now."""
    number = 1 + db.query(Run).filter_by(cluster_id=of.id).count()
    begun = now() - dt.timedelta(seconds=50)
    values = {
        "action": "apply",
        "started": begun,
        "requested_by": "operator",
        "draft_version": 3,
        "document": {},
    } | more
    row = Run(cluster_id=of.id, number=number, kind=kind, state=state, **values)
    row.ended = None if state in ACTIVE else now()
    current = {"running": "running", "stopping": "running", "succeeded": "done"}.get(state, state)
    for position, name in enumerate(STAGES):
        later = "done" if state == "succeeded" else "waiting"
        stage = "done" if name in ("preflight", "removals") else current if name in BEGUN else later
        row.stages.append(Stage(position=position, name=name, state=stage, done=10, total=40))
    db.add(row)
    db.commit()
    return row


def log(db: Session, of: Run, count: int, *, start: int = 1) -> None:
    """Numbered lines; every tenth is a warning, every fiftieth an error."""
    db.add_all(
        Event(
            run_id=of.id,
            n=n,
            level="error" if n % 50 == 0 else "warning" if n % 10 == 0 else "info",
            stage="fabric",
            text=f"line {n} of the log",
        )
        for n in range(start, start + count)
    )
    of.last_event = start + count - 1
    db.commit()
