"""What the preset inventory holds, read as the wizard reads it: through pyvmomi."""

from __future__ import annotations

from typing import Any

import pytest
from pyVim.task import WaitForTask
from pyVmomi import vim

from lab.vcenter.site import VCenterSite
from tests.vcenter_lab import everything, named, path, signed_in


def names(content: Any, kind: Any) -> set[str]:
    return {each.name for each in everything(content, kind)}


def test_it_holds_what_a_wizard_lists(vcenter: VCenterSite) -> None:
    with signed_in(vcenter) as content:
        assert names(content, vim.Datacenter) == {"DC1", "DC2"}
        assert names(content, vim.ClusterComputeResource) == {"cluster-k8s", "cluster-mgmt", "cluster-dc2"}
        assert {path(each) for each in everything(content, vim.Folder)} >= {
            "/DC1/vm/templates",
            "/DC1/vm/infrastructure/dns",
            "/DC2/vm/kubernetes",
        }
        groups = everything(content, vim.dvs.DistributedVirtualPortgroup)
        vlans = {each.name: each.config.defaultPortConfig.vlan for each in groups if "Uplinks" not in each.name}
        assert vlans["k8s-vlan-310"].vlanId == 310
        assert named(content, vim.DistributedVirtualSwitch, "dvs-k8s").config.name == "dvs-k8s"
        assert named(content, vim.ResourcePool, "k8s").owner.name == "cluster-k8s"
        hosts = named(content, vim.ClusterComputeResource, "cluster-k8s").host
        assert [host.name for host in hosts] == ["esx1.lab.internal", "esx2.lab.internal", "esx3.lab.internal"]


def test_datastores_have_sizes_and_one_is_nearly_full(vcenter: VCenterSite) -> None:
    with signed_in(vcenter) as content:
        stores = {each.name: each.summary for each in everything(content, vim.Datastore)}
        assert {name: (s.capacity >> 30, s.freeSpace >> 30) for name, s in stores.items()} == {
            "ds-k8s": (8192, 6100),
            "ds-k8s-nearly-full": (2048, 2),
            "ds-mgmt": (1024, 700),
            "ds-dc2": (4096, 3000),
        }
        assert len(named(content, vim.Datastore, "ds-k8s").host) == 3


def test_templates_say_whether_they_have_tools_and_a_snapshot(vcenter: VCenterSite) -> None:
    with signed_in(vcenter) as content:
        templates = {each.name: each for each in everything(content, vim.VirtualMachine)}
        assert all(each.config.template for each in templates.values())
        assert {name: each.guest.toolsStatus for name, each in templates.items()} == {
            "debian-12-cloud": "toolsNotRunning",
            "ubuntu-24.04-cloud": "toolsNotRunning",
            "debian-12-without-tools": "toolsNotInstalled",
        }
        assert templates["debian-12-cloud"].snapshot.rootSnapshotList[0].name == "base"
        assert templates["ubuntu-24.04-cloud"].snapshot is None
        assert named(content, vim.ResourcePool, "k8s").vm == []


@pytest.mark.parametrize(
    "kind",
    [
        vim.VirtualMachine,
        vim.Datastore,
        vim.dvs.DistributedVirtualPortgroup,
        vim.DistributedVirtualSwitch,
        vim.HostSystem,
        vim.ClusterComputeResource,
        vim.ResourcePool,
        vim.Folder,
        vim.Datacenter,
    ],
    ids=lambda kind: kind.__name__,
)
def test_pyvmomi_reads_the_common_properties_of_every_object(vcenter: VCenterSite, kind: Any) -> None:
    common = ("name", "parent", "summary", "config", "runtime", "guest", "host", "vm", "network", "datastore", "owner")
    with signed_in(vcenter) as content:
        for each in everything(content, kind):
            for name in common:
                if name in {info.name for info in kind._GetPropertyList()}:
                    getattr(each, name)


def test_many_clones_have_macs_of_their_own(vcenter: VCenterSite) -> None:
    with signed_in(vcenter) as content:
        template = named(content, vim.VirtualMachine, "debian-12-cloud")
        folder, pool = named(content, vim.Folder, "templates"), named(content, vim.ResourcePool, "k8s")
        spec = vim.vm.CloneSpec(location=vim.vm.RelocateSpec(pool=pool), powerOn=False, template=False)
        for task in [template.CloneVM_Task(folder=folder, name=f"m{n}", spec=spec) for n in range(50)]:
            WaitForTask(task)
        cards = [
            device.macAddress
            for machine in everything(content, vim.VirtualMachine)
            for device in machine.config.hardware.device
            if isinstance(device, vim.vm.device.VirtualEthernetCard)
        ]
        assert len(cards) == len(set(cards)) == 53
        assert all(mac.startswith("00:50:56:") for mac in cards)
