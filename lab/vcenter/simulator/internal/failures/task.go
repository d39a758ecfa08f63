// Package failures lets a call end in a failing task, as vCenter reports most errors: the call succeeds, its task does not.
package failures

import (
	"time"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// Failure takes the place of the object that a call was for, and answers it with a task that fails.
type Failure struct {
	Self    types.ManagedObjectReference
	entity  types.ManagedObjectReference
	fault   types.BaseMethodFault
	message string
}

// Reference makes it a managed object.
func (f *Failure) Reference() types.ManagedObjectReference { return f.Self }

// Task answers the call with a failing task, or with the fault itself where the method makes no task.
func Task(ctx *simulator.Context, method *simulator.Method, fault types.BaseMethodFault, message string) types.BaseMethodFault {
	if _, ok := taskMethods[method.Name]; !ok || ctx.Session == nil {
		return Worded(fault, message)
	}
	f := &Failure{entity: method.This, fault: fault, message: message}
	f.Self = types.ManagedObjectReference{Type: "LabFailure", Value: uuid.NewString()}
	ctx.Session.Registry.Put(f)
	method.This = f.Self
	return nil
}

var taskMethods = map[string]struct{}{
	"CloneVM_Task": {}, "CustomizeVM_Task": {}, "CreateVM_Task": {}, "PowerOnVM_Task": {}, "PowerOffVM_Task": {},
	"ReconfigVM_Task": {}, "Destroy_Task": {}, "CreateSnapshot_Task": {}, "ReconfigureComputeResource_Task": {},
}

// Worded gives a fault its sentence where it has room for one.
func Worded(fault types.BaseMethodFault, message string) types.BaseMethodFault {
	if message != "" {
		base := fault.GetMethodFault()
		base.FaultMessage = append(base.FaultMessage, types.LocalizableMessage{Key: "lab", Message: message})
	}
	return fault
}

// run makes the failed task. It is never started: it has failed when it is first seen.
func (f *Failure) run(ctx *simulator.Context, name string) types.ManagedObjectReference {
	ctx.Session.Registry.Remove(ctx, f.Self)
	now := time.Now()
	task := simulator.CreateTask(&Failure{Self: f.entity}, name, nil)
	task.Info.StartTime, task.Info.CompleteTime = &now, &now
	task.Info.State = types.TaskInfoStateError
	task.Info.Error = &types.LocalizedMethodFault{Fault: f.fault, LocalizedMessage: f.message}
	ctx.Map.Put(task)
	ctx.WithLock(task, func() { task.Info.Key, task.Info.Task = task.Self.Value, task.Self })
	return task.Self
}

func (f *Failure) CloneVMTask(ctx *simulator.Context, _ *types.CloneVM_Task) soap.HasFault {
	return &methods.CloneVM_TaskBody{Res: &types.CloneVM_TaskResponse{Returnval: f.run(ctx, "cloneVm")}}
}

func (f *Failure) CustomizeVMTask(ctx *simulator.Context, _ *types.CustomizeVM_Task) soap.HasFault {
	return &methods.CustomizeVM_TaskBody{Res: &types.CustomizeVM_TaskResponse{Returnval: f.run(ctx, "customizeVm")}}
}

func (f *Failure) CreateVMTask(ctx *simulator.Context, _ *types.CreateVM_Task) soap.HasFault {
	return &methods.CreateVM_TaskBody{Res: &types.CreateVM_TaskResponse{Returnval: f.run(ctx, "createVm")}}
}

func (f *Failure) PowerOnVMTask(ctx *simulator.Context, _ *types.PowerOnVM_Task) soap.HasFault {
	return &methods.PowerOnVM_TaskBody{Res: &types.PowerOnVM_TaskResponse{Returnval: f.run(ctx, "powerOn")}}
}

func (f *Failure) PowerOffVMTask(ctx *simulator.Context, _ *types.PowerOffVM_Task) soap.HasFault {
	return &methods.PowerOffVM_TaskBody{Res: &types.PowerOffVM_TaskResponse{Returnval: f.run(ctx, "powerOff")}}
}

func (f *Failure) ReconfigVMTask(ctx *simulator.Context, _ *types.ReconfigVM_Task) soap.HasFault {
	return &methods.ReconfigVM_TaskBody{Res: &types.ReconfigVM_TaskResponse{Returnval: f.run(ctx, "reconfigVm")}}
}

func (f *Failure) DestroyTask(ctx *simulator.Context, _ *types.Destroy_Task) soap.HasFault {
	return &methods.Destroy_TaskBody{Res: &types.Destroy_TaskResponse{Returnval: f.run(ctx, "destroy")}}
}

func (f *Failure) CreateSnapshotTask(ctx *simulator.Context, _ *types.CreateSnapshot_Task) soap.HasFault {
	return &methods.CreateSnapshot_TaskBody{Res: &types.CreateSnapshot_TaskResponse{Returnval: f.run(ctx, "createSnapshot")}}
}

func (f *Failure) ReconfigureComputeResourceTask(ctx *simulator.Context, _ *types.ReconfigureComputeResource_Task) soap.HasFault {
	ref := f.run(ctx, "reconfigure")
	return &methods.ReconfigureComputeResource_TaskBody{Res: &types.ReconfigureComputeResource_TaskResponse{Returnval: ref}}
}
