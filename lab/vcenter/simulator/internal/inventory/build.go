package inventory

import (
	"context"
	"fmt"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/simulator/esx"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/types"
)

// builder makes one data centre through the engine's own API, as an administrator would.
type builder struct {
	client  *vim25.Client
	objects *simulator.Registry
	home    string // directory that holds the datastores' files

	datacenter string
	folders    *object.DatacenterFolders
	hosts      map[string][]*object.HostSystem // by cluster
	pools      map[string]*object.ResourcePool // root pool by cluster
	machines   map[string]*object.Folder       // machine folders by path; "" is the root
	groups     map[string]*object.DistributedVirtualPortgroup
}

// Build makes the site's objects. `home` is a directory for the (empty) files of datastores.
func Build(ctx context.Context, client *vim25.Client, objects *simulator.Registry, home string, site Site) error {
	for _, dc := range site.Datacenters {
		b := &builder{
			client: client, objects: objects, home: home, datacenter: dc.Name,
			hosts: map[string][]*object.HostSystem{}, pools: map[string]*object.ResourcePool{},
			machines: map[string]*object.Folder{}, groups: map[string]*object.DistributedVirtualPortgroup{},
		}
		if err := b.datacenterOf(ctx, dc); err != nil {
			return fmt.Errorf("data centre %q: %w", dc.Name, err)
		}
	}
	return nil
}

func (b *builder) datacenterOf(ctx context.Context, dc Datacenter) error {
	made, err := object.NewRootFolder(b.client).CreateDatacenter(ctx, dc.Name)
	if err != nil {
		return err
	}
	if b.folders, err = made.Folders(ctx); err != nil {
		return err
	}
	b.machines[""] = b.folders.VmFolder
	if err := b.clusters(ctx, dc.Clusters); err != nil {
		return err
	}
	if err := b.switches(ctx, dc.Switches); err != nil {
		return err
	}
	if err := b.datastores(ctx, dc.Datastores); err != nil {
		return err
	}
	for _, path := range dc.Folders {
		if _, err := b.folder(ctx, path); err != nil {
			return err
		}
	}
	if err := b.templates(ctx, dc.Templates); err != nil {
		return err
	}
	return b.measure(ctx, dc.Datastores)
}

func (b *builder) clusters(ctx context.Context, clusters []Cluster) error {
	for _, c := range clusters {
		cluster, err := b.folders.HostFolder.CreateCluster(ctx, c.Name, types.ClusterConfigSpecEx{})
		if err != nil {
			return err
		}
		drs := &types.ClusterConfigSpecEx{DrsConfig: &types.ClusterDrsConfigInfo{Enabled: types.NewBool(true)}}
		if _, err = done(ctx)(cluster.Reconfigure(ctx, drs, true)); err != nil {
			return err
		}
		if err := b.hostsOf(ctx, cluster, c); err != nil {
			return err
		}
		b.sizeHosts(c)
		if err := b.poolsOf(ctx, cluster, c); err != nil {
			return err
		}
		b.hardware(cluster)
	}
	return nil
}

func (b *builder) hostsOf(ctx context.Context, cluster *object.ClusterComputeResource, c Cluster) error {
	for _, name := range c.Hosts {
		made, err := done(ctx)(cluster.AddHost(ctx, types.HostConnectSpec{HostName: name}, true, nil, nil))
		if err != nil {
			return err
		}
		host := object.NewHostSystem(b.client, made.(types.ManagedObjectReference))
		b.hosts[c.Name] = append(b.hosts[c.Name], host)
	}
	return nil
}

func (b *builder) poolsOf(ctx context.Context, cluster *object.ClusterComputeResource, c Cluster) error {
	root, err := cluster.ResourcePool(ctx)
	if err != nil {
		return err
	}
	b.pools[c.Name] = root
	for _, name := range c.Pools {
		if _, err := root.Create(ctx, name, types.DefaultResourceConfigSpec()); err != nil {
			return err
		}
	}
	return nil
}

// hardwareVersion is that of all templates, and what hosts offer.
const hardwareVersion = 19

// hardware says which virtual hardware the cluster offers: the engine leaves it open, and the vSphere provider would
// "upgrade" every machine that it changes.
func (b *builder) hardware(cluster *object.ClusterComputeResource) {
	offered := b.objects.Get(cluster.Reference()).(*simulator.ClusterComputeResource).EnvironmentBrowser
	browser := b.objects.Get(*offered).(*simulator.EnvironmentBrowser)
	browser.QueryConfigOptionResponse.Returnval = &types.VirtualMachineConfigOption{
		Version: fmt.Sprintf("vmx-%d", hardwareVersion), DefaultDevice: esx.VirtualDevice,
		HardwareOptions: types.VirtualHardwareOption{HwVersion: hardwareVersion},
	}
}

// done waits for a task and gives its result: done(ctx)(start()).
func done(ctx context.Context) func(*object.Task, error) (types.AnyType, error) {
	return func(task *object.Task, err error) (types.AnyType, error) {
		if err != nil {
			return nil, err
		}
		info, err := task.WaitForResult(ctx, nil)
		if err != nil {
			return nil, err
		}
		return info.Result, nil
	}
}
