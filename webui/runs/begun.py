"""L3Outs that a cluster has begun to make: they may stand in the fabric although no state tells of them.

A Terraform that is killed between the APIC's answer and the writing of its state leaves such an object behind.
Making it again is a merge (aci_rest_managed), so a new plan may go on; only the name must not count as taken.
"""

from __future__ import annotations

from collections.abc import Iterable

from webui.spec import parse
from webui.store.models import Run


def l3outs(runs: Iterable[Run]) -> set[str]:
    """DNs from the applies that reached the fabric since the last finished destroy. `runs` in their order."""
    found: set[str] = set()
    for run in runs:
        if run.kind != "apply" or not _reached_the_fabric(run):
            continue
        if run.action == "destroy":
            found = set() if run.state == "succeeded" else found
        elif dn := _dn(run):
            found.add(dn)
    return found


def _reached_the_fabric(run: Run) -> bool:
    return any(stage.name == "fabric" and stage.started for stage in run.stages)


def _dn(run: Run) -> str | None:
    l3out = parse(run.document).spec.l3out
    return f"uni/tn-{l3out.tenant}/out-{l3out.name}" if l3out.tenant and l3out.name else None
