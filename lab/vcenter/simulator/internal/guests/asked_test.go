package guests

import (
	"testing"

	"github.com/vmware/govmomi/vim25/types"
)

func TestTheFirstCardsAddressesAreWhatWasAskedFor(t *testing.T) {
	spec := &types.CustomizationSpec{NicSettingMap: []types.CustomizationAdapterMapping{{
		Adapter: types.CustomizationIPSettings{
			Ip: &types.CustomizationFixedIp{IpAddress: "198.18.2.1"}, SubnetMask: "255.255.254.0", Gateway: []string{"198.18.2.253"},
			IpV6Spec: &types.CustomizationIPSettingsIpV6AddressSpec{Ip: []types.BaseCustomizationIpV6Generator{
				&types.CustomizationFixedIpV6{IpAddress: "2001:db8::1", SubnetMask: 64},
			}},
		},
	}}}
	var now asked
	now.customize(spec)
	if len(now.addresses) != 2 || now.addresses[0].String() != "198.18.2.1/23" || now.addresses[1].String() != "2001:db8::1/64" {
		t.Error(now.addresses)
	}
	if now.gateway.String() != "198.18.2.253" {
		t.Error(now.gateway)
	}
	now.customize(nil) // a clone without customization keeps what an earlier call said
	if len(now.addresses) != 2 {
		t.Error("forgotten")
	}
}
