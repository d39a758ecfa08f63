package waits

import (
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

var (
	versions atomic.Int64 // one count for all sessions: a version names one chain
	live     sync.Map     // version -> *chain, for Abandon
)

// chain is a private collector with copies of a session's filters.
type chain struct {
	version   string
	collector simulator.PropertyCollector
	names     map[reference]reference // copy -> the client's filter

	busy    sync.Mutex // held by the one waiting call
	started bool       // the first reply, with all of the current state, was sent
}

func newChain(ctx *simulator.Context) *chain {
	c := &chain{version: strconv.FormatInt(versions.Add(1), 10), names: map[reference]reference{}}
	ctx.Session.Put(&c.collector)
	return c
}

// watch adds a copy of the client's filter.
func (c *chain) watch(ctx *simulator.Context, filter reference) {
	f, ok := ctx.Session.Registry.Get(filter).(*simulator.PropertyFilter)
	if !ok {
		return
	}
	req := &types.CreateFilter{This: c.collector.Self, Spec: f.Spec, PartialUpdates: f.PartialUpdates}
	c.collector.CreateFilter(ctx, req)
	c.names[c.collector.Filter[len(c.collector.Filter)-1]] = filter
}

func (c *chain) watchesAny(filters map[reference]*simulator.PropertyCollector) bool {
	for _, name := range c.names {
		if filters[name] != nil {
			return true
		}
	}
	return false
}

// wait is one WaitForUpdatesEx of the chain, told in the client's names.
func (c *chain) wait(ctx *simulator.Context, req *types.WaitForUpdatesEx) soap.HasFault {
	c.busy.Lock()
	defer c.busy.Unlock()
	private := types.WaitForUpdatesEx{This: c.collector.Self, Options: req.Options}
	if c.started {
		private.Version = "-" // the engine asks only whether it is empty
	}
	c.started = true
	body := c.collector.WaitForUpdatesEx(ctx, &private).(*methods.WaitForUpdatesExBody)
	if body.Res == nil || body.Res.Returnval == nil {
		return body
	}
	body.Res.Returnval.Version = c.version
	for i := range body.Res.Returnval.FilterSet {
		set := &body.Res.Returnval.FilterSet[i]
		set.Filter = c.names[set.Filter]
	}
	return body
}

// end cancels the waiting call, if there is one, and takes the collector away once nobody uses it.
func (c *chain) end(ctx *simulator.Context) {
	live.Delete(c.version)
	c.cancel()
	c.collector.DestroyPropertyCollector(ctx, &types.DestroyPropertyCollector{This: c.collector.Self})
	c.busy.Unlock()
}

// cancel returns holding `busy`. The engine forgets a cancellation that comes just before the wait, so it is repeated.
func (c *chain) cancel() {
	for !c.busy.TryLock() {
		c.collector.CancelWaitForUpdates(&types.CancelWaitForUpdates{})
		time.Sleep(5 * time.Millisecond)
	}
}
