"""Users and privileges: what a preflight may ask, and what a call without the privilege is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pyVim.task import WaitForTask
from pyVmomi import vim

from lab.vcenter import site
from lab.vcenter.site import VCenterSite
from tests.vcenter_fixtures import StartVCenter
from tests.vcenter_lab import at, named, signed_in

WANTED = ["VirtualMachine.Provisioning.DeployTemplate", "Folder.Create", "System.Read"]


def test_a_preflight_can_ask_what_a_user_may_do(vcenter: VCenterSite) -> None:
    with signed_in(vcenter, vcenter.reader, vcenter.reader_password) as content:
        manager, template = content.authorizationManager, named(content, vim.VirtualMachine, "debian-12-cloud")
        (answer,) = manager.HasUserPrivilegeOnEntities([template], vcenter.reader, WANTED)
        assert {each.privId: each.isGranted for each in answer.privAvailability} == {
            "VirtualMachine.Provisioning.DeployTemplate": False,
            "Folder.Create": False,
            "System.Read": True,
        }
        (held,) = manager.FetchUserPrivilegeOnEntities([template], vcenter.reader)
        assert "System.View" in held.privileges
        (all_of_it,) = manager.FetchUserPrivilegeOnEntities([template], vcenter.user)
        assert set(WANTED) <= set(all_of_it.privileges)


def test_a_call_without_the_privilege_names_it(vcenter: VCenterSite) -> None:
    with signed_in(vcenter, vcenter.reader, vcenter.reader_password) as content:
        with pytest.raises(vim.fault.NoPermission) as refused:
            named(content, vim.Folder, "templates").CreateFolder("mine")
        assert refused.value.privilegeId == "Folder.Create"
        with pytest.raises(vim.fault.NoPermission) as refused:
            named(content, vim.VirtualMachine, "debian-12-cloud").Destroy_Task()
        assert refused.value.privilegeId == "VirtualMachine.Inventory.Delete"


def test_a_grant_holds_where_it_is_given_and_below_if_it_propagates(
    start_vcenter: StartVCenter, tmp_path: Path
) -> None:
    start_vcenter()
    site.down(tmp_path / "lab")
    file = tmp_path / "lab" / "vcenter" / "users.json"
    users = json.loads(file.read_text())
    users[1]["grants"] += [
        {"path": "/DC1/vm/kubernetes", "privileges": ["Folder.Create", "Folder.Delete"], "propagate": True},
        {"path": "/DC1/vm/infrastructure", "privileges": ["Folder.Create"], "propagate": False},
    ]
    file.write_text(json.dumps(users))
    vcenter = start_vcenter()
    with signed_in(vcenter, vcenter.reader, vcenter.reader_password) as content:
        made = at(content, "/DC1/vm/kubernetes").CreateFolder("a").CreateFolder("b")
        WaitForTask(made.Destroy_Task())
        at(content, "/DC1/vm/infrastructure").CreateFolder("c")
        with pytest.raises(vim.fault.NoPermission):
            at(content, "/DC1/vm/infrastructure/dns").CreateFolder("d")
