package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"
)

// whileOff can only be changed while the machine is powered off, which the provider sees to.
var whileOff = []string{"num_cpus", "num_cores_per_socket", "memory", "firmware", "guest_id", "enable_disk_uuid", "enable_logging"}

func updateMachine(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	c := meta.(*client)
	machine, err := c.machine(ctx, d.Id())
	if err != nil || machine == nil {
		return diag.Errorf("cannot locate virtual machine with UUID %q: %v", d.Id(), err)
	}
	d.Partial(true) // until all is done, the state keeps what was before
	if err := tagMachine(ctx, c, d, machine.Reference()); err != nil {
		return diag.FromErr(err)
	}
	if err := moveMachine(ctx, c, d, machine); err != nil {
		return diag.Errorf("error running VM migration: %s", err)
	}
	if err := reconfigure(ctx, c, d, machine); err != nil {
		return diag.FromErr(err)
	}
	d.Partial(false)
	return readMachine(ctx, d, meta)
}

func moveMachine(ctx context.Context, c *client, d *schema.ResourceData, machine *object.VirtualMachine) error {
	if d.HasChange("folder") {
		folder, err := folderBeside(ctx, c, poolRef(d), d.Get("folder").(string))
		if err != nil {
			return err
		}
		if _, err := done(ctx)(folder.MoveInto(ctx, []types.ManagedObjectReference{machine.Reference()})); err != nil {
			return err
		}
	}
	if !d.HasChanges("resource_pool_id", "datastore_id", "host_system_id") {
		return nil
	}
	_, err := done(ctx)(machine.Relocate(ctx, location(d), types.VirtualMachineMovePriorityDefaultPriority))
	return err
}

func reconfigure(ctx context.Context, c *client, d *schema.ResourceData, machine *object.VirtualMachine) error {
	if !d.HasChanges(append(whileOff, "name", "annotation", "extra_config", "network_interface", "disk")...) {
		return nil
	}
	found, err := c.properties(ctx, machine)
	if err != nil {
		return err
	}
	spec := wholeSpec(d)
	spec.Name = d.Get("name").(string)
	if spec.DeviceChange, err = deviceChanges(ctx, c, d, found.Config.Hardware.Device); err != nil {
		return err
	}
	on := found.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn
	reboots := on && (d.HasChanges(whileOff...) || d.HasChange("extra_config") && d.Get("extra_config_reboot_required").(bool))
	if reboots {
		if err := powerOff(ctx, d, machine); err != nil {
			return err
		}
	}
	if _, err := done(ctx)(machine.Reconfigure(ctx, spec)); err != nil {
		return err
	}
	if !reboots {
		return nil
	}
	if err := powerOn(ctx, machine); err != nil {
		return err
	}
	return waitForNet(ctx, c, d, machine)
}
