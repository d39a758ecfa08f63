"""Which stages a run has, in which order, and which of them its mode leaves out. PURE."""

from __future__ import annotations

from webui.store.models import STAGES

MACHINES, HOSTS = "machines", "hosts"
LATER = STAGES[STAGES.index(HOSTS) + 1 :]


def order(action: str) -> tuple[str, ...]:
    """The stages as they run. A destroy takes the machines before the fabric that they stand on."""
    if action != "destroy":
        return STAGES
    first = ("preflight", MACHINES, "fabric")
    return (*first, *(name for name in STAGES if name not in first))


def left_out(mode: str, action: str) -> dict[str, str]:
    """Stages that a run of this mode does not have, each with the reason."""
    if mode == "no-cluster":
        return dict.fromkeys((MACHINES, HOSTS, *LATER), "Left out: mode no-cluster ends with the fabric.")
    found = {} if mode == "full" else {MACHINES: "Left out: in mode bare-metal the machines are there."}
    if action == "destroy":
        kept = "Left out: the machines go as a whole." if mode == "full" else "Left out: the machines stay as they are."
        found |= dict.fromkeys((HOSTS, *LATER), kept)
    return found
