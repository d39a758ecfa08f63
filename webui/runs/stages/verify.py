"""Verify: cluster and fabric are asked, and what they say is judged against the spec. Red cells fail with their "
"cause."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from webui.lookups.verify import Brought, read_cluster, read_fabric
from webui.runs import outside, plays, settle, vcenter
from webui.runs.failures import Failure
from webui.runs.pipeline import Context, Skipped
from webui.runs.site import reached, signed
from webui.runs.stop import Ended
from webui.spec import ClusterSpec
from webui.store.models import Cluster
from webui.verify import Finding, Report, Seen, expected, judge
from webui.verify.seen import Fabric

NAME = "verify"
PLAYBOOK, REMOVAL = "verify.yml", "verify_remove.yml"
HANDED = "verify.json"
PATIENCE = {"verify": 6.0}
"""Seconds that BGP may take to settle, by the run's action: on demand it is told how things are."""
SETTLING = 20.0
POLL = 1.0
NO_WORKLOAD = "ANCHORAGE_VERIFY_WORKLOAD"
"""Environment: `no` leaves the test workload out, and with it whatever needs a pod to be asked."""


def run(context: Context) -> None:
    """Look, judge, keep the report. Raises Skipped, Failure (red cells, or nobody could be asked), Ended, AciError."""
    if context.run.kind == "plan":
        raise Skipped("Left out: there is something to verify once a plan is applied.")
    vcenter.must_have_machines(context)
    report = _verify(context)
    settle.outputs(context, verify=report.to_json())
    _tell(context, report)
    if not report.green:
        raise _failure(report)


def _verify(context: Context) -> Report:
    report = _look(context)
    if not report.green and context.run.action != "verify":
        # What was made a moment ago may be about to settle: nodes learn routes, kube-proxy learns services.
        context.say("Not everything is green yet: looking once more.")
        report = _look(context)
    return report


def _look(context: Context) -> Report:
    wanted = _wants_workload(context.environ)
    outcome = plays.play(context, PLAYBOOK, variables=variables(context.spec, workload=wanted))
    brought = _brought(outcome.files)
    try:
        return _judged(context, brought)
    finally:
        if brought.workload is not None and wanted and not context.stop.asked:
            _remove(context, brought)


def variables(spec: ClusterSpec, *, workload: bool = True) -> dict[str, Any]:
    """Of the roles verify and verify_probes."""
    agents = {"aci": "", "kube-router": "kube-router"}
    mtu = spec.l3out.mtu or 1500
    return {
        "verify_workload": workload,
        "verify_balancer": spec.cluster.load_balancer != "none",
        "verify_agent": agents.get(spec.cluster.cni or "", "calico-node"),
        "verify_families": [family for family in ("v4", "v6") if getattr(spec.l3out.node_subnet, family)],
        "verify_probes_leaves": [
            {"node": leaf.node, "rack": leaf.rack or "", "v4": str(leaf.v4 or ""), "v6": str(leaf.v6 or "")}
            for leaf in spec.l3out.anchors
        ],
        "verify_probes_mtu": mtu,
        "verify_probes_pod_mtu": min(mtu, spec.cluster.calico_mtu or mtu),
    }


def _wants_workload(environ: Mapping[str, str]) -> bool:
    return environ.get(NO_WORKLOAD, "yes").lower() not in ("no", "false", "0")


def _brought(files: Mapping[str, str]) -> Brought:
    try:
        return read_cluster(files[HANDED])
    except (KeyError, ValueError) as error:
        raise Failure(
            "What the machines told cannot be read.",
            f"{HANDED} was not handed over as it should be ({type(error).__name__}).",
            "Verify again. If it happens again, report it with the log of this run.",
            retry=True,
        ) from error


def _judged(context: Context, brought: Brought) -> Report:
    """Ask leaves and client, then the APIC until all is green or BGP has had its time."""
    others = outside.of_site(context)
    reaches = others.reaches(brought.workload) if others and brought.workload else ()
    seen = Seen(
        at="",
        cluster=brought.cluster,
        workload=brought.workload,
        reaches=(*brought.reaches, *reaches),
        outside=others.sources if others else (),
        unasked=_unasked(context, brought, asks_outside=others is not None),
        applied_at=_applied_at(context),
    )
    wanted = expected(context.spec, brought.cluster)
    until = time.monotonic() + PATIENCE.get(context.run.action or "", SETTLING)
    with signed(context.spec, context.credential, context.settings) as session:
        context.say(f"Asking the APIC at {reached(session)} for sessions and routes.")
        while True:
            fabric: Fabric = read_fabric(session, context.spec, since=seen.applied_at)
            report = judge(wanted, replace(seen, at=_now(), fabric=fabric))
            if report.green or time.monotonic() > until:
                return report
            if context.stop.flag.wait(POLL):
                raise Ended


def _unasked(context: Context, brought: Brought, *, asks_outside: bool) -> dict[str, str]:
    found = {}
    if brought.cluster is None:
        found["cluster"] = "No control-plane machine answers: the cluster itself could not be asked."
    if not _wants_workload(context.environ):
        found["workload"] = "The test workload was left out, so no pod was asked."
    if not asks_outside:
        found["outside"] = "Leaves and a client outside cannot be asked here: the built-in lab alone can."
    return found


def _applied_at(context: Context) -> str:
    with context.sessions() as db:
        at = db.get_one(Cluster, context.run.cluster_id).applied_at
    return at.astimezone(dt.UTC).isoformat(timespec="milliseconds") if at else ""


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")


def _remove(context: Context, brought: Brought) -> None:
    """Take the test workload away by a machine that answered; what stays is named, and the next verification takes "
    "it."""
    silent = brought.cluster.silent if brought.cluster else frozenset()
    masters = [str(one.name) for one in context.spec.machines.control_plane if one.name not in silent]
    try:
        plays.play(context, REMOVAL, limit=masters[0] if masters else "")
    except Failure as failure:
        context.say(f"The test workload could not be removed: {failure}", "warning")
        context.say("It is the namespace anchorage-verify; the next verification removes it.", "warning")


def _tell(context: Context, report: Report) -> None:
    context.say(report.sentence, "info" if report.green else "warning")
    for note in report.notes:
        context.say(note)
    for finding in report.findings:
        context.say(
            f"{finding.what} {finding.cause} {finding.remedy}", "error" if finding.severity == "bad" else "warning"
        )


def _failure(report: Report) -> Failure:
    first: Finding | None = next((one for one in report.findings if one.severity == "bad"), None)
    if first is None:
        return Failure(
            "Nothing could be verified.", " ".join(report.notes), "Mend that, then verify again.", retry=True
        )
    more = sum(one.severity == "bad" for one in report.findings) - 1
    tail = f" ({more} more {'finding' if more == 1 else 'findings'}: the page Verify has them all.)" if more else ""
    return Failure(first.what, f"{first.cause}{tail}", first.remedy, first.field, first.page, retry=True)
