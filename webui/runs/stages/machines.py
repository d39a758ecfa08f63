"""The machines: Terraform's plan of what differs in vCenter, or exactly that plan applied."""

from __future__ import annotations

import shutil

import lab.whole
from lab.providers.identity import VSPHERE
from lab.site import LabError
from lab.whole import Subnets
from webui import render
from webui.runs import half, leaving, playbook, settle, ssh_keys, vcenter, vcenter_diff, vcenter_failures
from webui.runs.diff import Diff
from webui.runs.failures import Failure
from webui.runs.half import Half
from webui.runs.pipeline import Context
from webui.runs.terraform import environment
from webui.runs.terraform.workspace import folder_of

NAME = "machines"


def run(context: Context) -> None:
    """Plan, or apply a plan, as the run's kind says. Raises Skipped, Failure, Ended."""
    machines = _half(context)
    if context.run.kind == "plan":
        half.plan(context, machines)
        if context.run.action == "apply":
            leaving.note(context)  # machines that are made anew leave the cluster first
        return
    if context.run.action == "destroy":
        half.apply(context, machines)
        half.workspace_of(context, NAME).remove()
        shutil.rmtree(folder_of(context.settings, context.run.cluster_id) / "hosts", ignore_errors=True)
        settle.machines_gone(context)
        return
    _let_the_lab_carry(context)
    outputs, done = half.apply(context, machines)
    _forget_host_keys(context, done)
    settle.outputs(context, machines=outputs.get("machines", {}))


def _half(context: Context) -> Half:
    login = vcenter.login_of(context)
    keys = ssh_keys.of_cluster(context)
    facts = vcenter.machine_facts(context, vcenter.read(context), keys.public)
    return Half(
        stage=NAME,
        stand_in=VSPHERE,
        real="vmware/vsphere 2.13 or newer",
        where="vCenter",
        read=vcenter_diff.of_plan,
        variables=render.machines_tfvars(context.spec, login.address, facts),
        login=environment.vcenter_login(login.user, login.password),
        secrets={},
        ca=login.tls.ca,
        known=vcenter_failures.KNOWN,
    )


def _forget_host_keys(context: Context, done: Diff) -> None:
    """A machine that was made (anew) has a host key of its own."""
    new = set(vcenter_diff.machines(done, "add", "replace"))
    spec = context.spec.machines
    addresses = [str(one.v4) for one in (*spec.control_plane, *spec.workers) if one.name in new]
    playbook.forget(folder_of(context.settings, context.run.cluster_id) / "hosts", addresses)


def _let_the_lab_carry(context: Context) -> None:
    """A port group carries an L3Out's VLAN; the lab's segment must carry this spec's node subnet."""
    if context.spec.fabric.site != "lab":
        return
    subnet, gateway = context.spec.l3out.node_subnet, context.spec.l3out.secondary
    v6 = (str(subnet.v6), str(gateway.v6)) if subnet.v6 else (None, None)
    try:
        lab.whole.carry(context.settings.lab_home, Subnets(str(subnet.v4), str(gateway.v4), *v6))
    except LabError as error:
        raise Failure(
            "The lab cannot carry this node subnet.", str(error), "Destroy the other cluster of the lab first, or use "
            "its node subnet.", "l3out.node_subnet.v4", "l3out", retry=True,
        ) from error  # fmt: skip
