package provider

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/vim25/types"
)

const customize = "clone.0.customize.0."

// customizationSpec is what the block clone.customize asks for; nil where there is none.
func customizationSpec(d *schema.ResourceData) *types.CustomizationSpec {
	if len(d.Get("clone.0.customize").([]any)) == 0 {
		return nil
	}
	linux := customize + "linux_options.0."
	spec := &types.CustomizationSpec{
		Identity: &types.CustomizationLinuxPrep{
			HostName: &types.CustomizationFixedName{Name: d.Get(linux + "host_name").(string)},
			Domain:   d.Get(linux + "domain").(string), TimeZone: d.Get(linux + "time_zone").(string),
			HwClockUTC: types.NewBool(d.Get(linux + "hw_clock_utc").(bool)),
		},
		GlobalIPSettings: types.CustomizationGlobalIPSettings{
			DnsServerList: texts(d.Get(customize + "dns_server_list")), DnsSuffixList: texts(d.Get(customize + "dns_suffix_list")),
		},
	}
	for i := range d.Get(customize + "network_interface").([]any) {
		spec.NicSettingMap = append(spec.NicSettingMap, types.CustomizationAdapterMapping{Adapter: adapter(d, i)})
	}
	return spec
}

// adapter is one card's settings. A gateway goes to a card whose subnet it lies in.
func adapter(d *schema.ResourceData, index int) types.CustomizationIPSettings {
	card := fmt.Sprintf("%snetwork_interface.%d.", customize, index)
	settings := types.CustomizationIPSettings{
		Ip: &types.CustomizationDhcpIpGenerator{}, DnsDomain: d.Get(card + "dns_domain").(string),
		DnsServerList: texts(d.Get(card + "dns_server_list")),
	}
	if address := d.Get(card + "ipv4_address").(string); address != "" {
		mask := net.CIDRMask(d.Get(card+"ipv4_netmask").(int), 32)
		settings.Ip, settings.SubnetMask = &types.CustomizationFixedIp{IpAddress: address}, net.IP(mask).String()
		if gateway := d.Get(customize + "ipv4_gateway").(string); within(gateway, address, mask) {
			settings.Gateway = []string{gateway}
		}
	}
	if address := d.Get(card + "ipv6_address").(string); address != "" {
		bits := d.Get(card + "ipv6_netmask").(int)
		fixed := &types.CustomizationFixedIpV6{IpAddress: address, SubnetMask: int32(bits)}
		settings.IpV6Spec = &types.CustomizationIPSettingsIpV6AddressSpec{Ip: []types.BaseCustomizationIpV6Generator{fixed}}
		if gateway := d.Get(customize + "ipv6_gateway").(string); within(gateway, address, net.CIDRMask(bits, 128)) {
			settings.IpV6Spec.Gateway = []string{gateway}
		}
	}
	return settings
}

func within(gateway, address string, mask net.IPMask) bool {
	g, a := net.ParseIP(gateway), net.ParseIP(address)
	return g != nil && a != nil && a.Mask(mask) != nil && a.Mask(mask).Equal(g.Mask(mask))
}

// waitCustomized waits until the guest says that it has been customized.
func waitCustomized(ctx context.Context, c *client, d *schema.ResourceData, machine *object.VirtualMachine) error {
	minutes, ok := d.Get(customize + "timeout").(int)
	if len(d.Get("clone.0.customize").([]any)) == 0 || !ok || minutes < 1 {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, time.Duration(minutes)*time.Minute)
	defer cancel()
	var failure string
	path := []string{"guest.customizationInfo"}
	err := property.Wait(limited, c.vim.PropertyCollector(), machine.Reference(), path, func(changes []types.PropertyChange) bool {
		for _, change := range changes {
			info, ok := change.Val.(types.GuestInfoCustomizationInfo)
			if !ok {
				continue
			}
			switch types.GuestInfoCustomizationStatus(info.CustomizationStatus) {
			case types.GuestInfoCustomizationStatusTOOLSDEPLOYPKG_SUCCEEDED:
				return true
			case types.GuestInfoCustomizationStatusTOOLSDEPLOYPKG_FAILED:
				failure = info.ErrorMsg
				return true
			}
		}
		return false
	})
	if failure != "" {
		err = errors.New(failure)
	} else if limited.Err() == context.DeadlineExceeded {
		err = errors.New("timeout waiting for customization to complete")
	}
	if err != nil {
		return fmt.Errorf("the virtual machine customization failed on %q: %w. The virtual machine has not been deleted", machine.InventoryPath, err)
	}
	return nil
}

func texts(list any) []string {
	var all []string
	for _, value := range list.([]any) {
		text, _ := value.(string)
		all = append(all, text)
	}
	return all
}
