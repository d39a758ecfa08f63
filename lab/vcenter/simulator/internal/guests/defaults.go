package guests

import (
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// unnamed is the name of a machine until the engine gives it its own. Without any, a look-up by name that comes in
// between would end the process.
const unnamed = "(being made)"

// fillDefaults sets what the engine leaves empty in a new machine.
func fillDefaults(machine *simulator.VirtualMachine) {
	if machine.Name == "" {
		machine.Name = unnamed
	}
	if machine.Config.SwapPlacement == "" {
		machine.Config.SwapPlacement = "inherit" // vCenter's default; without it Terraform plans a change for ever
	}
	// pyvmomi refuses an empty value in either.
	for _, runtime := range []*types.VirtualMachineRuntimeInfo{&machine.Runtime, &machine.Summary.Runtime} {
		runtime.FaultToleranceState = types.VirtualMachineFaultToleranceStateNotConfigured
		runtime.RecordReplayState = types.VirtualMachineRecordReplayStateInactive
	}
}

// methods are the API's names of the methods that make tasks, by the last word of a task's description.
var methods = map[string]string{
	"addDVPortgroup": "AddDVPortgroup_Task", "cloneVm": "CloneVM_Task", "createDVS": "CreateDVS_Task",
	"createSnapshot": "CreateSnapshot_Task", "createVm": "CreateVM_Task", "customizeVm": "CustomizeVM_Task", "destroy": "Destroy_Task",
	"moveIntoFolder": "MoveIntoFolder_Task", "powerOff": "PowerOffVM_Task", "powerOn": "PowerOnVM_Task",
	"reconfigVm": "ReconfigVM_Task", "reconfigureCluster": "ReconfigureComputeResource_Task",
	"reconfigureDvs": "ReconfigureDvs_Task", "relocateVm": "RelocateVM_Task",
	"RemoveAllSnapshots": "RemoveAllSnapshots_Task", "removeSnapshot": "RemoveSnapshot_Task", "rename": "Rename_Task",
	"reset": "ResetVM_Task",
}

// methodOf is a task's method by the API's name: the engine gives it another, on which pyvmomi fails. A task without a
// name is fine.
func methodOf(description string) string {
	return methods[description[strings.LastIndex(description, ".")+1:]]
}
