// Package waits replaces the session's root PropertyCollector by one that many waiters may share.
//
// Clients wait for each task with WaitForUpdatesEx on the session's one root collector, many at
// a time. The engine keeps a single queue of updates per collector, so one waiter takes the
// updates of all the others, which then wait for ever. A real vCenter keeps versions apart. Here
// every wait chain (the calls that follow one with an empty version) has a private collector
// with copies of the live filters; the version, which clients must echo, tells chains apart.
package waits

import (
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

type reference = types.ManagedObjectReference

// Collector is the shared root collector; the engine makes a zero one for each session.
type Collector struct {
	simulator.PropertyCollector

	mu     sync.Mutex                                 // never held while waiting
	owners map[reference]*simulator.PropertyCollector // a client's filter -> the collector that owns it
	chains map[string]*chain                          // by version
}

// CreateFilter gives each filter a collector of its own, so that destroying it touches no other.
func (c *Collector) CreateFilter(ctx *simulator.Context, req *types.CreateFilter) soap.HasFault {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sweep(ctx)
	owner := new(simulator.PropertyCollector)
	ctx.Session.Put(owner)
	reply := owner.CreateFilter(ctx, req)
	if c.owners == nil {
		c.owners, c.chains = map[reference]*simulator.PropertyCollector{}, map[string]*chain{}
	}
	c.owners[owner.Filter[0]] = owner
	return reply
}

// WaitForUpdatesEx waits on the private collector of the chain that the version names.
func (c *Collector) WaitForUpdatesEx(ctx *simulator.Context, req *types.WaitForUpdatesEx) soap.HasFault {
	return c.chain(ctx, req.Version).wait(ctx, req)
}

// WaitForUpdates is what pyvmomi calls.
func (c *Collector) WaitForUpdates(ctx *simulator.Context, req *types.WaitForUpdates) soap.HasFault {
	extended := &types.WaitForUpdatesEx{This: req.This, Version: req.Version}
	reply := c.WaitForUpdatesEx(ctx, extended).(*methods.WaitForUpdatesExBody)
	body := &methods.WaitForUpdatesBody{Fault_: reply.Fault_}
	if reply.Res != nil && reply.Res.Returnval != nil {
		body.Res = &types.WaitForUpdatesResponse{Returnval: *reply.Res.Returnval}
	}
	return body
}

// CancelWaitForUpdates ends every wait of the session, as the API says.
func (c *Collector) CancelWaitForUpdates(req *types.CancelWaitForUpdates) soap.HasFault {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, chain := range c.chains {
		chain.collector.CancelWaitForUpdates(req)
	}
	return &methods.CancelWaitForUpdatesBody{Res: new(types.CancelWaitForUpdatesResponse)}
}

// chain is the one that has this version, or a new one over all filters of now.
func (c *Collector) chain(ctx *simulator.Context, version string) *chain {
	c.mu.Lock()
	defer c.mu.Unlock()
	if found := c.chains[version]; found != nil {
		return found
	}
	c.sweep(ctx)
	made := newChain(ctx)
	for filter := range c.owners {
		made.watch(ctx, filter)
	}
	if len(made.names) != 0 {
		c.chains[made.version] = made
		live.Store(made.version, made)
	}
	return made
}

// sweep drops filters that their client destroyed, and chains that have none left.
func (c *Collector) sweep(ctx *simulator.Context) {
	for filter, owner := range c.owners {
		if ctx.Session.Registry.Get(filter) == nil {
			owner.DestroyPropertyCollector(ctx, &types.DestroyPropertyCollector{This: owner.Self})
			delete(c.owners, filter)
		}
	}
	for version, chain := range c.chains {
		if !chain.watchesAny(c.owners) {
			delete(c.chains, version)
			go chain.end(ctx)
		}
	}
}
