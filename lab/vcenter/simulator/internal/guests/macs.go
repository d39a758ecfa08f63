package guests

import (
	"fmt"
	"sync"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// macs hands out addresses from vCenter's own range, 00:50:56:80:00:00 and up, each once. The engine derives them
// from three characters of the machine's UUID (they collide at some tens of machines), and clones keep the template's.
type macs struct {
	mu     sync.Mutex
	next   uint32
	owners map[string]card
}

// card is a network card of a machine.
type card struct {
	machine types.ManagedObjectReference
	key     int32
}

func newMACs() *macs { return &macs{owners: map[string]card{}} }

// settle gives each card of the machine an address that no other card has. Addresses set by hand stay.
func (m *macs) settle(machine *mo.VirtualMachine) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, device := range machine.Config.Hardware.Device {
		if ethernet, ok := device.(types.BaseVirtualEthernetCard); ok {
			m.settleCard(machine, ethernet.GetVirtualEthernetCard())
		}
	}
}

func (m *macs) settleCard(machine *mo.VirtualMachine, ethernet *types.VirtualEthernetCard) {
	self := card{machine.Self, ethernet.Key}
	if owner, ok := m.owners[ethernet.MacAddress]; ok && owner == self {
		return
	}
	manual := ethernet.AddressType == string(types.VirtualEthernetCardMacTypeManual)
	before := ethernet.MacAddress
	if !manual || before == "" {
		ethernet.MacAddress = m.fresh()
		ethernet.AddressType = string(types.VirtualEthernetCardMacTypeAssigned)
	}
	m.owners[ethernet.MacAddress] = self
	for i := range machine.Guest.Net {
		if nic := &machine.Guest.Net[i]; nic.DeviceConfigId == ethernet.Key || nic.MacAddress == before {
			nic.MacAddress = ethernet.MacAddress
			break
		}
	}
}

func (m *macs) fresh() string {
	for {
		n := m.next
		m.next++
		mac := fmt.Sprintf("00:50:56:%02x:%02x:%02x", 0x80|(n>>16)&0x3f, n>>8&0xff, n&0xff)
		if _, taken := m.owners[mac]; !taken {
			return mac
		}
	}
}

func (m *macs) free(machine types.ManagedObjectReference) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for mac, owner := range m.owners {
		if owner.machine == machine {
			delete(m.owners, mac)
		}
	}
}
