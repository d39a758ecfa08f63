package provider

import (
	"strings"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"
)

func cardsIn(devices object.VirtualDeviceList) object.VirtualDeviceList {
	return devices.SelectByType((*types.VirtualEthernetCard)(nil))
}

func disksIn(devices object.VirtualDeviceList) []*types.VirtualDisk {
	var disks []*types.VirtualDisk
	for _, device := range devices.SelectByType((*types.VirtualDisk)(nil)) {
		disks = append(disks, device.(*types.VirtualDisk))
	}
	return disks
}

// cardType is the name that Terraform has for a kind of card.
func cardType(device types.BaseVirtualDevice) string {
	switch device.(type) {
	case *types.VirtualVmxnet3:
		return "vmxnet3"
	case *types.VirtualE1000e:
		return "e1000e"
	case *types.VirtualE1000:
		return "e1000"
	default:
		return "unknown"
	}
}

// networkID is the managed object id of the network that a card is on.
func networkID(device types.BaseVirtualDevice) string {
	switch backing := device.GetVirtualDevice().Backing.(type) {
	case *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
		return backing.Port.PortgroupKey
	case *types.VirtualEthernetCardNetworkBackingInfo:
		if backing.Network != nil {
			return backing.Network.Value
		}
	}
	return ""
}

func networkRef(id string) types.ManagedObjectReference {
	if strings.HasPrefix(id, "dvportgroup-") {
		return types.ManagedObjectReference{Type: "DistributedVirtualPortgroup", Value: id}
	}
	return types.ManagedObjectReference{Type: "Network", Value: id}
}

// scsiType is the kind of the first SCSI controller, by Terraform's name.
func scsiType(devices object.VirtualDeviceList) string {
	for _, device := range devices {
		switch device.(type) {
		case *types.ParaVirtualSCSIController:
			return "pvscsi"
		case *types.VirtualLsiLogicSASController:
			return "lsilogic-sas"
		case *types.VirtualLsiLogicController:
			return "lsilogic"
		}
	}
	return ""
}

// provisioning says whether a disk is thin, and whether a thick one is zeroed when it is made.
func provisioning(disk *types.VirtualDisk) (thin, eager bool, backing *types.VirtualDiskFlatVer2BackingInfo) {
	backing, ok := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
	if !ok {
		return false, false, &types.VirtualDiskFlatVer2BackingInfo{}
	}
	return isTrue(backing.ThinProvisioned), isTrue(backing.EagerlyScrub), backing
}
