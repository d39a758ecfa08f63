package provider

import (
	"context"
	"fmt"
	"path"

	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"anchorage.local/lab/providers/vsphere/internal/table"
)

func templateData() *schema.Resource {
	return &schema.Resource{Schema: table.Parse(templateTable), ReadContext: readTemplate}
}

func readTemplate(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	c := meta.(*client)
	machine, err := findTemplate(ctx, c, d)
	if err != nil {
		return diag.Errorf("error fetching virtual machine: %s", err)
	}
	found, err := c.properties(ctx, machine)
	if err != nil {
		return diag.Errorf("error fetching virtual machine properties: %s", err)
	}
	values := configuration(found)
	delete(values, "name") // it stays as it was asked for, which may be a path
	values["instance_uuid"] = found.Config.InstanceUuid
	devices := object.VirtualDeviceList(found.Config.Hardware.Device)
	values["disks"], values["network_interface_types"], values["network_interfaces"] = templateDevices(devices)
	d.SetId(found.Config.Uuid)
	if problems := set(d, values); problems != nil {
		return problems
	}
	return set(d, guestOf(found.Guest))
}

func findTemplate(ctx context.Context, c *client, d *schema.ResourceData) (*object.VirtualMachine, error) {
	if id := d.Get("moid").(string); id != "" {
		return object.NewVirtualMachine(c.vim.Client, types.ManagedObjectReference{Type: "VirtualMachine", Value: id}), nil
	}
	if uuid := d.Get("uuid").(string); uuid != "" {
		machine, err := c.machine(ctx, uuid)
		if err == nil && machine == nil {
			err = fmt.Errorf("virtual machine with UUID %q not found", uuid)
		}
		return machine, err
	}
	finder, err := c.finder(ctx, d.Get("datacenter_id").(string))
	if err != nil {
		return nil, err
	}
	return finder.VirtualMachine(ctx, path.Join(d.Get("folder").(string), d.Get("name").(string)))
}

func templateDevices(devices object.VirtualDeviceList) (disks []any, kinds []string, cards []any) {
	for i, disk := range disksIn(devices) {
		thin, eager, _ := provisioning(disk)
		label := ""
		if disk.DeviceInfo != nil {
			label = disk.DeviceInfo.GetDescription().Label
		}
		disks = append(disks, map[string]any{
			"size": int(disk.CapacityInBytes >> 30), "thin_provisioned": thin, "eagerly_scrub": eager, "label": label, "unit_number": i,
		})
	}
	for _, device := range cardsIn(devices) {
		card := device.(types.BaseVirtualEthernetCard).GetVirtualEthernetCard()
		kinds = append(kinds, cardType(device))
		cards = append(cards, map[string]any{
			"adapter_type": cardType(device), "mac_address": card.MacAddress, "network_id": networkID(device),
			"bandwidth_limit": -1, "bandwidth_share_level": "normal", "bandwidth_share_count": 50,
		})
	}
	return disks, kinds, cards
}
