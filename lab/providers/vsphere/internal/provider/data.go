package provider

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/view"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"anchorage.local/lab/providers/vsphere/internal/table"
)

// lookup reads something that exists; it gives the reference that becomes the id.
type lookup func(context.Context, *client, *find.Finder, *schema.ResourceData) (types.ManagedObjectReference, error)

// dataSource reads by name within a data centre.
func dataSource(text string, look lookup) *schema.Resource {
	read := func(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
		c := meta.(*client)
		finder, err := c.finder(ctx, d.Get("datacenter_id").(string))
		if err != nil {
			return diag.FromErr(err)
		}
		ref, err := look(ctx, c, finder, d)
		if err != nil {
			return diag.FromErr(err)
		}
		d.SetId(ref.Value)
		return nil
	}
	return &schema.Resource{Schema: table.Parse(text), ReadContext: read}
}

func datacenterData() *schema.Resource {
	read := func(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
		c := meta.(*client)
		found, err := find.NewFinder(c.vim.Client, false).DatacenterOrDefault(ctx, d.Get("name").(string))
		if err != nil {
			return diag.Errorf("error fetching datacenter: %s", err)
		}
		names, err := machineNames(ctx, c, found.Reference())
		if err != nil {
			return diag.Errorf("error fetching virtual machines: %s", err)
		}
		d.SetId(found.Reference().Value)
		return diag.FromErr(d.Set("virtual_machines", names))
	}
	return &schema.Resource{Schema: table.Parse("name string O\nvirtual_machines set C"), ReadContext: read}
}

func machineNames(ctx context.Context, c *client, datacenter types.ManagedObjectReference) ([]string, error) {
	all, err := view.NewManager(c.vim.Client).CreateContainerView(ctx, datacenter, []string{"VirtualMachine"}, true)
	if err != nil {
		return nil, err
	}
	defer func() { _ = all.Destroy(ctx) }()
	var machines []mo.VirtualMachine
	if err := all.Retrieve(ctx, []string{"VirtualMachine"}, []string{"name"}, &machines); err != nil {
		return nil, err
	}
	names := make([]string, 0, len(machines))
	for i := range machines {
		names = append(names, machines[i].Name)
	}
	return names, nil
}

func clusterData() *schema.Resource {
	text := "datacenter_id string O\nname string R\nresource_pool_id string C"
	return dataSource(text, func(ctx context.Context, _ *client, f *find.Finder, d *schema.ResourceData) (ref types.ManagedObjectReference, err error) {
		cluster, err := f.ClusterComputeResource(ctx, d.Get("name").(string))
		if err != nil {
			return ref, fmt.Errorf("error loading cluster: %w", err)
		}
		pool, err := cluster.ResourcePool(ctx)
		if err != nil {
			return ref, fmt.Errorf("error loading cluster properties: %w", err)
		}
		return cluster.Reference(), d.Set("resource_pool_id", pool.Reference().Value)
	})
}

func poolData() *schema.Resource {
	text := "datacenter_id string O\nname string O\nparent_resource_pool_id string O"
	return dataSource(text, func(ctx context.Context, _ *client, f *find.Finder, d *schema.ResourceData) (ref types.ManagedObjectReference, err error) {
		if d.Get("parent_resource_pool_id").(string) != "" {
			return ref, errors.New("the lab's stand-in does not imitate parent_resource_pool_id")
		}
		if d.Get("name").(string) == "" {
			return ref, errors.New("name cannot be empty when using vCenter")
		}
		pool, err := f.ResourcePool(ctx, d.Get("name").(string))
		if err != nil {
			return ref, fmt.Errorf("error fetching resource pool: %w", err)
		}
		return pool.Reference(), nil
	})
}

func datastoreData() *schema.Resource {
	text := "datacenter_id string O\nname string R\nstats map O"
	return dataSource(text, func(ctx context.Context, c *client, f *find.Finder, d *schema.ResourceData) (ref types.ManagedObjectReference, err error) {
		found, err := f.Datastore(ctx, d.Get("name").(string))
		if err != nil {
			return ref, fmt.Errorf("error fetching datastore: %w", err)
		}
		var store mo.Datastore
		if err := found.Properties(ctx, found.Reference(), []string{"summary"}, &store); err != nil {
			return ref, err
		}
		stats := map[string]string{"capacity": fmt.Sprint(store.Summary.Capacity), "free": fmt.Sprint(store.Summary.FreeSpace)}
		return found.Reference(), d.Set("stats", stats)
	})
}

func networkData() *schema.Resource {
	text := `
datacenter_id string O
distributed_virtual_switch_uuid string O
[filter] set 0 O
    network_type string O
name string R
retry_interval int O 500
retry_timeout int O 0
type string C
`
	return dataSource(text, func(ctx context.Context, _ *client, f *find.Finder, d *schema.ResourceData) (ref types.ManagedObjectReference, err error) {
		name := d.Get("name").(string)
		found, err := f.NetworkList(ctx, name)
		if err != nil {
			return ref, fmt.Errorf("network %s not found", name)
		}
		if len(found) > 1 {
			return ref, fmt.Errorf("path '%s' resolves to multiple networks, Please specify", name)
		}
		return found[0].Reference(), d.Set("type", found[0].Reference().Type)
	})
}
