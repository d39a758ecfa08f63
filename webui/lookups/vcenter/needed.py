"""The privileges that the installer's vCenter user needs: for the machines (terraform/machines) and for a template.

Each entry: id, the vSphere client's words (vSphere 8: Administration, Roles), the object that it is asked for on, what
for, and where that is written. Objects: root (the vCenter itself), cluster, pool, datastore, network, folder, template.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

On = Literal["root", "cluster", "pool", "datastore", "network", "folder", "template"]
Purpose = Literal["machines", "template"]


@dataclass(frozen=True)
class Privilege:
    """A privilege on an object. `source` says where it is documented."""

    id: str
    words: str
    on: On
    purpose: Purpose
    source: str


_CLONE = "vSphere API reference, CloneVM_Task"
_RECONFIG = "vSphere API reference, ReconfigVM_Task and VirtualMachineConfigSpec"
_PROVIDER = "vmware/terraform-provider-vsphere, docs/index.md, Notes on Required Privileges"
_TAGS = "openshift/installer, docs/user/vsphere/privileges.md (the same tag operations)"
_IMPORT = "vSphere API reference, OvfManager.CreateImportSpec and ResourcePool.ImportVApp"
_POWER = "vSphere API reference, PowerOnVM_Task, PowerOffVM_Task and ShutdownGuest"
_DESTROY = "vSphere API reference, Destroy_Task"
_TAGGING = "vSphere Tagging > "
_CONFIG = "Virtual machine > Change Configuration > "

MACHINES = (
    Privilege(
        "VirtualMachine.Provisioning.DeployTemplate",
        "Virtual machine > Provisioning > Deploy template",
        "template",
        "machines",
        _CLONE,
    ),
    Privilege(
        "VirtualMachine.Provisioning.Customize",
        "Virtual machine > Provisioning > Customize guest",
        "template",
        "machines",
        _CLONE,
    ),
    Privilege(
        "VirtualMachine.Inventory.CreateFromExisting",
        "Virtual machine > Edit Inventory > Create from existing",
        "folder",
        "machines",
        _CLONE,
    ),
    Privilege(
        "VirtualMachine.Inventory.Delete",
        "Virtual machine > Edit Inventory > Remove",
        "folder",
        "machines",
        _DESTROY,
    ),
    Privilege("VirtualMachine.Config.CPUCount", f"{_CONFIG}Change CPU count", "folder", "machines", _RECONFIG),
    Privilege("VirtualMachine.Config.Memory", f"{_CONFIG}Change Memory", "folder", "machines", _RECONFIG),
    Privilege(
        "VirtualMachine.Config.AdvancedConfig", f"{_CONFIG}Advanced configuration", "folder", "machines", _RECONFIG
    ),
    Privilege("VirtualMachine.Config.Settings", f"{_CONFIG}Change Settings", "folder", "machines", _RECONFIG),
    Privilege("VirtualMachine.Config.EditDevice", f"{_CONFIG}Modify device settings", "folder", "machines", _RECONFIG),
    # The provider takes away drives of the template that the machine is not to have.
    Privilege(
        "VirtualMachine.Config.AddRemoveDevice", f"{_CONFIG}Add or remove device", "folder", "machines", _RECONFIG
    ),
    Privilege("VirtualMachine.Config.DiskExtend", f"{_CONFIG}Extend virtual disk", "folder", "machines", _RECONFIG),
    Privilege("VirtualMachine.Config.Annotation", f"{_CONFIG}Set annotation", "folder", "machines", _RECONFIG),
    Privilege(
        "VirtualMachine.Config.SwapPlacement", f"{_CONFIG}Change Swapfile placement", "folder", "machines", _PROVIDER
    ),
    Privilege(
        "VirtualMachine.Interact.PowerOn", "Virtual machine > Interaction > Power on", "folder", "machines", _POWER
    ),
    Privilege(
        "VirtualMachine.Interact.PowerOff", "Virtual machine > Interaction > Power off", "folder", "machines", _POWER
    ),
    Privilege("Folder.Create", "Folder > Create folder", "folder", "machines", "vSphere API reference, CreateFolder"),
    Privilege("Folder.Delete", "Folder > Delete folder", "folder", "machines", _DESTROY),
    Privilege(
        "Resource.AssignVMToPool", "Resource > Assign virtual machine to resource pool", "pool", "machines", _CLONE
    ),
    Privilege("Datastore.AllocateSpace", "Datastore > Allocate space", "datastore", "machines", _CLONE),
    Privilege("Network.Assign", "Network > Assign network", "network", "machines", _RECONFIG),
    Privilege(
        "Host.Inventory.EditCluster",
        "Host > Inventory > Modify cluster",
        "cluster",
        "machines",
        "vSphere API reference, ReconfigureComputeResource_Task (anti-affinity rules)",
    ),
    Privilege(
        "InventoryService.Tagging.ObjectAttachable",
        f"{_TAGGING}Assign or Unassign vSphere Tag on Object",
        "folder",
        "machines",
        _TAGS,
    ),
    Privilege(
        "InventoryService.Tagging.AttachTag", f"{_TAGGING}Assign or Unassign vSphere Tag", "root", "machines", _TAGS
    ),
    Privilege(
        "InventoryService.Tagging.CreateCategory", f"{_TAGGING}Create vSphere Tag Category", "root", "machines", _TAGS
    ),
    Privilege(
        "InventoryService.Tagging.DeleteCategory", f"{_TAGGING}Delete vSphere Tag Category", "root", "machines", _TAGS
    ),
    Privilege("InventoryService.Tagging.CreateTag", f"{_TAGGING}Create vSphere Tag", "root", "machines", _TAGS),
    Privilege("InventoryService.Tagging.DeleteTag", f"{_TAGGING}Delete vSphere Tag", "root", "machines", _TAGS),
    Privilege("StorageProfile.View", "VM storage policies > View VM storage policies", "root", "machines", _PROVIDER),
)

TEMPLATE = (
    Privilege("VApp.Import", "vApp > Import", "pool", "template", _IMPORT),
    Privilege("VApp.Import", "vApp > Import", "folder", "template", _IMPORT),
    Privilege(
        "Resource.AssignVMToPool", "Resource > Assign virtual machine to resource pool", "pool", "template", _IMPORT
    ),
    Privilege("Datastore.AllocateSpace", "Datastore > Allocate space", "datastore", "template", _IMPORT),
    Privilege("Network.Assign", "Network > Assign network", "network", "template", _IMPORT),
    Privilege(
        "VirtualMachine.Interact.PowerOn", "Virtual machine > Interaction > Power on", "folder", "template", _POWER
    ),
    Privilege(
        "VirtualMachine.Interact.PowerOff", "Virtual machine > Interaction > Power off", "folder", "template", _POWER
    ),
    Privilege(
        "VirtualMachine.State.CreateSnapshot",
        "Virtual machine > Snapshot management > Create snapshot",
        "folder",
        "template",
        "vSphere API reference, CreateSnapshot_Task",
    ),
    Privilege(
        "VirtualMachine.Provisioning.MarkAsTemplate",
        "Virtual machine > Provisioning > Mark as template",
        "folder",
        "template",
        "vSphere API reference, MarkAsTemplate",
    ),
    Privilege(
        "VirtualMachine.Inventory.Delete",
        "Virtual machine > Edit Inventory > Remove",
        "folder",
        "template",
        _DESTROY,
    ),
)
