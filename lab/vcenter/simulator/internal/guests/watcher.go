// Package guests stands for what happens inside machines: boot, VMware Tools, addresses. A power hook, an external
// command, can boot a real machine of the lab for each; without one the asked-for address is reported as simulated.
package guests

import (
	"context"
	"strings"
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// Watcher sees every change of a machine. Its methods run under the changed object's lock: nothing here may block.
type Watcher struct {
	self    types.ManagedObjectReference
	objects *simulator.Registry
	asks    *asks
	macs    *macs
	jobs    *jobs
	hook    Hook

	mu    sync.Mutex
	known map[types.ManagedObjectReference]*types.GuestInfo // the engine gives a machine a new one when it is made
}

// New watches the machines of this registry; an empty hook reports simulated addresses.
func New(ctx context.Context, objects *simulator.Registry, hook Hook) *Watcher {
	w := &Watcher{
		self:    types.ManagedObjectReference{Type: "LabGuests", Value: "lab-guests"},
		objects: objects, asks: newAsks(), macs: newMACs(), jobs: newJobs(ctx), hook: hook,
		known: map[types.ManagedObjectReference]*types.GuestInfo{},
	}
	objects.AddHandler(w)
	return w
}

// Reference makes the watcher a managed object, as the engine wants its observers.
func (w *Watcher) Reference() types.ManagedObjectReference { return w.self }

// Step is the watcher's place in the chain of calls.
func (w *Watcher) Step(ctx *simulator.Context, method *simulator.Method) types.BaseMethodFault {
	return w.asks.step(ctx, method)
}

// PutObject settles a new machine's defaults that the engine leaves empty.
func (w *Watcher) PutObject(_ *simulator.Context, o mo.Reference) {
	switch object := o.(type) {
	case *simulator.Task:
		object.Info.Name = methodOf(object.Info.DescriptionId)
	case *simulator.VirtualMachine:
		if object.Config != nil {
			fillDefaults(object)
		}
	}
}

// UpdateObject follows new cards and the power state.
func (w *Watcher) UpdateObject(_ *simulator.Context, o mo.Reference, changes []types.PropertyChange) {
	machine, ok := o.(*mo.VirtualMachine)
	if !ok {
		return
	}
	w.settleTools(machine)
	for _, change := range changes {
		switch {
		case change.Name == "config.hardware.device":
			w.macs.settle(machine)
		case change.Name == "runtime.powerState":
			w.power(machine, strings.ToLower(string(machine.Runtime.PowerState)))
		}
	}
}

// RemoveObject lets go of a destroyed machine.
func (w *Watcher) RemoveObject(_ *simulator.Context, ref types.ManagedObjectReference) {
	machine, ok := w.objects.Get(ref).(*simulator.VirtualMachine)
	if !ok || machine.Config == nil {
		return
	}
	w.power(&machine.VirtualMachine, "destroyed")
	w.macs.free(ref)
	w.forget(ref)
	w.asks.forget(placeOf(&machine.VirtualMachine))
}

// settleTools says once of each guest whether it has VMware Tools: the engine says that none has.
func (w *Watcher) settleTools(machine *mo.VirtualMachine) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if machine.Guest != nil && machine.Name != unnamed && w.known[machine.Self] != machine.Guest {
		w.known[machine.Self] = machine.Guest
		SetTools(machine, !w.asks.of(placeOf(machine)).toolsMissing)
	}
}

func (w *Watcher) forget(ref types.ManagedObjectReference) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.known, ref)
}

func placeOf(machine *mo.VirtualMachine) place {
	if machine.Parent == nil {
		return place{name: machine.Name}
	}
	return place{*machine.Parent, machine.Name}
}
