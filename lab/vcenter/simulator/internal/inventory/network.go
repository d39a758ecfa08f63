package inventory

import (
	"context"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"
)

func (b *builder) switches(ctx context.Context, switches []Switch) error {
	for _, s := range switches {
		config := types.VMwareDVSConfigSpec{DVSConfigSpec: types.DVSConfigSpec{Name: s.Name}, MaxMtu: or(s.MTU, usualMTU)}
		spec := types.DVSCreateSpec{ConfigSpec: &config}
		made, err := done(ctx)(b.folders.NetworkFolder.CreateDVS(ctx, spec))
		if err != nil {
			return err
		}
		dvs := object.NewDistributedVirtualSwitch(b.client, made.(types.ManagedObjectReference))
		b.markUplinks(dvs)
		if err := b.members(ctx, dvs); err != nil {
			return err
		}
		if err := b.portGroups(ctx, dvs, s.PortGroups); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) members(ctx context.Context, dvs *object.DistributedVirtualSwitch) error {
	for _, hosts := range b.hosts {
		for _, host := range hosts {
			member := types.DistributedVirtualSwitchHostMemberConfigSpec{
				Operation: string(types.ConfigSpecOperationAdd), Host: host.Reference(),
			}
			spec := &types.DVSConfigSpec{Host: []types.DistributedVirtualSwitchHostMemberConfigSpec{member}}
			if _, err := done(ctx)(dvs.Reconfigure(ctx, spec)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *builder) portGroups(ctx context.Context, dvs *object.DistributedVirtualSwitch, groups []PortGroup) error {
	for _, g := range groups {
		vlan := &types.VmwareDistributedVirtualSwitchVlanIdSpec{VlanId: g.VLAN}
		spec := types.DVPortgroupConfigSpec{
			Name: g.Name, NumPorts: 8, AutoExpand: types.NewBool(true),
			Type:              string(types.DistributedVirtualPortgroupPortgroupTypeEarlyBinding),
			DefaultPortConfig: &types.VMwareDVSPortSetting{Vlan: vlan},
		}
		if _, err := done(ctx)(dvs.AddPortgroup(ctx, []types.DVPortgroupConfigSpec{spec})); err != nil {
			return err
		}
		ref, err := b.child(b.folders.NetworkFolder, g.Name)
		if err != nil {
			return err
		}
		b.groups[g.Name] = object.NewDistributedVirtualPortgroup(b.client, ref)
	}
	return nil
}
