package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// clone makes the machine, powered off, as its template is.
func clone(ctx context.Context, c *client, d *schema.ResourceData) (*object.VirtualMachine, error) {
	template, err := c.machine(ctx, d.Get("clone.0.template_uuid").(string))
	if err != nil || template == nil {
		return nil, fmt.Errorf("cannot locate virtual machine or template with UUID %q: %v", d.Get("clone.0.template_uuid"), err)
	}
	folder, err := folderBeside(ctx, c, poolRef(d), d.Get("folder").(string))
	if err != nil {
		return nil, err
	}
	spec := types.VirtualMachineCloneSpec{Location: location(d)}
	if d.Get("clone.0.linked_clone").(bool) {
		if err := share(ctx, c, template, &spec); err != nil {
			return nil, err
		}
	}
	made, err := done(ctx)(template.Clone(ctx, folder, d.Get("name").(string), spec))
	if err != nil {
		return nil, err
	}
	machine := object.NewVirtualMachine(c.vim.Client, made.Result.(types.ManagedObjectReference))
	machine.InventoryPath = folder.InventoryPath + "/" + d.Get("name").(string)
	return machine, nil
}

// share makes a linked clone: of a template, or of a machine with a snapshot.
func share(ctx context.Context, c *client, template *object.VirtualMachine, spec *types.VirtualMachineCloneSpec) error {
	found, err := c.properties(ctx, template)
	if err != nil {
		return err
	}
	if found.Config.Template {
		spec.Location.DiskMoveType = string(types.VirtualMachineRelocateDiskMoveOptionsMoveAllDiskBackingsAndAllowSharing)
		return nil
	}
	if found.Snapshot == nil {
		return fmt.Errorf("virtual machine %s must have a snapshot to be used as a linked clone", found.Config.Uuid)
	}
	spec.Snapshot = found.Snapshot.CurrentSnapshot
	spec.Location.DiskMoveType = string(types.VirtualMachineRelocateDiskMoveOptionsCreateNewChildDiskBacking)
	return nil
}

func location(d *schema.ResourceData) types.VirtualMachineRelocateSpec {
	pool := poolRef(d)
	spec := types.VirtualMachineRelocateSpec{Pool: &pool}
	if id := d.Get("datastore_id").(string); id != "" {
		spec.Datastore = &types.ManagedObjectReference{Type: "Datastore", Value: id}
	}
	if id := d.Get("host_system_id").(string); id != "" {
		spec.Host = &types.ManagedObjectReference{Type: "HostSystem", Value: id}
	}
	return spec
}

func poolRef(d *schema.ResourceData) types.ManagedObjectReference {
	return types.ManagedObjectReference{Type: "ResourcePool", Value: d.Get("resource_pool_id").(string)}
}

// folderBeside is the machine folder of this path in the data centre of an object.
func folderBeside(ctx context.Context, c *client, beside types.ManagedObjectReference, path string) (*object.Folder, error) {
	line, err := mo.Ancestors(ctx, c.vim.Client, c.vim.ServiceContent.PropertyCollector, beside)
	if err != nil {
		return nil, err
	}
	for _, above := range line {
		if above.Self.Type == "Datacenter" {
			finder, err := c.finder(ctx, above.Self.Value)
			if err != nil {
				return nil, err
			}
			return machineFolder(ctx, finder, path)
		}
	}
	return nil, &find.NotFoundError{}
}
