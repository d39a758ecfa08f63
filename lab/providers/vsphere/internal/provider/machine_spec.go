package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"
)

// wholeSpec is the configuration of a new machine, without its devices.
func wholeSpec(d *schema.ResourceData) types.VirtualMachineConfigSpec {
	spec := types.VirtualMachineConfigSpec{
		NumCPUs: int32(d.Get("num_cpus").(int)), NumCoresPerSocket: types.NewInt32(int32(d.Get("num_cores_per_socket").(int))),
		MemoryMB: int64(d.Get("memory").(int)), Annotation: d.Get("annotation").(string),
		Firmware: d.Get("firmware").(string), GuestId: d.Get("guest_id").(string), ExtraConfig: extraConfig(d),
		Flags: &types.VirtualMachineFlagInfo{
			DiskUuidEnabled: types.NewBool(d.Get("enable_disk_uuid").(bool)), EnableLogging: types.NewBool(d.Get("enable_logging").(bool)),
		},
	}
	return spec
}

// extraConfig sets the wanted keys and empties those that are no longer wanted.
func extraConfig(d *schema.ResourceData) []types.BaseOptionValue {
	before, after := d.GetChange("extra_config")
	wanted := after.(map[string]any)
	var options []types.BaseOptionValue
	for key := range before.(map[string]any) {
		if _, kept := wanted[key]; !kept {
			options = append(options, &types.OptionValue{Key: key, Value: ""})
		}
	}
	for key, value := range wanted {
		options = append(options, &types.OptionValue{Key: key, Value: value})
	}
	return options
}

// deviceChanges are edits of the machine's card and disk towards the configuration.
func deviceChanges(
	ctx context.Context, c *client, d *schema.ResourceData, devices object.VirtualDeviceList,
) ([]types.BaseVirtualDeviceConfigSpec, error) {
	cards, disks := cardsIn(devices), disksIn(devices)
	if len(cards) != len(d.Get("network_interface").([]any)) || len(disks) != len(d.Get("disk").([]any)) {
		return nil, fmt.Errorf("the lab's stand-in keeps the template's %d cards and %d disks: it adds and removes none", len(cards), len(disks))
	}
	var edits object.VirtualDeviceList
	for i, device := range cards {
		changed, err := editCard(ctx, c, d, device, i)
		if err != nil {
			return nil, err
		}
		if changed {
			edits = append(edits, device)
		}
	}
	for i, disk := range disks {
		size := int64(d.Get(fmt.Sprintf("disk.%d.size", i)).(int)) << 30
		if size > disk.CapacityInBytes {
			disk.CapacityInBytes, disk.CapacityInKB = size, size>>10
			edits = append(edits, disk)
		}
	}
	return edits.ConfigSpec(types.VirtualDeviceConfigSpecOperationEdit)
}

func editCard(ctx context.Context, c *client, d *schema.ResourceData, device types.BaseVirtualDevice, index int) (bool, error) {
	prefix := fmt.Sprintf("network_interface.%d.", index)
	wanted := d.Get(prefix + "network_id").(string)
	if kind := cardType(device); kind != d.Get(prefix+"adapter_type").(string) {
		return false, fmt.Errorf("the lab's stand-in does not change a card's type (%s)", kind)
	}
	if networkID(device) == wanted {
		return false, nil
	}
	network, err := find.NewFinder(c.vim.Client, false).ObjectReference(ctx, networkRef(wanted))
	if err != nil {
		return false, err
	}
	backing, err := network.(object.NetworkReference).EthernetCardBackingInfo(ctx)
	if err != nil {
		return false, err
	}
	device.GetVirtualDevice().Backing = backing
	return true, nil
}
