package calls

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
)

// EndImport takes away the machine of an import that is given up, as vCenter does; the engine leaves it.
func EndImport(ctx *simulator.Context, method *simulator.Method) types.BaseMethodFault {
	if _, ok := method.Body.(*types.HttpNfcLeaseAbort); !ok || ctx.Session == nil {
		return nil
	}
	lease, ok := ctx.Session.Get(method.This).(*simulator.HttpNfcLease)
	if !ok || lease.Info == nil {
		return nil
	}
	machine, ok := ctx.Map.Get(lease.Info.Entity).(*simulator.VirtualMachine)
	if !ok {
		return nil
	}
	reply := machine.DestroyTask(ctx, &types.Destroy_Task{This: machine.Self}).(*methods.Destroy_TaskBody)
	if reply.Res != nil {
		ctx.Map.Get(reply.Res.Returnval).(*simulator.Task).Wait()
	}
	return nil
}
