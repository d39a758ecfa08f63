package guests

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// SetTools says whether VMware Tools are installed in this machine's guest, which is not running.
func SetTools(machine *mo.VirtualMachine, installed bool) {
	g := machine.Guest
	g.GuestState = string(types.VirtualMachineGuestStateNotRunning)
	g.ToolsRunningStatus = string(types.VirtualMachineToolsRunningStatusGuestToolsNotRunning)
	g.ToolsStatus = types.VirtualMachineToolsStatusToolsNotRunning
	g.ToolsVersionStatus2 = string(types.VirtualMachineToolsVersionStatusGuestToolsUnmanaged)
	if !installed {
		g.ToolsStatus = types.VirtualMachineToolsStatusToolsNotInstalled
		g.ToolsVersionStatus2 = string(types.VirtualMachineToolsVersionStatusGuestToolsNotInstalled)
	}
	if s := machine.Summary.Guest; s != nil {
		s.ToolsStatus, s.ToolsRunningStatus = g.ToolsStatus, g.ToolsRunningStatus
		s.ToolsVersionStatus2 = g.ToolsVersionStatus2
	}
}

// toolsMissing is true when VMware Tools are not installed in the machine of this reference.
func toolsMissing(ctx *simulator.Context, ref types.ManagedObjectReference) bool {
	machine, ok := ctx.Map.Get(ref).(*simulator.VirtualMachine)
	return ok && machine.Guest.ToolsStatus == types.VirtualMachineToolsStatusToolsNotInstalled
}
