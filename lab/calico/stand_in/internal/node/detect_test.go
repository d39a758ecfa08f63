package node

import (
	"encoding/json"
	"net/netip"
	"testing"

	"anchorage.local/lab/calico/internal/objects"
)

var present = []device{
	{"lo", 65536, nil},
	{"cali0123", 1500, prefixes("10.244.1.1/32")},
	{"eth0", 9000, prefixes("198.18.1.11/24", "198.18.1.5/32", "2001:db8:1::11/64")},
	{"eth1", 1500, prefixes("10.0.0.11/8", "2001:db8:2::11/64")},
}

func prefixes(texts ...string) (found []netip.Prefix) {
	for _, text := range texts {
		found = append(found, netip.MustParsePrefix(text))
	}
	return found
}

func internals(t *testing.T, addresses ...string) (node objects.Node) {
	listed := []map[string]string{{"type": "Hostname", "address": "w1"}}
	for _, address := range addresses {
		listed = append(listed, map[string]string{"type": "InternalIP", "address": address})
	}
	text, err := json.Marshal(map[string]any{"status": map[string]any{"addresses": listed}})
	if err == nil {
		err = json.Unmarshal(text, &node)
	}
	if err != nil {
		t.Fatal(err)
	}
	return node
}

func TestItDetectsByEachOfCalicosMethods(t *testing.T) {
	node := internals(t, "10.0.0.11", "2001:db8:2::11")
	for _, each := range []struct {
		method  string
		version int
		wanted  string
	}{
		{"", 4, "198.18.1.11/24"},
		{"first-found", 6, "2001:db8:1::11/64"},
		{"interface=eth1", 4, "10.0.0.11/8"},
		{"interface=ens.*,eth.*", 6, "2001:db8:1::11/64"},
		{"skip-interface=eth0", 4, "10.0.0.11/8"},
		{"cidr=192.0.2.0/24,10.0.0.0/8", 4, "10.0.0.11/8"},
		{"kubernetes-internal-ip", 4, "10.0.0.11/8"},
		{"kubernetes-internal-ip", 6, "2001:db8:2::11/64"},
	} {
		got, err := detect(each.method, each.version, present, node)
		if err != nil || got.String() != each.wanted {
			t.Errorf("%s IPv%d: %s %v", each.method, each.version, got, err)
		}
	}
	for _, method := range []string{"interface=wlan0", "cidr=192.0.2.0/24", "by-magic", "interface=["} {
		if got, err := detect(method, 4, present, node); err == nil {
			t.Errorf("%s gave %s", method, got)
		}
	}
}

func TestWhatIsGivenIsTakenAndWhatIsKnownStays(t *testing.T) {
	node := internals(t)
	for _, each := range []struct {
		wanted, known string
		version       int
		address       string
	}{
		{"192.0.2.7/24", "", 4, "192.0.2.7/24"},
		{"192.0.2.7", "", 4, "192.0.2.7/32"},
		{"", "192.0.2.8/24", 4, "192.0.2.8/24"},
		{"", "", 4, "198.18.1.11/24"},
		{"", "", 6, "invalid Prefix"},
		{"none", "2001:db8::8/64", 6, "invalid Prefix"},
	} {
		got, err := choose(each.version, each.wanted, "", each.known, present, node)
		if err != nil || got.String() != each.address {
			t.Errorf("%+v: %s %v", each, got, err)
		}
	}
}

func TestThePodsMTUIsThatOfTheNodesDevice(t *testing.T) {
	annotations, mtu, err := decide(Settings{IP: "autodetect", Method: "cidr=127.0.0.0/8"}, internals(t))
	if err == nil {
		t.Errorf("loopback was taken: %v", annotations)
	}
	if mtu = mtuOf(present, netip.MustParseAddr("198.18.1.11"), 1500); mtu != 9000 {
		t.Errorf("got %d", mtu)
	}
}
