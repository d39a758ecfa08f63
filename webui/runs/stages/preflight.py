"""Before anything: is the APIC there, does it take our signature, and does the spec fit what stands in the fabric."""

from __future__ import annotations

import datetime as dt

from aci.dn import rn
from webui import lookups
from webui import spec as specs
from webui.runs import apic_failures, begun, leaving, plays, snapshot, vcenter
from webui.runs.failures import Failure
from webui.runs.pipeline import Context, Skipped
from webui.runs.site import reached, signed
from webui.runs.terraform.workspace import of_cluster
from webui.spec import Problem, SiteFacts
from webui.spec.checks.registry import Stage
from webui.spec.vcenter_site import VCenterFacts
from webui.store.models import Cluster

NAME = "preflight"


def run(context: Context) -> None:
    """Connect; for a plan, complete the spec by what the fabric says, and check it. Raises Failure, AciError."""
    _must_keep_its_machines(context)
    with signed(context.spec, context.credential, context.settings) as session:
        context.say(f"Connecting to the APIC {', '.join(context.spec.fabric.apics) or 'of the built-in lab'}.")
        address = reached(session)
        simulated = " (the lab's simulator)" if session.simulated else ""
        context.say(f"The APIC at {address}{simulated} answers and takes our signature.")
        if context.run.action in ("destroy", "reset"):
            return
        facts = lookups.read_facts(session, lambda: dt.datetime.now(dt.UTC))
    version = f"version {facts.version}, " if facts.version else ""
    context.say(f"Read the fabric: {version}{len(facts.leaves)} leaves, {len(facts.l3outs)} L3Outs.")
    if context.run.kind == "plan":
        _complete(context, facts)
    reach = _reach(context)
    _check(context, _without_own(context, facts), reach, _ask_vcenter(context, reach))


def _must_keep_its_machines(context: Context) -> None:
    """A mode without machines would forget those that were made."""
    made = of_cluster(context.settings, context.run.cluster_id, context.box, "machines")
    names = [one["name"] for one in made.state_values("vsphere_virtual_machine")]
    if names and context.spec.mode != "full":
        raise Failure(
            "The cluster has machines in vCenter, which this mode does not know.",
            f"{len(names)} were made: {', '.join(sorted(names))}.",
            "Set the mode back to full. To be rid of them, destroy the cluster first.",
            "mode",
            "review",
        )


def _complete(context: Context, facts: SiteFacts) -> None:
    """Derive from the draft once more, now knowing the fabric; what was applied stays where it is."""
    with context.sessions() as db:
        applied = snapshot.applied_spec(db.get_one(Cluster, context.run.cluster_id), context.box)
    given = snapshot.given_of(context.run, context.box)
    context.spec = specs.complete(given, _without_own(context, facts), applied)
    taken = snapshot.of_spec(context.spec, given, context.box)
    context.store(document=taken.document, sealed_secrets=taken.sealed)


def _reach(context: Context) -> Stage:
    """How far this run goes, and so what the spec must say. Raises Failure."""
    if context.spec.mode == "no-cluster":
        return "fabric"
    try:
        vcenter.must_have_machines(context)
    except Skipped as why:
        context.say(f"{why} The fabric alone is made.", "warning")
        return "fabric"
    return "hosts"


def _ask_vcenter(context: Context, reach: Stage) -> tuple[VCenterFacts | None, list[Problem]]:
    """What vCenter says and which privileges are missing, where machines are made and the spec says enough to ask."""
    if context.spec.mode != "full" or reach == "fabric":
        return None, []
    if any(problem.severity == "blocking" for problem in specs.check(context.spec, stage=reach)):
        return None, []  # what is missing is said first
    login = vcenter.login_of(context)
    context.say(f"Asking vCenter {login.address}.")
    found, lacking = vcenter.read_with_privileges(context)
    simulated = " (the lab's simulator)" if found.simulated else ""
    context.say(f"vCenter {found.version}{simulated} answers and takes our sign-in.")
    return found, lacking


def _check(context: Context, facts: SiteFacts, reach: Stage, asked: tuple[VCenterFacts | None, list[Problem]]) -> None:
    there, lacking = asked
    found = [*specs.check(context.spec, facts, stage=reach, vcenter=there), *lacking, *_fixed(context)]
    for problem in found:
        level = "error" if problem.severity == "blocking" else "warning"
        context.say(_line(problem), level)
    blocking = [problem for problem in found if problem.severity == "blocking"]
    if blocking:
        raise apic_failures.of_problems(blocking)
    context.say(f"The spec fits the fabric{' and vCenter' if there else ''}.")


def _fixed(context: Context) -> list[Problem]:
    """What an installed cluster can no longer change."""
    known = plays.outputs(context).get("control plane")
    installed = leaving.spec_of(context, known["run"]) if known else None
    return specs.fixed(installed, context.spec) if installed and not leaving.of(context).lost else []


def _line(problem: Problem) -> str:
    return f"{problem.field}: {problem.sentence} {problem.remedy}".strip()


def _without_own(context: Context, facts: SiteFacts) -> SiteFacts:
    """What this cluster made itself, whole or in part, is not in its way."""
    workspace = of_cluster(context.settings, context.run.cluster_id, context.box)
    with context.sessions() as db:
        started = begun.l3outs(db.get_one(Cluster, context.run.cluster_id).runs)
    for dn in started | {dn for dn in workspace.state_objects() if rn(dn).startswith("out-")}:
        facts = facts.without(dn)
    return facts
