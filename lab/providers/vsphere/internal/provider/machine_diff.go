package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/go-cty/cty"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/vmware/govmomi/object"
)

// imitated are the attributes of a machine that the stand-in acts on, or that only say how long to wait.
var imitated = []string{
	"annotation", "clone", "datastore_id", "disk", "enable_disk_uuid", "enable_logging", "extra_config",
	"extra_config_reboot_required", "firmware", "folder", "force_power_off", "guest_id", "host_system_id", "memory", "name",
	"network_interface", "num_cores_per_socket", "num_cpus", "poweron_timeout", "replace_trigger", "resource_pool_id",
	"scsi_type", "shutdown_wait_timeout", "tags", "wait_for_guest_ip_timeout", "wait_for_guest_net_routable",
	"wait_for_guest_net_timeout",
}

// onlyImitated refuses, by name, what a configuration uses and the stand-in does not imitate.
func onlyImitated(names ...string) schema.CustomizeDiffFunc {
	return func(_ context.Context, d *schema.ResourceDiff, _ any) error {
		config := d.GetRawConfig()
		if config.IsNull() || !config.IsKnown() {
			return nil
		}
		for name, value := range config.AsValueMap() {
			if name != "id" && !slices.Contains(names, name) && isUsed(value) {
				return fmt.Errorf("the lab's stand-in for the vSphere provider does not imitate %q", name)
			}
		}
		return nil
	}
}

func isUsed(value cty.Value) bool {
	if value.IsNull() {
		return false
	}
	if !value.IsKnown() || !value.CanIterateElements() {
		return true
	}
	return value.LengthInt() != 0
}

// machineDiff checks a plan as the real provider does: before anything is made.
func machineDiff(ctx context.Context, d *schema.ResourceDiff, meta any) error {
	if err := onlyImitated(imitated...)(ctx, d, meta); err != nil {
		return err
	}
	if len(d.Get("network_interface").([]any)) == 0 {
		return errors.New("network_interface parameter is required when not deploying from ovf template")
	}
	if len(d.Get("disk").([]any)) == 0 {
		return errors.New("at least one disk sub-resource must be specified")
	}
	if len(d.Get("clone").([]any)) == 0 {
		return errors.New("the lab's stand-in for the vSphere provider makes machines by clone alone")
	}
	if d.Id() == "" {
		return checkClone(ctx, d, meta.(*client))
	}
	for _, key := range d.GetChangedKeysPrefix("clone.0") {
		if key = strings.TrimSuffix(key, ".#"); key != "clone.0.timeout" {
			if err := d.ForceNew(key); err != nil {
				return err
			}
		}
	}
	return checkGrowth(d)
}

// checkClone compares a new machine with its template.
func checkClone(ctx context.Context, d *schema.ResourceDiff, c *client) error {
	if !d.NewValueKnown("clone.0.template_uuid") {
		return nil
	}
	uuid := d.Get("clone.0.template_uuid").(string)
	template, err := c.machine(ctx, uuid)
	if err != nil || template == nil {
		return fmt.Errorf("cannot locate virtual machine or template with UUID %q: virtual machine with UUID %q not found", uuid, uuid)
	}
	found, err := c.properties(ctx, template)
	if err != nil {
		return err
	}
	if guest := d.Get("guest_id").(string); guest != found.Config.GuestId {
		return fmt.Errorf("invalid guest ID %q for clone. Please set it to %q", guest, found.Config.GuestId)
	}
	return checkDisks(d, object.VirtualDeviceList(found.Config.Hardware.Device))
}

func checkDisks(d *schema.ResourceDiff, devices object.VirtualDeviceList) error {
	linked, disks := d.Get("clone.0.linked_clone").(bool), disksIn(devices)
	if wanted := len(d.Get("disk").([]any)); len(disks) > wanted {
		return fmt.Errorf("not enough disks in configuration - you need at least %d to use this template (current: %d)", len(disks), wanted)
	}
	for i, disk := range disks {
		prefix, source := fmt.Sprintf("disk.%d.", i), int(disk.CapacityInBytes>>30)
		size, label := d.Get(prefix+"size").(int), d.Get(prefix+"label")
		if linked && size != source {
			return fmt.Errorf("disk.%d: disk name %s must be the exact size of source when using linked_clone (expected: %d GiB)", i, label, source)
		}
		if size < source {
			return fmt.Errorf("disk.%d: disk name %s must be at least the same size of source when cloning (expected: >= %d GiB)", i, label, source)
		}
	}
	return nil
}

// checkGrowth refuses a disk that would shrink.
func checkGrowth(d *schema.ResourceDiff) error {
	for i := range d.Get("disk").([]any) {
		before, after := d.GetChange(fmt.Sprintf("disk.%d.size", i))
		if after.(int) < before.(int) {
			return fmt.Errorf("disk.%d: virtual disks cannot be shrunk (old: %d new: %d)", i, before, after)
		}
	}
	return nil
}
