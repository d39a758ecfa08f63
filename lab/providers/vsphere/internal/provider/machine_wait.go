package provider

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/vim25/types"
)

// waitForNet waits for an address of the guest; a routable one lies in the subnet of a default gateway.
func waitForNet(ctx context.Context, c *client, d *schema.ResourceData, machine *object.VirtualMachine) error {
	minutes := max(d.Get("wait_for_guest_net_timeout").(int), d.Get("wait_for_guest_ip_timeout").(int))
	if minutes < 1 {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, time.Duration(minutes)*time.Minute)
	defer cancel()
	routable := d.Get("wait_for_guest_net_routable").(bool)
	guest := &types.GuestInfo{}
	paths := []string{"guest.net", "guest.ipStack"}
	err := property.Wait(limited, c.vim.PropertyCollector(), machine.Reference(), paths, func(changes []types.PropertyChange) bool {
		for _, change := range changes {
			switch value := change.Val.(type) {
			case types.ArrayOfGuestNicInfo:
				guest.Net = value.GuestNicInfo
			case types.ArrayOfGuestStackInfo:
				guest.IpStack = value.GuestStackInfo
			}
		}
		return reachable(guest, routable)
	})
	if err != nil && limited.Err() == context.DeadlineExceeded {
		return errors.New("timeout waiting for an available IP address")
	}
	return err
}

func reachable(guest *types.GuestInfo, routable bool) bool {
	gateways := gatewaysOf(guest)
	for _, address := range addressesOf(guest) {
		if address.IP.IsLinkLocalUnicast() || address.IP.IsLoopback() {
			continue
		}
		if !routable || besideAny(address, gateways) {
			return true
		}
	}
	return false
}

func besideAny(address net.IPNet, gateways []net.IP) bool {
	for _, gateway := range gateways {
		if address.Contains(gateway) {
			return true
		}
	}
	return false
}

func gatewaysOf(guest *types.GuestInfo) []net.IP {
	var gateways []net.IP
	for _, stack := range guest.IpStack {
		if stack.IpRouteConfig == nil {
			continue
		}
		for _, route := range stack.IpRouteConfig.IpRoute {
			if gateway := net.ParseIP(route.Gateway.IpAddress); gateway != nil && (route.Network == "0.0.0.0" || route.Network == "::") {
				gateways = append(gateways, gateway)
			}
		}
	}
	return gateways
}

func addressesOf(guest *types.GuestInfo) []net.IPNet {
	var addresses []net.IPNet
	for _, card := range guest.Net {
		if card.IpConfig == nil {
			continue
		}
		for _, address := range card.IpConfig.IpAddress {
			ip, bits := net.ParseIP(address.IpAddress), 128
			if ip.To4() != nil {
				ip, bits = ip.To4(), 32
			}
			addresses = append(addresses, net.IPNet{IP: ip, Mask: net.CIDRMask(int(address.PrefixLength), bits)})
		}
	}
	return addresses
}
