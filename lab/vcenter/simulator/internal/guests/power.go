package guests

import (
	"context"
	"log"
	"strings"
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// jobs are the latest hook runs of the machines, by name: the lab knows its machines by their names, and one that was
// destroyed must have ended before another one of its name starts.
type jobs struct {
	ctx    context.Context
	mu     sync.Mutex
	latest map[string]*job
}

// job is one run: the next one of its machine cancels it if it is a power-on, and starts when it has ended.
type job struct {
	cancel func()
	done   chan struct{}
}

func newJobs(ctx context.Context) *jobs {
	return &jobs{ctx: ctx, latest: map[string]*job{}}
}

// after runs `work` when the machine's earlier job has ended.
func (j *jobs) after(machine string, cancellable bool, work func(context.Context)) {
	ctx, cancel := context.WithCancel(j.ctx)
	mine := &job{cancel: func() {}, done: make(chan struct{})}
	if cancellable {
		mine.cancel = cancel
	}
	j.mu.Lock()
	earlier := j.latest[machine]
	j.latest[machine] = mine
	j.mu.Unlock()
	go func() {
		defer j.forget(machine, mine)
		defer close(mine.done)
		defer cancel()
		if earlier != nil {
			earlier.cancel()
			<-earlier.done
		}
		work(ctx)
	}()
}

// forget drops a job that has ended, unless another one has come since.
func (j *jobs) forget(machine string, ended *job) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.latest[machine] == ended {
		delete(j.latest, machine)
	}
}

// power starts what follows from a power event. It only reads the machine: the caller holds its lock.
func (w *Watcher) power(machine *mo.VirtualMachine, name string) {
	want := w.asks.of(placeOf(machine))
	missing := machine.Guest.ToolsStatus == types.VirtualMachineToolsStatusToolsNotInstalled
	e, ref, called := newEvent(name, machine, want), machine.Self, machine.Name
	w.jobs.after(called, name == "poweredon", func(ctx context.Context) {
		up, err := w.happen(ctx, e, want)
		if err != nil {
			log.Printf("power hook, %s of %s: %v", name, called, err)
			return
		}
		if ctx.Err() == nil && name != "destroyed" && !missing {
			w.report(ref, name, up)
		}
	})
}

// happen lets the event happen in the lab, if there is a hook for it.
func (w *Watcher) happen(ctx context.Context, e event, want asked) (booted, error) {
	if w.hook == "" {
		return booted{addresses: want.addresses, gateway: want.gateway, simulated: true}, nil
	}
	printed, err := w.hook.run(ctx, e)
	if err != nil || e.name != "poweredon" {
		return booted{}, err
	}
	return parseBooted(printed)
}

// report writes what VMware Tools would report. It runs outside of any call, so it takes the machine's lock itself.
func (w *Watcher) report(ref types.ManagedObjectReference, event string, up booted) {
	machine, ok := w.objects.Get(ref).(*simulator.VirtualMachine)
	if !ok {
		return
	}
	ctx := &simulator.Context{Context: context.Background(), Map: w.objects}
	ctx.WithLock(machine, func() {
		if strings.ToLower(string(machine.Runtime.PowerState)) != event {
			return // a later power event has a job of its own
		}
		if event == "poweredon" {
			ctx.Update(machine, running(machine.Guest, up))
			return
		}
		ctx.Update(machine, stopped())
	})
}
