package calls

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// MendPools takes a machine that becomes a template out of its resource pool, and puts it back when it is a machine
// again. The engine leaves it there, and the pool would name it after it is destroyed.
func MendPools(ctx *simulator.Context, method *simulator.Method) types.BaseMethodFault {
	machine, ok := ctx.Map.Get(method.This).(*simulator.VirtualMachine)
	if !ok {
		return nil
	}
	off := machine.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOff
	switch body := method.Body.(type) {
	case *types.MarkAsTemplate:
		if pool := poolOf(ctx, machine.ResourcePool); pool != nil && off && !machine.Config.Template {
			ctx.WithLock(pool, func() { ctx.Map.RemoveReference(ctx, pool, &pool.Vm, machine.Self) })
		}
	case *types.MarkAsVirtualMachine:
		if pool := poolOf(ctx, &body.Pool); pool != nil && machine.Config.Template {
			ctx.WithLock(pool, func() { ctx.Map.AppendReference(ctx, pool, &pool.Vm, machine.Self) })
		}
	}
	return nil
}

func poolOf(ctx *simulator.Context, ref *types.ManagedObjectReference) *simulator.ResourcePool {
	if ref == nil {
		return nil
	}
	pool, _ := ctx.Map.Get(*ref).(*simulator.ResourcePool)
	return pool
}
