"""The fabric: Terraform's plan of what differs, or exactly that plan applied."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lab.providers import guard, mirror
from lab.providers.toolchain import ProviderBuildError
from webui import render
from webui.runs import cleanup, diff, settle
from webui.runs.failures import Failure
from webui.runs.pipeline import Context
from webui.runs.remains import remains_of
from webui.runs.site import lab_of, reached, signed
from webui.runs.terraform import environment
from webui.runs.terraform.messages import Said
from webui.runs.terraform.runner import Environments, Runner
from webui.runs.terraform.workspace import PlanGone, Workspace, of_cluster, write_private
from webui.store.models import Run

NAME = "fabric"


def run(context: Context) -> None:
    """Plan, or apply a plan, as the run's kind says. Raises Failure, Ended, AciError."""
    lab = lab_of(context.spec, context.settings)
    with signed(context.spec, context.credential, context.settings) as session:
        address = reached(session)
    runner = _runner(context, address, lab.ca_pem if lab else context.spec.fabric.tls.ca)
    runner.init(_provider_configuration(context))
    if lab is None:
        _refuse_stand_in(runner.workspace)
    if context.run.kind == "plan":
        _plan(context, runner)
    else:
        _apply(context, runner)


def _plan(context: Context, runner: Runner) -> None:
    context.say("Comparing the fabric with the spec.")
    found, digest = _planned(context, runner)
    context.store(diff=found, plan_digest=digest)
    for one in found["drift"]:
        context.say(one["note"], "warning")
    context.say(found["sentence"])


def _planned(context: Context, runner: Runner) -> tuple[diff.Diff, str]:
    destroy = context.run.action == "destroy"
    shown, digest = runner.plan(destroy=destroy)
    return context.log.redactor.value(diff.of_plan(shown, destroy)), digest


def _apply(context: Context, runner: Runner) -> None:
    """The saved plan of the plan run; of a run taken up again, what remains of that plan."""
    plan = _plan_run(context)
    approved, digest = plan.diff or {"groups": []}, plan.plan_digest or ""
    if context.run.resumes_id is not None:
        approved, digest = _remaining(context, runner, approved)
    try:
        outputs = runner.apply(digest, len(diff.objects_of(approved)))
    except PlanGone:
        raise _changed("The saved plan is not the one that was reviewed.") from None
    runner.workspace.discard_plan()
    if context.run.action == "destroy":
        cleanup.after_destroy(context, runner.workspace)
    else:
        settle.applied(context, outputs)


def _remaining(context: Context, runner: Runner, approved: diff.Diff) -> tuple[diff.Diff, str]:
    """After a partial apply the saved plan is stale: plan anew, and go on only with what was approved."""
    context.say("Planning what remains of the approved plan.")
    fresh, digest = _planned(context, runner)
    if not remains_of(approved, fresh):
        runner.workspace.discard_plan()
        raise _changed("Something else changed meanwhile, which was not part of the approved plan.")
    context.store(diff=fresh)
    context.say(f"What remains: {fresh['sentence']}")
    return fresh, digest


def _changed(cause: str) -> Failure:
    return Failure("The approved plan no longer fits.", cause, "Review a new plan.", page="review")


def _plan_run(context: Context) -> Run:
    with context.sessions() as db:
        return db.get_one(Run, context.run.plan_id)


def _runner(context: Context, address: str, ca: str | None) -> Runner:
    workspace = of_cluster(context.settings, context.run.cluster_id, context.box)
    workspace.prepare(render.tfvars(context.spec, f"https://{address}"))
    init = environment.for_init(context.environ, workspace.data, workspace.path / "provider.tfrc")
    secrets = render.tfvars_secrets(context.spec)
    work = environment.for_work(init, context.credential or {}, secrets, _ca_file(workspace, ca))
    settings = context.settings
    return Runner(
        settings.terraform,
        settings.terraform_parallelism,
        workspace,
        Environments(init, work),
        say=_Teller(context),
        asked=context.stop,
        redactor=context.log.redactor,
        on_start=lambda pid, started: context.store(pid=pid, pid_started=started),
    )


class _Teller:
    """Terraform's lines into the log, and its counts into the stage's progress."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def __call__(self, said: Said) -> None:
        data: dict[str, Any] | None = None
        if said.done is not None and said.total is not None:
            data = {"done": said.done, "total": said.total}
            self._context.progress(said.done, said.total)
        self._context.say(said.text, said.level, data)


def _ca_file(workspace: Workspace, ca: str | None) -> Path | None:
    if not ca:
        return None
    file = workspace.path / "ca.pem"
    write_private(file, ca.encode())
    return file


def _provider_configuration(context: Context) -> str:
    """Write where providers come from: the lab's stand-ins for the lab alone."""
    if context.spec.fabric.site == "lab":
        text = _lab_mirror(context).read_text()
    else:
        text = environment.provider_configuration(context.settings.provider_mirror)
    folder = of_cluster(context.settings, context.run.cluster_id, context.box).path
    write_private(folder / "provider.tfrc", text.encode())
    return text


def _lab_mirror(context: Context) -> Path:
    try:
        return mirror.build(context.settings.cache, context.say)
    except ProviderBuildError as error:
        remedy = "Mend what it names, then resume."
        raise Failure("The lab's stand-in for the ACI provider is missing.", str(error), remedy, retry=True) from error


def _refuse_stand_in(workspace: Workspace) -> None:
    if guard.is_stand_in(workspace.module):
        workspace.forget_init()
        raise Failure(
            "The lab's stand-in for the ACI provider was about to be used on a real fabric.",
            "ANCHORAGE_PROVIDER_MIRROR holds the stand-in.",
            "Put the real provider, CiscoDevNet/aci 2.20 or newer, into the mirror, or unset the variable.",
        )
