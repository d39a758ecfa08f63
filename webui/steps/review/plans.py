"""Which plan stands on the Review page, and whether it may still be applied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webui.runs import service
from webui.runs.diff import changes_nothing
from webui.store.models import ACTIVE, Cluster, Run


@dataclass(frozen=True)
class Standing:
    """The newest plan of a cluster's draft and what is going on now."""

    plan: Run | None
    active: Run | None
    """The run that holds the cluster, whatever it does."""
    why_not: str
    """Why the plan cannot be applied, in a sentence; "" when it can."""
    applied: Run | None = None
    """The newest run that applied this plan, however it ended."""

    @property
    def diff(self) -> dict[str, Any]:
        """The plan's structured diff, empty without one."""
        return dict(self.plan.diff or {}) if self.plan else {}

    @property
    def current(self) -> bool:
        """The plan is of this very draft and the fabric has not been changed by a run since."""
        return self.plan is not None and self.plan.state == "succeeded" and not self.why_not

    @property
    def done(self) -> bool:
        """The plan was applied to its end."""
        return self.applied is not None and self.applied.state == "succeeded"

    @property
    def changes_nothing(self) -> bool:
        """Applying it would leave the fabric as it is."""
        return bool(self.diff.get("summary")) and changes_nothing(self.diff)


def standing(db: Session, cluster: Cluster) -> Standing:
    """Read the newest plan and the active run from the database."""
    mine = (
        select(Run)
        .where(Run.cluster_id == cluster.id)
        .order_by(Run.id.desc())
        .execution_options(populate_existing=True)
    )
    plan = db.scalars(mine.where(Run.kind == "plan", Run.action == "apply").limit(1)).first()
    active = db.scalars(mine.where(Run.state.in_(ACTIVE)).limit(1)).first()
    applied = db.scalars(mine.where(Run.kind == "apply", Run.plan_id == plan.id).limit(1)).first() if plan else None
    why_not = service.why_stale(db, plan) if plan and plan.state == "succeeded" else ""
    return Standing(plan, active, why_not, applied)
