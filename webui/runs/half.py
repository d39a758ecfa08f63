"""One half of a cluster, a Terraform root with its own directory, state and saved plan: planned, then applied as is.

The fabric and the machines are two halves; what differs between them is data (`Half`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.providers import guard, mirror
from lab.providers.identity import StandIn
from lab.providers.toolchain import ProviderBuildError
from webui.runs import failures, parts
from webui.runs.diff import Diff, objects_of
from webui.runs.failures import Failure
from webui.runs.pipeline import Context
from webui.runs.remains import remains_of
from webui.runs.terraform import environment
from webui.runs.terraform.messages import Said
from webui.runs.terraform.runner import Environments, Runner
from webui.runs.terraform.workspace import PlanGone, Workspace, of_cluster, write_private
from webui.store.models import Run


@dataclass(frozen=True)
class Half:
    """`stage` names the stage and the root; `read` makes a diff of a plan; `unchecked`: settings of a destroy.

    `login` and `secrets` reach Terraform by its environment alone. `real`: the provider that a real site needs.
    """

    stage: str
    stand_in: StandIn
    real: str
    where: str
    read: Callable[[Mapping[str, Any], bool], Diff]
    variables: Mapping[str, Any]
    login: Mapping[str, str]
    secrets: Mapping[str, str]
    ca: str | None
    known: Sequence[failures.Known]
    unchecked: tuple[str, ...] = ()


def workspace_of(context: Context, stage: str) -> Workspace:
    """The directory of the run's cluster for this half."""
    return of_cluster(context.settings, context.run.cluster_id, context.box, stage)


def prepared(context: Context, half: Half) -> Runner:
    """Terraform, initialised for this half. Raises Failure, Ended."""
    runner = _runner(context, half)
    runner.init(_provider_configuration(context, half))
    if context.spec.fabric.site != "lab":
        _refuse_stand_in(runner.workspace, half)
    return runner


def plan(context: Context, half: Half) -> Diff:
    """Make the saved plan and note it in the run's diff; this half's part. Raises Failure, Ended."""
    runner = prepared(context, half)
    context.say(f"Comparing {half.where} with the spec.")
    found, digest = _planned(context, runner, half)
    whole = parts.joined(context.run.diff, half.stage, found, digest)
    context.store(diff=whole, plan_digest=context.run.plan_digest or digest)
    for one in found["drift"]:
        context.say(one["note"], "warning")
    context.say(found["sentence"])
    return found


def apply(context: Context, half: Half) -> tuple[dict[str, Any], Diff]:
    """Apply the saved plan of the plan run, or, in a run taken up again, what remains of it: (outputs, what was done).

    Raises Failure, Ended."""
    runner = prepared(context, half)
    plan_run = _plan_run(context)
    approved = parts.part(plan_run.diff, half.stage)
    digest = parts.digest_of(plan_run.diff, half.stage) or plan_run.plan_digest or ""
    if context.run.resumes_id is not None:
        approved, digest = _remaining(context, runner, half, approved)
    try:
        outputs = runner.apply(digest, len(objects_of(approved)))
    except PlanGone:
        raise _changed("The saved plan is not the one that was reviewed.") from None
    runner.workspace.discard_plan()
    return outputs, approved


def _planned(context: Context, runner: Runner, half: Half) -> tuple[Diff, str]:
    destroy = context.run.action == "destroy"
    shown, digest = runner.plan(destroy=destroy, unchecked=half.unchecked)
    return context.log.redactor.value(half.read(shown, destroy)), digest


def _remaining(context: Context, runner: Runner, half: Half, approved: Diff) -> tuple[Diff, str]:
    """After a partial apply the saved plan is stale: plan anew, and go on only with what was approved."""
    context.say("Planning what remains of the approved plan.")
    fresh, digest = _planned(context, runner, half)
    if not remains_of(approved, fresh):
        runner.workspace.discard_plan()
        raise _changed("Something else changed meanwhile, which was not part of the approved plan.")
    context.store(diff=parts.joined(context.run.diff, half.stage, fresh, digest))
    context.say(f"What remains: {fresh['sentence']}")
    return fresh, digest


def _changed(cause: str) -> Failure:
    return Failure("The approved plan no longer fits.", cause, "Review a new plan.", page="review")


def _plan_run(context: Context) -> Run:
    with context.sessions() as db:
        return db.get_one(Run, context.run.plan_id)


def _runner(context: Context, half: Half) -> Runner:
    workspace = workspace_of(context, half.stage)
    workspace.prepare(half.variables)
    init = environment.for_init(context.environ, workspace.data, workspace.path / "provider.tfrc")
    work = environment.for_work(init, half.login, half.secrets, _ca_file(workspace, half.ca))
    settings = context.settings
    return Runner(
        settings.terraform,
        settings.terraform_parallelism,
        workspace,
        Environments(init, work),
        say=_Teller(context),
        asked=context.stop,
        redactor=context.log.redactor,
        provider=half.stand_in.title,
        where=half.where,
        known=half.known,
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


def _provider_configuration(context: Context, half: Half) -> str:
    """Write where providers come from: the lab's stand-ins for the lab alone."""
    if context.spec.fabric.site == "lab":
        text = _lab_mirror(context, half).read_text()
    else:
        text = environment.provider_configuration(context.settings.provider_mirror)
    write_private(workspace_of(context, half.stage).path / "provider.tfrc", text.encode())
    return text


def _lab_mirror(context: Context, half: Half) -> Path:
    try:
        return mirror.build(context.settings.cache, context.say, half.stand_in)
    except ProviderBuildError as error:
        what = f"The lab's stand-in for the {half.stand_in.title} provider is missing."
        raise Failure(what, str(error), "Mend what it names, then resume.", retry=True) from error


def _refuse_stand_in(workspace: Workspace, half: Half) -> None:
    if guard.is_stand_in(workspace.module):
        workspace.forget_init()
        raise Failure(
            f"The lab's stand-in for the {half.stand_in.title} provider was about to be used on a real site.",
            "ANCHORAGE_PROVIDER_MIRROR holds the stand-in.",
            f"Put the real provider, {half.real}, into the mirror, or unset the variable.",
        )
