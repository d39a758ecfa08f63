"""The vCenter of a run: where it is, who signs in, and whether there are machines at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from lab.site import LabSite
from webui.lookups.vcenter import connecting, errors, privileges
from webui.lookups.vcenter.connecting import Target, VCenter
from webui.lookups.vcenter.facts import read_facts
from webui.render import MachineFacts
from webui.runs.failures import Failure
from webui.runs.pipeline import Context, Skipped
from webui.runs.site import lab_of
from webui.runs.terraform.workspace import of_cluster
from webui.spec import Problem
from webui.spec.vcenter_site import GIB, VCenterFacts

WHY_NOT = "It was started without them."


def login_of(context: Context) -> Target:
    """The vCenter of the spec and its user; in the lab the lab's, its user too when the spec gives no password.

    Raises Skipped and Failure."""
    must_have_machines(context)
    lab = lab_of(context.spec, context.settings)
    try:
        found = connecting.target(context.spec.vcenter, _password(context), lab.vcenter if lab else None)
    except errors.BadAddress as error:
        raise of_error(error) from error
    context.log.redactor.hide([found.password])
    return found


def _password(context: Context) -> str:
    given = context.spec.vcenter.password
    return given.get_secret_value() if given else ""


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


def read(context: Context) -> VCenterFacts:
    """What vCenter says, without what this cluster made itself. Raises Skipped and Failure."""
    with _session(context) as session:
        return _read(context, session)


def read_with_privileges(context: Context) -> tuple[VCenterFacts, list[Problem]]:
    """The same, and the privileges that the user lacks. Raises Skipped and Failure."""
    with _session(context) as session:
        found, section = _read(context, session), context.spec.vcenter
        templates = found.templates_named(section.datacenter, section.template)
        path = templates[0].name if len(templates) == 1 else None
        return found, privileges.machines_problems(session, section, path)


@contextmanager
def _session(context: Context) -> Iterator[VCenter]:
    """A session with vCenter whose refusals are failure cards."""
    login_of(context)  # says what is missing
    lab = lab_of(context.spec, context.settings)
    try:
        with connecting.connect(context.spec.vcenter, _password(context), lab.vcenter if lab else None) as session:
            yield session
    except errors.VCenterError as error:
        raise of_error(error) from error


def _read(context: Context, session: VCenter) -> VCenterFacts:
    return _without_own(context, read_facts(session, lambda: dt.datetime.now(dt.UTC)))


def machine_facts(context: Context, found: VCenterFacts, public_key: str) -> MachineFacts:
    """What terraform/machines must know of vCenter and of the cluster's key."""
    given = context.spec.vcenter
    there, _ = found.folder_parts(given.datacenter, given.folder or str(context.spec.name))
    templates = found.templates_named(given.datacenter, given.template)
    disks = templates[0].disks if len(templates) == 1 else ()
    size = disks[0] // GIB if len(disks) == 1 else None
    return MachineFacts([public_key], there, size)


def _without_own(context: Context, found: VCenterFacts) -> VCenterFacts:
    own = of_cluster(context.settings, context.run.cluster_id, context.box, "machines")
    machines = own.state_values("vsphere_virtual_machine")
    folders = sorted((str(one["path"]) for one in own.state_values("vsphere_folder")), key=lambda path: path.count("/"))
    folder = str(machines[0]["folder"]) if machines else folders[-1] if folders else ""
    made = [path.rpartition("/")[2] for path in folders]
    return found.without(context.spec.vcenter.datacenter or "", folder, [one["name"] for one in machines], made)


def of_error(error: errors.VCenterError) -> Failure:
    """The card of an error of vCenter's client."""
    for kind, what, where in SAID:
        if isinstance(error, kind):
            return Failure(what, str(error), _remedy(error), where, "vcenter", error.retryable)
    return Failure("vCenter refused a request.", str(error), _remedy(error), "", "vcenter", error.retryable)


def _remedy(error: errors.VCenterError) -> str:
    return "Then resume." if error.retryable else "Then make a new plan."


SAID: tuple[tuple[type[errors.VCenterError], str, str], ...] = (
    (errors.BadLogin, "vCenter refused the sign-in.", "vcenter.password"),
    (errors.TlsFailure, "vCenter's certificate was refused.", "vcenter.tls.ca"),
    (errors.NotPermitted, "vCenter does not let the user do this.", "vcenter.user"),
    (errors.BadAddress, "It is not known which vCenter to use.", "vcenter.address"),
    (errors.NotAVCenter, "Something else than a vCenter answers at this address.", "vcenter.address"),
    (errors.Unreachable, "vCenter cannot be reached.", "vcenter.address"),
)
"""By class, the narrow ones first."""
