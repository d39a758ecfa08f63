package guests

import (
	"net/netip"

	"github.com/vmware/govmomi/vim25/types"
)

// stopped are the changes of a guest that is no longer up.
func stopped() []types.PropertyChange {
	return []types.PropertyChange{
		{Name: "guest.toolsStatus", Val: types.VirtualMachineToolsStatusToolsNotRunning},
		{Name: "guest.toolsRunningStatus", Val: string(types.VirtualMachineToolsRunningStatusGuestToolsNotRunning)},
		{Name: "guest.guestState", Val: string(types.VirtualMachineGuestStateNotRunning)},
		{Name: "guest.ipAddress", Val: ""},
		{Name: "summary.guest.ipAddress", Val: ""},
	}
}

// running are the changes of a guest that is up. guest.ipStack stands before guest.net: see calls.MendReferences.
func running(guest *types.GuestInfo, up booted) []types.PropertyChange {
	changes := []types.PropertyChange{
		{Name: "guest.toolsStatus", Val: types.VirtualMachineToolsStatusToolsOk},
		{Name: "guest.toolsRunningStatus", Val: string(types.VirtualMachineToolsRunningStatusGuestToolsRunning)},
		{Name: "guest.guestState", Val: string(types.VirtualMachineGuestStateRunning)},
	}
	if up.simulated {
		name := "simulated guest (no machine was booted)"
		changes = append(changes, types.PropertyChange{Name: "guest.guestFullName", Val: name})
	}
	if len(up.addresses) == 0 || len(guest.Net) == 0 {
		return changes
	}
	first := up.addresses[0].Addr().String()
	return append(changes,
		types.PropertyChange{Name: "guest.ipAddress", Val: first},
		types.PropertyChange{Name: "summary.guest.ipAddress", Val: first},
		types.PropertyChange{Name: "guest.ipStack", Val: []types.GuestStackInfo{stack(up)}},
		types.PropertyChange{Name: "guest.net", Val: cards(guest.Net, up.addresses)},
	)
}

// cards are the guest's cards, the first of which holds the addresses.
func cards(known []types.GuestNicInfo, addresses []netip.Prefix) []types.GuestNicInfo {
	all := append([]types.GuestNicInfo(nil), known...)
	first := &all[0]
	first.Connected, first.IpAddress, first.IpConfig = true, nil, new(types.NetIpConfigInfo)
	for _, prefix := range addresses {
		address := types.NetIpConfigInfoIpAddress{
			IpAddress: prefix.Addr().String(), PrefixLength: int32(prefix.Bits()),
			State: string(types.NetIpConfigInfoIpAddressStatusPreferred),
		}
		first.IpAddress = append(first.IpAddress, address.IpAddress)
		first.IpConfig.IpAddress = append(first.IpConfig.IpAddress, address)
	}
	return all
}

// stack is the guest's routing table: its subnet, and the default route if a gateway is known.
func stack(up booted) types.GuestStackInfo {
	routes := []types.NetIpRouteConfigInfoIpRoute{{
		Network: up.addresses[0].Masked().Addr().String(), PrefixLength: int32(up.addresses[0].Bits()),
		Gateway: types.NetIpRouteConfigInfoGateway{Device: "0"},
	}}
	if up.gateway.IsValid() {
		anywhere := "0.0.0.0"
		if up.gateway.Is6() {
			anywhere = "::"
		}
		gateway := types.NetIpRouteConfigInfoGateway{IpAddress: up.gateway.String(), Device: "0"}
		routes = append(routes, types.NetIpRouteConfigInfoIpRoute{Network: anywhere, Gateway: gateway})
	}
	return types.GuestStackInfo{IpRouteConfig: &types.NetIpRouteConfigInfo{IpRoute: routes}}
}
