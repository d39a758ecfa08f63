package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"anchorage.local/lab/providers/vsphere/internal/table"
)

func machineResource() *schema.Resource {
	attributes := table.Parse(machineTable)
	attributes["folder"].StateFunc = func(value any) string { return normal(value.(string)) }
	return &schema.Resource{
		SchemaVersion: 3, Schema: attributes, CustomizeDiff: machineDiff,
		CreateContext: createMachine, ReadContext: readMachine, UpdateContext: updateMachine, DeleteContext: deleteMachine,
	}
}

// createMachine clones, configures, customizes, powers on and waits for an address. What fails before the power-on is
// taken back; what fails later stays, marked as tainted, for a look at it: as with the real provider.
func createMachine(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	c := meta.(*client)
	machine, err := clone(ctx, c, d)
	if err != nil {
		return diag.Errorf("error cloning virtual machine: %s", err)
	}
	if err := settle(ctx, c, d, machine); err != nil {
		return takeBack(ctx, d, machine, err)
	}
	if err := powerOn(ctx, machine); err != nil {
		return diag.Errorf("error powering on virtual machine: powerOn task for vm %q failed: %s", machine.InventoryPath, err)
	}
	if err := waitCustomized(ctx, c, d, machine); err != nil {
		return diag.FromErr(err)
	}
	if err := tagMachine(ctx, c, d, machine.Reference()); err != nil {
		return diag.FromErr(err)
	}
	if err := waitForNet(ctx, c, d, machine); err != nil {
		return diag.FromErr(err)
	}
	return readMachine(ctx, d, meta)
}

// settle gives a clone its size, devices and customization.
func settle(ctx context.Context, c *client, d *schema.ResourceData, machine *object.VirtualMachine) error {
	found, err := c.properties(ctx, machine)
	if err != nil {
		return fmt.Errorf("cannot fetch properties of created virtual machine: %w", err)
	}
	d.SetId(found.Config.Uuid)
	spec := wholeSpec(d)
	devices := object.VirtualDeviceList(found.Config.Hardware.Device)
	if spec.DeviceChange, err = deviceChanges(ctx, c, d, devices); err != nil {
		return fmt.Errorf("error reconfiguring virtual machine: %w", err)
	}
	if _, err := done(ctx)(machine.Reconfigure(ctx, spec)); err != nil {
		return fmt.Errorf("error reconfiguring virtual machine: %w", err)
	}
	customization := customizationSpec(d)
	if customization == nil {
		return nil
	}
	if _, err := done(ctx)(machine.Customize(ctx, *customization)); err != nil {
		return fmt.Errorf("error sending customization spec: %w", err)
	}
	return nil
}

// takeBack destroys a clone that could not be made ready.
func takeBack(ctx context.Context, d *schema.ResourceData, machine *object.VirtualMachine, cause error) diag.Diagnostics {
	if _, err := done(ctx)(machine.Destroy(ctx)); err != nil {
		return diag.Errorf("%s. The virtual machine %s could not be destroyed: %s", cause, machine.InventoryPath, err)
	}
	d.SetId("")
	return diag.FromErr(cause)
}

func powerOn(ctx context.Context, machine *object.VirtualMachine) error {
	_, err := done(ctx)(machine.PowerOn(ctx))
	return err
}

func deleteMachine(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	c := meta.(*client)
	machine, err := c.machine(ctx, d.Id())
	if err != nil || machine == nil {
		return diag.Errorf("cannot locate virtual machine with UUID %q: %v", d.Id(), err)
	}
	if err := powerOff(ctx, d, machine); err != nil {
		return diag.Errorf("error shutting down virtual machine: %s", err)
	}
	if _, err := done(ctx)(machine.Destroy(ctx)); err != nil {
		return diag.Errorf("error destroying virtual machine: %s", err)
	}
	return nil
}

// powerOff shuts the guest down, and switches it off where that does not help in time.
func powerOff(ctx context.Context, d *schema.ResourceData, machine *object.VirtualMachine) error {
	state, err := machine.PowerState(ctx)
	if err != nil || state == types.VirtualMachinePowerStatePoweredOff {
		return err
	}
	if running, err := machine.IsToolsRunning(ctx); err == nil && running && machine.ShutdownGuest(ctx) == nil {
		patience := time.Duration(d.Get("shutdown_wait_timeout").(int)) * time.Minute
		gentle, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		if machine.WaitForPowerState(gentle, types.VirtualMachinePowerStatePoweredOff) == nil {
			return nil
		}
	}
	_, err = done(ctx)(machine.PowerOff(ctx))
	return err
}
