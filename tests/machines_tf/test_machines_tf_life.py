"""The life of a cluster's machines: made together, one added, one removed, drift, destroyed; at default parallelism."""

from __future__ import annotations

from pyVim.task import WaitForTask
from pyVmomi import vim

from lab.vcenter.site import VCenterSite
from tests.machines_root import address, machine
from tests.vcenter_fixtures import MakeMachines
from tests.vcenter_lab import inventory, named, signed_in


def test_machines_live_and_die_without_touching_anything_else(
    vcenter: VCenterSite, make_machines: MakeMachines
) -> None:
    before = inventory(vcenter)
    root = make_machines()

    root.apply()
    made = root.machines()
    assert {name: each["address"] for name, each in made.items()} == {
        name: each["v4"] for name, each in root.variables["machines"].items()
    }
    assert len({each["mac"] for each in made.values()}) == 5
    assert made["k8s-cp-2"] | {"uuid": "", "moid": "", "mac": ""} == {
        "name": "k8s-cp-2",
        "role": "control_plane",
        "rack": "r2",
        "v4": "198.18.2.2",
        "v6": None,
        "address": "198.18.2.2",
        "mac": "",
        "uuid": "",
        "moid": "",
    }
    assert root.changes_nothing()

    root.variables["machines"]["k8s-w-3"] = machine("workers", 6)
    assert root.plan() == {address("workers", "k8s-w-3"): ["create"]}
    root.apply()
    assert root.machines()["k8s-w-1"] == made["k8s-w-1"]

    del root.variables["machines"]["k8s-w-1"]
    assert root.plan() == {address("workers", "k8s-w-1"): ["delete"]}
    root.apply()
    assert root.changes_nothing()

    root.destroy()
    assert inventory(vcenter) == before


def test_many_at_once_do_not_hang(vcenter: VCenterSite, make_machines: MakeMachines) -> None:
    root = make_machines()
    root.variables["machines"] |= {f"k8s-w-{n}": machine("workers", n + 10) for n in range(3, 8)}
    for _ in range(3):
        assert "Resources: 15 added" in root.apply()
        root.destroy()


def test_the_machine_is_what_was_asked_for(vcenter: VCenterSite, make_machines: MakeMachines) -> None:
    root = make_machines(node_subnet={"v4": "198.18.2.0/24", "v6": "2001:db8:2::/64"})
    root.variables["gateway"] = {"v4": "198.18.2.253", "v6": "2001:db8:2::fffd"}
    root.variables["machines"] = {"k8s-w-1": machine("workers", 4, v6="2001:db8:2::4")}
    root.variables["sizes"]["workers"] |= {"disk_gib": 60, "linked_clone": False}
    root.apply()
    with signed_in(vcenter) as content:
        found = named(content, vim.VirtualMachine, "k8s-w-1")
        assert (found.config.hardware.numCPU, found.config.hardware.memoryMB) == (8, 16384)
        assert found.config.flags.diskUuidEnabled
        assert found.parent.name == "k8s-dc1"
        assert found.resourcePool.name == "k8s"
        assert [network.name for network in found.network] == ["k8s-vlan-310"]
        assert sorted(found.guest.net[0].ipAddress) == ["198.18.2.4", "2001:db8:2::4"]
        (disk,) = [device for device in found.config.hardware.device if isinstance(device, vim.vm.device.VirtualDisk)]
        assert disk.capacityInBytes == 60 << 30
        keys = {option.key for option in found.config.extraConfig}
        assert {"guestinfo.metadata", "guestinfo.userdata"} <= keys
    assert root.changes_nothing()


def test_control_plane_machines_are_kept_apart_and_tagged(vcenter: VCenterSite, make_machines: MakeMachines) -> None:
    root = make_machines()
    root.variables["machines"] = {f"k8s-cp-{n}": machine("control_plane", n) for n in (1, 2, 3)}
    root.apply()
    with signed_in(vcenter) as content:
        cluster = named(content, vim.ClusterComputeResource, "cluster-k8s")
        (rule,) = cluster.configurationEx.rule
        assert rule.name == "anchorage-k8s-dc1-control-plane"
        assert sorted(each.name for each in rule.vm) == ["k8s-cp-1", "k8s-cp-2", "k8s-cp-3"]
    root.variables["anti_affinity"] = {"control_plane": False}
    (change,) = root.plan().items()
    assert change == (
        'module.node_vms["control_plane"].vsphere_compute_cluster_vm_anti_affinity_rule.this[0]',
        ["delete"],
    )


def test_what_is_read_at_the_first_boot_alone_leaves_machines_alone(make_machines: MakeMachines) -> None:
    root = make_machines()
    root.variables["machines"] = {"k8s-w-1": machine("workers", 4)}
    root.apply()
    root.variables |= {"template": "ubuntu-24.04-cloud", "dns_servers": ["198.18.0.54"], "user": "other"}
    assert root.plan() == {}
    root.variables["machines"]["k8s-w-1"]["v4"] = "198.18.2.50"
    assert root.plan() == {address("workers", "k8s-w-1"): ["delete", "create"]}


def test_drift_by_hand_is_found_and_mended(vcenter: VCenterSite, make_machines: MakeMachines) -> None:
    root = make_machines()
    root.apply()
    with signed_in(vcenter) as content:
        one, other = (named(content, vim.VirtualMachine, name) for name in ("k8s-w-1", "k8s-w-2"))
        WaitForTask(one.ReconfigVM_Task(vim.vm.ConfigSpec(numCPUs=1)))
        WaitForTask(other.PowerOffVM_Task())
        WaitForTask(other.Destroy_Task())
    assert root.plan() == {address("workers", "k8s-w-1"): ["update"], address("workers", "k8s-w-2"): ["create"]}
    root.apply()
    assert root.changes_nothing()
    with signed_in(vcenter) as content:
        mended = named(content, vim.VirtualMachine, "k8s-w-1")
        assert mended.config.hardware.numCPU == 8
        assert mended.runtime.powerState == "poweredOn"
