package provider

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// readMachine brings the state up to date; a machine that is gone leaves it.
func readMachine(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	c := meta.(*client)
	machine, err := c.machine(ctx, d.Id())
	if err != nil {
		return diag.Errorf("error searching for with UUID %q: %s", d.Id(), err)
	}
	if machine == nil {
		d.SetId("")
		return nil
	}
	found, err := c.properties(ctx, machine)
	if err != nil {
		return diag.Errorf("error fetching VM properties: %s", err)
	}
	if problems := set(d, configuration(found)); problems != nil {
		return problems
	}
	if problems := readPlace(ctx, c, d, found); problems != nil {
		return problems
	}
	if problems := readDevices(d, object.VirtualDeviceList(found.Config.Hardware.Device), found.Datastore[0].Value); problems != nil {
		return problems
	}
	attached, err := c.tags.ListAttachedTags(ctx, machine.Reference())
	if err != nil {
		return diag.FromErr(err)
	}
	if problems := set(d, map[string]any{"tags": attached, "extra_config": keptConfig(d, found)}); problems != nil {
		return problems
	}
	return set(d, guestOf(found.Guest))
}

// configuration are the attributes that the resource and the data source share.
func configuration(found *mo.VirtualMachine) map[string]any {
	hardware := found.Config.Hardware
	version, _ := strconv.Atoi(strings.TrimPrefix(found.Config.Version, "vmx-"))
	values := map[string]any{
		"name": found.Name, "uuid": found.Config.Uuid, "moid": found.Self.Value, "annotation": found.Config.Annotation,
		"guest_id": found.Config.GuestId, "alternate_guest_name": found.Config.AlternateGuestName,
		"firmware": found.Config.Firmware, "num_cpus": int(hardware.NumCPU), "memory": int(hardware.MemoryMB),
		"change_version": found.Config.ChangeVersion, "hardware_version": version,
		"enable_disk_uuid": isTrue(found.Config.Flags.DiskUuidEnabled), "enable_logging": isTrue(found.Config.Flags.EnableLogging),
		"scsi_type": scsiType(object.VirtualDeviceList(hardware.Device)), "scsi_bus_sharing": "noSharing",
		"swap_placement_policy": found.Config.SwapPlacement, "vapp_transport": []string{},
	}
	if hardware.NumCoresPerSocket != nil {
		values["num_cores_per_socket"] = int(*hardware.NumCoresPerSocket)
	}
	return values
}

func readPlace(ctx context.Context, c *client, d *schema.ResourceData, found *mo.VirtualMachine) diag.Diagnostics {
	folder, err := pathOf(ctx, c, *found.Parent)
	if err != nil {
		return diag.FromErr(err)
	}
	var vmx object.DatastorePath
	vmx.FromString(found.Config.Files.VmPathName)
	states := map[types.VirtualMachinePowerState]string{
		types.VirtualMachinePowerStatePoweredOn: "on", types.VirtualMachinePowerStatePoweredOff: "off",
		types.VirtualMachinePowerStateSuspended: "suspended",
	}
	values := map[string]any{
		"folder": folder, "datastore_id": found.Datastore[0].Value, "vmx_path": vmx.Path, "reboot_required": false,
		"power_state": states[found.Runtime.PowerState], "vmware_tools_status": found.Guest.ToolsRunningStatus,
	}
	if found.ResourcePool != nil {
		values["resource_pool_id"] = found.ResourcePool.Value
	}
	if found.Runtime.Host != nil {
		values["host_system_id"] = found.Runtime.Host.Value
	}
	return set(d, values)
}

// keptConfig are the values of those keys of extraConfig that the state knows: vCenter has many more.
func keptConfig(d *schema.ResourceData, found *mo.VirtualMachine) map[string]any {
	known, kept := d.Get("extra_config").(map[string]any), map[string]any{}
	for _, option := range found.Config.ExtraConfig {
		value := option.GetOptionValue()
		if _, ok := known[value.Key]; ok {
			kept[value.Key] = fmt.Sprint(value.Value)
		}
	}
	return kept
}

func readDevices(d *schema.ResourceData, devices object.VirtualDeviceList, datastore string) diag.Diagnostics {
	var cards, disks []any
	for i, device := range cardsIn(devices) {
		cards = append(cards, cardValues(d, device, i))
	}
	for i, disk := range disksIn(devices) {
		disks = append(disks, diskValues(d, disk, i, datastore))
	}
	return set(d, map[string]any{"network_interface": cards, "disk": disks})
}

func cardValues(d *schema.ResourceData, device types.BaseVirtualDevice, index int) map[string]any {
	card := device.(types.BaseVirtualEthernetCard).GetVirtualEthernetCard()
	return map[string]any{
		"network_id": networkID(device), "adapter_type": cardType(device), "mac_address": card.MacAddress,
		"key": int(card.Key), "device_address": fmt.Sprintf("pci:0:%d", 7+index),
		"use_static_mac":  card.AddressType == string(types.VirtualEthernetCardMacTypeManual),
		"bandwidth_limit": -1, "bandwidth_reservation": 0, "bandwidth_share_level": "normal", "bandwidth_share_count": 50,
		"ovf_mapping": d.Get(fmt.Sprintf("network_interface.%d.ovf_mapping", index)),
	}
}

func diskValues(d *schema.ResourceData, disk *types.VirtualDisk, index int, datastore string) map[string]any {
	thin, eager, backing := provisioning(disk)
	label, _ := d.Get(fmt.Sprintf("disk.%d.label", index)).(string)
	if label == "" {
		label = fmt.Sprintf("disk%d", index)
	}
	var file object.DatastorePath
	file.FromString(backing.FileName)
	return map[string]any{
		"label": label, "size": int(disk.CapacityInBytes >> 30), "thin_provisioned": thin, "eagerly_scrub": eager,
		"unit_number": index, "key": int(disk.Key), "uuid": backing.Uuid, "path": file.Path, "datastore_id": datastore,
		"device_address": fmt.Sprintf("scsi:0:%d", index), "controller_type": "scsi", "disk_mode": "persistent",
		"disk_sharing": "sharingNone", "io_limit": -1, "io_share_level": "normal",
	}
}

// guestOf are the addresses that VMware Tools tell; the default one lies in the subnet of a gateway, IPv4 first.
func guestOf(guest *types.GuestInfo) map[string]any {
	var all []string
	var first, routed string
	gateways := gatewaysOf(guest)
	for _, address := range addressesOf(guest) {
		text := address.IP.String()
		all = append(all, text)
		if first == "" {
			first = text
		}
		if besideAny(address, gateways) && (routed == "" || strings.Contains(routed, ":") && !strings.Contains(text, ":")) {
			routed = text
		}
	}
	if len(all) == 0 && guest.IpAddress != "" {
		all, first = []string{guest.IpAddress}, guest.IpAddress
	}
	if routed == "" {
		routed = first
	}
	values := map[string]any{"guest_ip_addresses": all}
	if routed != "" {
		values["default_ip_address"] = routed
	}
	return values
}
