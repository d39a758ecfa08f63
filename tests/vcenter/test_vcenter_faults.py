"""Faults by rule: methods fail or tarry as a file says, which may come and change while it runs."""

from __future__ import annotations

import json
import os
import time
from typing import Any

import pytest
from pyVim.task import WaitForTask
from pyVmomi import vim

from lab.vcenter.site import VCenterSite
from tests.machines_root import machine
from tests.vcenter_fixtures import MakeMachines
from tests.vcenter_lab import named, signed_in


def arm(vcenter: VCenterSite, *rules: dict[str, Any]) -> None:
    vcenter.faults.write_text(json.dumps(rules))
    os.utime(vcenter.faults)


def rename(content: Any, name: str, to: str) -> None:
    """An operation with a task of its own."""
    WaitForTask(named(content, vim.VirtualMachine, name).CreateSnapshot_Task(to, "", False, False))


def test_a_task_fails_as_often_as_the_rule_says(vcenter: VCenterSite) -> None:
    message = "Insufficient disk space on datastore 'ds-k8s'."
    fault = {"error": "NoDiskSpace", "message": message, "details": {"datastore": "ds-k8s"}}
    arm(vcenter, {"method": "CreateSnapshot_Task", "object": "debian-*", "skip": 1, "count": 1, **fault})
    with signed_in(vcenter) as content:
        rename(content, "debian-12-cloud", "one")
        rename(content, "ubuntu-24.04-cloud", "not of that name")
        with pytest.raises(vim.fault.NoDiskSpace) as failed:
            rename(content, "debian-12-cloud", "two")
        assert failed.value.datastore == "ds-k8s"
        rename(content, "debian-12-cloud", "three")


def test_a_method_without_a_task_fails_at_once_and_a_rule_can_only_delay(vcenter: VCenterSite) -> None:
    with signed_in(vcenter) as content:
        folder = named(content, vim.Folder, "templates")
        arm(vcenter, {"method": "CreateFolder", "error": "InvalidState", "message": "Try again later."})
        with pytest.raises(vim.fault.InvalidState):
            folder.CreateFolder("a")
        arm(vcenter, {"method": "CreateFolder", "delaySeconds": 0.3})
        start = time.monotonic()
        folder.CreateFolder("a")
        assert time.monotonic() - start >= 0.3
        vcenter.faults.unlink()
        folder.CreateFolder("b")


def test_terraform_tells_the_fault_and_goes_on_when_it_is_gone(
    vcenter: VCenterSite, make_machines: MakeMachines
) -> None:
    root = make_machines(machines={"k8s-w-1": machine("workers", 4)})
    message = "The operation is not allowed in the current state of the host."
    arm(vcenter, {"method": "PowerOnVM_Task", "error": "InvalidState", "message": message, "count": 1})
    assert message in root.fails()
    root.apply()
    assert root.changes_nothing()
