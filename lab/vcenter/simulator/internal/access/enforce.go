package access

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"anchorage.local/lab/vcenter/internal/failures"
)

// need is a privilege that a call asks for on an object.
type need struct {
	on types.ManagedObjectReference
	id string
}

// own are the privileges that methods ask for on their own object. Source: the vSphere API reference, and the list of
// privileges that the vSphere provider's documentation asks for.
var own = map[string]string{
	"CreateFolder":                    "Folder.Create",
	"PowerOnVM_Task":                  "VirtualMachine.Interact.PowerOn",
	"PowerOffVM_Task":                 "VirtualMachine.Interact.PowerOff",
	"ShutdownGuest":                   "VirtualMachine.Interact.PowerOff",
	"CustomizeVM_Task":                "VirtualMachine.Provisioning.Customize",
	"MarkAsTemplate":                  "VirtualMachine.Provisioning.MarkAsTemplate",
	"CreateSnapshot_Task":             "VirtualMachine.State.CreateSnapshot",
	"ImportVApp":                      "VApp.Import",
	"ReconfigureComputeResource_Task": "Host.Inventory.EditCluster",
}

// Step refuses a call for which the user lacks a privilege, naming the privilege and the object.
func (u Users) Step(ctx *simulator.Context, method *simulator.Method) types.BaseMethodFault {
	if ctx.Session == nil || ctx.Session.UserName == "" {
		return nil
	}
	for _, n := range needs(ctx, method) {
		if !u.Has(ctx.Map, ctx.Session.UserName, n.on, n.id) {
			on := n.on
			fault := &types.NoPermission{Object: &on, PrivilegeId: n.id}
			return failures.AtOnce(ctx, method, fault, "Permission to perform this operation was denied.")
		}
	}
	return nil
}

func needs(ctx *simulator.Context, method *simulator.Method) []need {
	if id := own[method.Name]; id != "" {
		return []need{{method.This, id}}
	}
	switch body := method.Body.(type) {
	case *types.CloneVM_Task:
		return cloneNeeds(ctx, body)
	case *types.ReconfigVM_Task:
		return configNeeds(method.This, body.Spec)
	case *types.Destroy_Task:
		if method.This.Type == "Folder" {
			return []need{{method.This, "Folder.Delete"}}
		}
		return []need{{method.This, "VirtualMachine.Inventory.Delete"}}
	}
	return nil
}

func cloneNeeds(ctx *simulator.Context, body *types.CloneVM_Task) []need {
	list := []need{
		{body.This, "VirtualMachine.Provisioning.Clone"},
		{body.Folder, "VirtualMachine.Inventory.CreateFromExisting"},
	}
	if source, ok := ctx.Map.Get(body.This).(*simulator.VirtualMachine); ok && source.Config.Template {
		list[0].id = "VirtualMachine.Provisioning.DeployTemplate"
	}
	if pool := body.Spec.Location.Pool; pool != nil {
		list = append(list, need{*pool, "Resource.AssignVMToPool"})
	}
	if store := body.Spec.Location.Datastore; store != nil {
		list = append(list, need{*store, "Datastore.AllocateSpace"})
	}
	return list
}

func configNeeds(machine types.ManagedObjectReference, spec types.VirtualMachineConfigSpec) []need {
	var list []need
	if spec.NumCPUs != 0 {
		list = append(list, need{machine, "VirtualMachine.Config.CPUCount"})
	}
	if spec.MemoryMB != 0 {
		list = append(list, need{machine, "VirtualMachine.Config.Memory"})
	}
	if len(spec.ExtraConfig) != 0 {
		list = append(list, need{machine, "VirtualMachine.Config.AdvancedConfig"})
	}
	for _, change := range spec.DeviceChange {
		list = append(list, deviceNeeds(machine, change.GetVirtualDeviceConfigSpec().Device)...)
	}
	return list
}

func deviceNeeds(machine types.ManagedObjectReference, device types.BaseVirtualDevice) []need {
	card, ok := device.(types.BaseVirtualEthernetCard)
	if !ok {
		return []need{{machine, "VirtualMachine.Config.EditDevice"}}
	}
	list := []need{{machine, "VirtualMachine.Config.EditDevice"}}
	backing := card.GetVirtualEthernetCard().Backing
	if group, ok := backing.(*types.VirtualEthernetCardDistributedVirtualPortBackingInfo); ok {
		ref := types.ManagedObjectReference{Type: "DistributedVirtualPortgroup", Value: group.Port.PortgroupKey}
		list = append(list, need{ref, "Network.Assign"})
	}
	return list
}
