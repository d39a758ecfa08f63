package inventory

import (
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// What a host and a switch have where the inventory does not say: a usual server, and vCenter's own default.
const (
	usualCPUs      = 64
	usualMemoryGiB = 512
	usualMTU       = 1500
)

// sizeHosts gives a cluster's hosts their size: the engine's have two CPUs and 4 GiB.
func (b *builder) sizeHosts(c Cluster) {
	cpus, memory := int16(or(c.HostCPUs, usualCPUs)), int64(or(c.HostMemoryGiB, usualMemoryGiB))*gibibyte
	for _, ref := range b.hosts[c.Name] {
		host := b.objects.Get(ref.Reference()).(*simulator.HostSystem)
		summary := *host.Summary.Hardware // the engine shares one between hosts
		summary.NumCpuThreads, summary.NumCpuCores, summary.MemorySize = cpus, cpus/2, memory
		host.Summary.Hardware = &summary
		if host.Hardware != nil {
			hardware := *host.Hardware
			hardware.MemorySize = memory
			hardware.CpuInfo.NumCpuThreads, hardware.CpuInfo.NumCpuCores = cpus, cpus/2
			host.Hardware = &hardware
		}
	}
}

// markUplinks tells a switch's own port group from those that machines may use, as vCenter does; the engine does not.
func (b *builder) markUplinks(dvs *object.DistributedVirtualSwitch) {
	for _, ref := range b.objects.Get(dvs.Reference()).(*simulator.DistributedVirtualSwitch).Portgroup {
		group := b.objects.Get(ref).(*simulator.DistributedVirtualPortgroup)
		group.Config.Uplink = types.NewBool(true)
		group.Tag = append(group.Tag, types.Tag{Key: "SYSTEM/DVS.UPLINKTAG"})
	}
}

func or(given, usual int32) int32 {
	if given != 0 {
		return given
	}
	return usual
}
