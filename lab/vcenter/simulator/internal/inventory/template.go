package inventory

import (
	"context"
	"fmt"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"anchorage.local/lab/vcenter/internal/guests"
)

func (b *builder) templates(ctx context.Context, templates []Template) error {
	for _, t := range templates {
		if err := b.template(ctx, t); err != nil {
			return fmt.Errorf("template %q: %w", t.Name, err)
		}
	}
	return nil
}

func (b *builder) template(ctx context.Context, t Template) error {
	spec, err := b.templateSpec(ctx, t)
	if err != nil {
		return err
	}
	folder, err := b.folder(ctx, t.Folder)
	if err != nil {
		return err
	}
	made, err := done(ctx)(folder.CreateVM(ctx, spec, b.pools[t.Cluster], b.hosts[t.Cluster][0]))
	if err != nil {
		return err
	}
	machine := object.NewVirtualMachine(b.client, made.(types.ManagedObjectReference))
	guests.SetTools(&b.objects.Get(machine.Reference()).(*simulator.VirtualMachine).VirtualMachine, t.Tools)
	if t.Snapshot != "" {
		if _, err := done(ctx)(machine.CreateSnapshot(ctx, t.Snapshot, "for linked clones", false, false)); err != nil {
			return err
		}
	}
	return machine.MarkAsTemplate(ctx)
}

func (b *builder) templateSpec(ctx context.Context, t Template) (types.VirtualMachineConfigSpec, error) {
	spec := types.VirtualMachineConfigSpec{
		Name: t.Name, GuestId: t.GuestID, Firmware: t.Firmware, NumCPUs: t.CPUs, MemoryMB: t.MemoryMiB,
		Version: fmt.Sprintf("vmx-%d", hardwareVersion),
		Files:   &types.VirtualMachineFileInfo{VmPathName: fmt.Sprintf("[%s]", t.Datastore)},
	}
	backing, err := b.groups[t.PortGroup].EthernetCardBackingInfo(ctx)
	if err != nil {
		return spec, err
	}
	devices, err := templateDevices(t, backing)
	if err != nil {
		return spec, err
	}
	spec.DeviceChange, err = devices.ConfigSpec(types.VirtualDeviceConfigSpecOperationAdd)
	return spec, err
}

// templateDevices: a paravirtual SCSI controller with one thin disk, an empty CD drive, a vmxnet3 card.
func templateDevices(t Template, backing types.BaseVirtualDeviceBackingInfo) (object.VirtualDeviceList, error) {
	var devices object.VirtualDeviceList
	scsi, err := devices.CreateSCSIController("pvscsi")
	if err != nil {
		return nil, err
	}
	devices = append(devices, scsi)
	ide, err := devices.CreateIDEController()
	if err != nil {
		return nil, err
	}
	drive, err := devices.CreateCdrom(ide.(*types.VirtualIDEController))
	if err != nil {
		return nil, err
	}
	file := fmt.Sprintf("[%s] %s/disk1.vmdk", t.Datastore, t.Name)
	disk := devices.CreateDisk(scsi.(types.BaseVirtualController), types.ManagedObjectReference{}, file)
	disk.CapacityInKB = t.DiskGiB << 20
	disk.StorageIOAllocation = &types.StorageIOAllocationInfo{Limit: types.NewInt64(-1)}
	card, err := devices.CreateEthernetCard("vmxnet3", backing)
	if err != nil {
		return nil, err
	}
	return append(devices, ide, drive, disk, card), nil
}
