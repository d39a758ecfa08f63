"""The fabric: Terraform's plan of what differs, or exactly that plan applied."""

from __future__ import annotations

import shutil

from lab.providers.identity import ACI
from webui import render
from webui.runs import cleanup, diff, failures, half, settle
from webui.runs.half import Half
from webui.runs.pipeline import Context
from webui.runs.site import lab_of, reached, signed
from webui.runs.terraform import environment
from webui.runs.terraform.workspace import folder_of

NAME = "fabric"


def run(context: Context) -> None:
    """Plan, or apply a plan, as the run's kind says. Raises Failure, Ended, AciError."""
    fabric = _half(context)
    if context.run.kind == "plan":
        half.plan(context, fabric)
        return
    outputs, _ = half.apply(context, fabric)
    if context.run.action == "destroy":
        cleanup.after_destroy(context, half.workspace_of(context, NAME))
        shutil.rmtree(folder_of(context.settings, context.run.cluster_id), ignore_errors=True)
    else:
        settle.applied(context, outputs)


def _half(context: Context) -> Half:
    lab = lab_of(context.spec, context.settings)
    with signed(context.spec, context.credential, context.settings) as session:
        address = reached(session)
    return Half(
        stage=NAME,
        stand_in=ACI,
        real="CiscoDevNet/aci 2.20 or newer",
        where="the fabric",
        read=diff.of_plan,
        variables=render.tfvars(context.spec, f"https://{address}"),
        login=environment.apic_login(context.credential or {}),
        secrets=render.tfvars_secrets(context.spec),
        ca=lab.ca_pem if lab else context.spec.fabric.tls.ca,
        known=failures.KNOWN,
        # A destroy must work also when the contract or the domain has gone before: the root would refuse such a site.
        unchecked=("verify_site=false",),
    )
