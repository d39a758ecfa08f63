// Package space refuses what does not fit into a datastore: the engine only counts.
package space

import (
	"fmt"
	"slices"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"anchorage.local/lab/vcenter/internal/failures"
)

// linked are the ways of cloning that share the template's disk: from a snapshot, and from a template.
var linked = []string{
	string(types.VirtualMachineRelocateDiskMoveOptionsCreateNewChildDiskBacking),
	string(types.VirtualMachineRelocateDiskMoveOptionsMoveAllDiskBackingsAndAllowSharing),
}

// Step lets a full clone fail where its disks do not fit, and a power-on where the swap file, as large as the memory,
// does not. A linked clone takes next to nothing when it is made.
func Step(ctx *simulator.Context, method *simulator.Method) types.BaseMethodFault {
	switch body := method.Body.(type) {
	case *types.CloneVM_Task:
		source, ok := ctx.Map.Get(method.This).(*simulator.VirtualMachine)
		if !ok || slices.Contains(linked, body.Spec.Location.DiskMoveType) {
			return nil
		}
		store := source.Datastore[0]
		if body.Spec.Location.Datastore != nil {
			store = *body.Spec.Location.Datastore
		}
		return fits(ctx, method, store, disks(source))
	case *types.PowerOnVM_Task:
		machine, ok := ctx.Map.Get(method.This).(*simulator.VirtualMachine)
		if !ok || len(machine.Datastore) == 0 {
			return nil
		}
		return fits(ctx, method, machine.Datastore[0], int64(machine.Config.Hardware.MemoryMB)<<20)
	}
	return nil
}

func disks(machine *simulator.VirtualMachine) int64 {
	var bytes int64
	for _, device := range machine.Config.Hardware.Device {
		if disk, ok := device.(*types.VirtualDisk); ok {
			bytes += disk.CapacityInBytes
		}
	}
	return bytes
}

func fits(ctx *simulator.Context, method *simulator.Method, ref types.ManagedObjectReference, bytes int64) types.BaseMethodFault {
	store, ok := ctx.Map.Get(ref).(*simulator.Datastore)
	if !ok || store.Summary.FreeSpace >= bytes {
		return nil
	}
	fault := &types.NoDiskSpace{FileFault: types.FileFault{File: fmt.Sprintf("[%s]", store.Name)}, Datastore: store.Name}
	return failures.Call(ctx, method, fault, fmt.Sprintf("Insufficient disk space on datastore '%s'.", store.Name))
}
