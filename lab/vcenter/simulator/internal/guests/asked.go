package guests

import (
	"net"
	"net/netip"
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"anchorage.local/lab/vcenter/internal/failures"
)

// noTools is what a real vCenter says when it is to customize a guest without VMware Tools.
const noTools = "Customization of the guest operating system is not supported in this configuration: " +
	"VMware Tools are not installed in the template."

// place names a machine before it has a reference.
type place struct {
	folder types.ManagedObjectReference
	name   string
}

// asked is what a clone was told to be, as far as the engine forgets it.
type asked struct {
	toolsMissing bool
	addresses    []netip.Prefix
	gateway      netip.Addr
}

// asks remembers by place what CloneVM_Task and CustomizeVM_Task said.
type asks struct {
	mu    sync.Mutex
	known map[place]asked
}

func newAsks() *asks { return &asks{known: map[place]asked{}} }

func (a *asks) of(p place) asked {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.known[p]
}

func (a *asks) change(p place, change func(*asked)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.known[p]
	change(&now)
	a.known[p] = now
}

func (a *asks) forget(p place) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.known, p)
}

// step reads what a clone is asked to be; a guest without VMware Tools refuses customization.
func (a *asks) step(ctx *simulator.Context, method *simulator.Method) types.BaseMethodFault {
	switch body := method.Body.(type) {
	case *types.CloneVM_Task:
		missing := toolsMissing(ctx, method.This)
		if missing && body.Spec.Customization != nil {
			return failures.Call(ctx, method, new(types.UncustomizableGuest), noTools)
		}
		a.change(place{body.Folder, body.Name}, func(now *asked) {
			*now = asked{toolsMissing: missing}
			now.customize(body.Spec.Customization)
		})
	case *types.CustomizeVM_Task:
		machine, ok := ctx.Map.Get(method.This).(*simulator.VirtualMachine)
		if !ok {
			return nil
		}
		if toolsMissing(ctx, method.This) {
			return failures.Call(ctx, method, new(types.UncustomizableGuest), noTools)
		}
		a.change(placeOf(&machine.VirtualMachine), func(now *asked) { now.customize(&body.Spec) })
	}
	return nil
}

// customize reads the first card's addresses and the first gateway.
func (a *asked) customize(spec *types.CustomizationSpec) {
	if spec == nil || len(spec.NicSettingMap) == 0 {
		return
	}
	a.addresses, a.gateway = nil, netip.Addr{}
	adapter := spec.NicSettingMap[0].Adapter
	if fixed, ok := adapter.Ip.(*types.CustomizationFixedIp); ok {
		a.addAddress(fixed.IpAddress, maskBits(adapter.SubnetMask))
	}
	if v6 := adapter.IpV6Spec; v6 != nil {
		for _, generator := range v6.Ip {
			if fixed, ok := generator.(*types.CustomizationFixedIpV6); ok {
				a.addAddress(fixed.IpAddress, int(fixed.SubnetMask))
			}
		}
	}
	if len(adapter.Gateway) != 0 {
		a.gateway, _ = netip.ParseAddr(adapter.Gateway[0])
	}
}

func (a *asked) addAddress(text string, bits int) {
	if address, err := netip.ParseAddr(text); err == nil {
		a.addresses = append(a.addresses, netip.PrefixFrom(address, bits))
	}
}

// maskBits is the prefix length of a dotted mask; 24 where it is none.
func maskBits(mask string) int {
	ip := net.ParseIP(mask).To4()
	if ip == nil {
		return 24
	}
	bits, _ := net.IPMask(ip).Size()
	return bits
}
