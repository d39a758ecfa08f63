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

// kind is the type of the objects that answer for others.
const kind = "LabFailure"

// Call makes the call fail, with vCenter's words: by a failing task, or at once where the method makes no task. What it
// returns is the answer of a step in the chain of calls.
func Call(ctx *simulator.Context, method *simulator.Method, fault types.BaseMethodFault, message string) types.BaseMethodFault {
	if _, makesTask := taskMethods[method.Name]; !makesTask {
		return AtOnce(ctx, method, fault, message)
	}
	return replace(ctx, method, fault, message)
}

// AtOnce makes the call itself fail, whether or not it would make a task.
func AtOnce(ctx *simulator.Context, method *simulator.Method, fault types.BaseMethodFault, message string) types.BaseMethodFault {
	if ctx.Session != nil {
		method.Name = "Refuse"
	}
	return replace(ctx, method, fault, message)
}

// replace lets a Failure answer; where there is no session to hold it, the bare fault must do.
func replace(ctx *simulator.Context, method *simulator.Method, fault types.BaseMethodFault, message string) types.BaseMethodFault {
	if ctx.Session == nil {
		return fault
	}
	f := &Failure{entity: method.This, fault: fault, message: message}
	f.Self = types.ManagedObjectReference{Type: kind, Value: uuid.NewString()}
	ctx.Session.Registry.Put(f)
	method.This = f.Self
	return nil
}

// Decided is true of a call that was made to fail.
func Decided(method *simulator.Method) bool { return method.This.Type == kind }

var taskMethods = map[string]struct{}{
	"CloneVM_Task": {}, "CustomizeVM_Task": {}, "CreateVM_Task": {}, "PowerOnVM_Task": {}, "PowerOffVM_Task": {},
	"ReconfigVM_Task": {}, "Destroy_Task": {}, "CreateSnapshot_Task": {}, "ReconfigureComputeResource_Task": {},
}

// refusal is an answer that holds a fault alone.
type refusal struct{ fault *soap.Fault }

// Fault makes it an answer.
func (r *refusal) Fault() *soap.Fault { return r.fault }

// Refuse answers any method that makes no task.
func (f *Failure) Refuse(ctx *simulator.Context, _ any) soap.HasFault {
	ctx.Session.Registry.Remove(ctx, f.Self)
	return &refusal{simulator.Fault(f.message, f.fault)}
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
