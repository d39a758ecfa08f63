"""Which stages a run has, in which order, and which of them its mode leaves out. PURE."""

from __future__ import annotations

from webui.store.models import STAGES

PREFLIGHT, REMOVALS, MACHINES, HOSTS, VERIFY = "preflight", "removals", "machines", "hosts", "verify"
LATER = STAGES[STAGES.index(HOSTS) + 1 :]
OF_CLUSTER = LATER[:-1]
"""Stages that make the cluster out of prepared machines."""

ALONE = {
    "reset": ((PREFLIGHT, REMOVALS), "Left out: a reset takes Kubernetes off the machines and touches nothing else."),
    "verify": ((VERIFY,), "Left out: a verification changes nothing."),
}
"""Actions that need no plan: the stages that they have, and why not the others."""


def order(action: str) -> tuple[str, ...]:
    """The stages as they run. A destroy takes the machines before the fabric that they stand on; what the cluster left
    elsewhere goes between, when nothing is there any more that would make it again."""
    if action != "destroy":
        return STAGES
    first = (PREFLIGHT, MACHINES, REMOVALS, "fabric")
    return (*first, *(name for name in STAGES if name not in first))


def left_out(mode: str, action: str, kind: str = "apply") -> dict[str, str]:
    """Stages that a run of this mode does not have, each with the reason."""
    if action in ALONE:
        own, why = ALONE[action]
        return {name: why for name in STAGES if name not in own}
    found = {VERIFY: "Left out: there is something to verify once a plan is applied."} if kind == "plan" else {}
    if mode == "no-cluster":
        why = "Left out: mode no-cluster ends with the fabric. Its manifests can be downloaded."
        return dict.fromkeys((REMOVALS, MACHINES, HOSTS, *LATER), why)
    if mode != "full":
        found[MACHINES] = "Left out: in mode bare-metal the machines are there."
    if action == "destroy":
        kept = "Left out: the machines go as a whole." if mode == "full" else "Left out: the machines stay as they are."
        found |= dict.fromkeys((HOSTS, *LATER), kept)
    return found
