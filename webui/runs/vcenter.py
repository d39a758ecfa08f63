"""The vCenter of a run: where it is, who signs in, and whether there are machines at all."""

from __future__ import annotations

from dataclasses import dataclass, field

from lab.site import LabSite
from webui.runs.failures import Failure
from webui.runs.pipeline import Context, Skipped
from webui.runs.site import lab_of
from webui.runs.terraform.workspace import of_cluster

WHY_NOT = "It was started without them."


@dataclass(frozen=True)
class Login:
    """`address`: host or host:port; `ca`: PEM text that is pinned, None for the system's authorities."""

    address: str
    user: str
    password: str = field(repr=False)
    ca: str | None


def login_of(context: Context) -> Login:
    """The vCenter of the spec; of a cluster in the lab, the lab's. Raises Skipped and Failure."""
    must_have_machines(context)
    lab = lab_of(context.spec, context.settings)
    given = context.spec.vcenter
    if lab is not None and lab.vcenter is not None:
        found = Login(lab.vcenter.address, lab.vcenter.user, lab.vcenter.password, lab.vcenter.ca_pem)
    elif given.address and given.user and given.password:
        found = Login(given.address, given.user, given.password.get_secret_value(), given.tls.ca)
    else:
        remedy = "Fill in the vCenter page, then make a new plan."
        raise Failure(
            "It is not known how to sign in to vCenter.",
            "Address, user or password is missing.",
            remedy,
            "vcenter.address",
            "vcenter",
        )
    context.log.redactor.hide([found.password])
    return found


def must_have_machines(context: Context) -> None:
    """In a lab without machines, a run has none either. Raises Skipped; Failure when there were some before."""
    lab = lab_of(context.spec, context.settings)
    if lab is None or lab.vcenter is not None or context.spec.mode != "full":
        return
    why = reason(lab)
    workspace = of_cluster(context.settings, context.run.cluster_id, context.box, "machines")
    if workspace.state_values("vsphere_virtual_machine"):
        raise Failure(
            "The lab's vCenter is not up.", f"This cluster has machines there. {why}", "Start it: anchorage lab up. "
            "Then resume.", page="vcenter", retry=True,
        )  # fmt: skip
    raise Skipped(f"Left out: the lab runs without machines. {why}")


def reason(lab: LabSite) -> str:
    """Why a lab runs without machines, in a sentence."""
    return lab.left_out or WHY_NOT
