package inventory

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

const gibibyte = 1 << 30

func (b *builder) datastores(ctx context.Context, stores []Datastore) error {
	for _, ds := range stores {
		dir := filepath.Join(b.home, b.datacenter, ds.Name)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		for _, cluster := range ds.Clusters {
			for _, host := range b.hosts[cluster] {
				system, err := host.ConfigManager().DatastoreSystem(ctx)
				if err != nil {
					return err
				}
				if _, err := system.CreateLocalDatastore(ctx, ds.Name, dir); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// measure writes the datastores' sizes last: the engine resets them as hosts and templates come.
func (b *builder) measure(ctx context.Context, stores []Datastore) error {
	for _, ds := range stores {
		ref, err := b.child(b.folders.DatastoreFolder, ds.Name)
		if err != nil {
			return err
		}
		store := b.objects.Get(ref).(*simulator.Datastore)
		store.Summary.Type = string(types.HostFileSystemVolumeFileSystemTypeVMFS)
		store.Summary.MultipleHostAccess = types.NewBool(true)
		store.Summary.Capacity, store.Summary.FreeSpace = ds.CapacityGiB*gibibyte, ds.FreeGiB*gibibyte
		store.Info.GetDatastoreInfo().FreeSpace = ds.FreeGiB * gibibyte
	}
	return nil
}

// folder is the machine folder of this path, made with its parents when it is missing.
func (b *builder) folder(ctx context.Context, path string) (*object.Folder, error) {
	if found := b.machines[path]; found != nil {
		return found, nil
	}
	parent, name := "", path
	if i := strings.LastIndex(path, "/"); i >= 0 {
		parent, name = path[:i], path[i+1:]
	}
	above, err := b.folder(ctx, parent)
	if err != nil {
		return nil, err
	}
	made, err := above.CreateFolder(ctx, name)
	b.machines[path] = made
	return made, err
}

// child is the object of this name in a folder.
func (b *builder) child(folder *object.Folder, name string) (types.ManagedObjectReference, error) {
	parent := b.objects.Get(folder.Reference()).(*simulator.Folder)
	var found mo.Entity = b.objects.FindByName(name, parent.ChildEntity)
	if found == nil {
		return types.ManagedObjectReference{}, fmt.Errorf("%q was not made", name)
	}
	return found.Reference(), nil
}
