package provider

import (
	"net"
	"testing"

	"github.com/vmware/govmomi/vim25/types"
)

func TestTheSchemaHoldsTogether(t *testing.T) {
	if err := New().InternalValidate(); err != nil {
		t.Error(err)
	}
}

func guest(gateway string, addresses ...types.NetIpConfigInfoIpAddress) *types.GuestInfo {
	route := types.NetIpRouteConfigInfoIpRoute{Network: "0.0.0.0", Gateway: types.NetIpRouteConfigInfoGateway{IpAddress: gateway}}
	return &types.GuestInfo{
		Net: []types.GuestNicInfo{{IpConfig: &types.NetIpConfigInfo{IpAddress: addresses}}},
		IpStack: []types.GuestStackInfo{{
			IpRouteConfig: &types.NetIpRouteConfigInfo{IpRoute: []types.NetIpRouteConfigInfoIpRoute{route}},
		}},
	}
}

func TestAnAddressIsReachableInTheSubnetOfAGateway(t *testing.T) {
	v4 := types.NetIpConfigInfoIpAddress{IpAddress: "198.18.2.1", PrefixLength: 24}
	local := types.NetIpConfigInfoIpAddress{IpAddress: "fe80::1", PrefixLength: 64}
	for name, c := range map[string]struct {
		guest              *types.GuestInfo
		routable, expected bool
	}{
		"beside its gateway":      {guest("198.18.2.253", v4), true, true},
		"gateway elsewhere":       {guest("203.0.113.1", v4), true, false},
		"any address will do":     {guest("203.0.113.1", v4), false, true},
		"link-local is none":      {guest("198.18.2.253", local), false, false},
		"nothing was reported":    {&types.GuestInfo{}, false, false},
		"an address, no gateways": {&types.GuestInfo{Net: guest("", v4).Net}, true, false},
	} {
		if reachable(c.guest, c.routable) != c.expected {
			t.Error(name)
		}
	}
}

func TestTheDefaultAddressIsTheRoutedOneIPv4First(t *testing.T) {
	v6 := types.NetIpConfigInfoIpAddress{IpAddress: "2001:db8::1", PrefixLength: 64}
	other := types.NetIpConfigInfoIpAddress{IpAddress: "203.0.113.1", PrefixLength: 24}
	v4 := types.NetIpConfigInfoIpAddress{IpAddress: "198.18.2.1", PrefixLength: 24}
	if found := guestOf(guest("198.18.2.253", v6, other, v4))["default_ip_address"]; found != "198.18.2.1" {
		t.Error(found)
	}
	if _, set := guestOf(&types.GuestInfo{})["default_ip_address"]; set {
		t.Error("an address out of nothing")
	}
}

func TestAGatewayGoesToACardInItsSubnetAlone(t *testing.T) {
	mask := net.CIDRMask(24, 32)
	if !within("198.18.2.253", "198.18.2.1", mask) || within("198.18.3.253", "198.18.2.1", mask) || within("", "198.18.2.1", mask) {
		t.Error("within")
	}
}

func TestAFolderPathIsKeptWithoutSlashesAtItsEnds(t *testing.T) {
	for path, want := range map[string]string{"/a/b/": "a/b", "a//b": "a/b", "": "", "/": ""} {
		if got := normal(path); got != want {
			t.Errorf("normal(%q) = %q", path, got)
		}
	}
}
