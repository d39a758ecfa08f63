package node

import (
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"anchorage.local/lab/calico/internal/objects"
)

// unwanted are devices that no node is reached over.
var unwanted = regexp.MustCompile(
	`^(docker|cbr|dummy|virbr|lxcbr|veth|lo|cali|tunl|flannel|kube-ipvs|cni|vxlan|wireguard|nodelocaldns|br-)`)

// device is a network device that is up, with its addresses in the order in which the kernel lists them.
type device struct {
	name      string
	mtu       int
	addresses []netip.Prefix
}

// detect finds the node's address by one of Calico's methods (IP_AUTODETECTION_METHOD). The answer has the length of
// the network that it lies in.
func detect(method string, version int, devices []device, node objects.Node) (netip.Prefix, error) {
	name, value, _ := strings.Cut(method, "=")
	var found netip.Prefix
	var err error
	switch name {
	case "", "first-found":
		found = first(version, devices, func(d device) bool { return !unwanted.MatchString(d.name) })
	case "interface":
		found, err = named(version, devices, value, false)
	case "skip-interface":
		found, err = named(version, devices, value, true)
	case "cidr":
		found, err = inside(version, devices, value)
	case "can-reach":
		found, err = towards(version, devices, value)
	case "kubernetes-internal-ip":
		found = internal(version, devices, node)
	default:
		return found, fmt.Errorf("the autodetection method %q is not known", method)
	}
	if err == nil && !found.IsValid() {
		err = fmt.Errorf("no IPv%d address is found by %q", version, method)
	}
	return found, err
}

func first(version int, devices []device, fit func(device) bool) netip.Prefix {
	for _, each := range devices {
		if !fit(each) {
			continue
		}
		for _, address := range each.addresses {
			if of(address.Addr()) == version {
				return address
			}
		}
	}
	return netip.Prefix{}
}

func named(version int, devices []device, patterns string, skipped bool) (none netip.Prefix, err error) {
	for _, pattern := range strings.Split(patterns, ",") {
		expression, err := regexp.Compile(strings.TrimSpace(pattern))
		if err != nil {
			return none, err
		}
		if skipped {
			devices = slices.DeleteFunc(slices.Clone(devices), func(d device) bool { return expression.MatchString(d.name) })
			continue
		}
		if found := first(version, devices, func(d device) bool { return expression.MatchString(d.name) }); found.IsValid() {
			return found, nil
		}
	}
	if skipped {
		return first(version, devices, func(d device) bool { return !unwanted.MatchString(d.name) }), nil
	}
	return none, nil
}

func inside(version int, devices []device, texts string) (none netip.Prefix, err error) {
	for _, text := range strings.Split(texts, ",") {
		network, err := netip.ParsePrefix(strings.TrimSpace(text))
		if err != nil {
			return none, err
		}
		if found := holder(version, devices, network.Contains); found.IsValid() {
			return found, nil
		}
	}
	return none, nil
}

// towards asks the kernel which address it would send from; nothing is sent.
func towards(version int, devices []device, target string) (none netip.Prefix, err error) {
	connection, err := net.Dial(fmt.Sprintf("udp%d", version), net.JoinHostPort(target, "80"))
	if err != nil {
		return none, err
	}
	defer connection.Close()
	local := connection.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
	return holder(version, devices, func(address netip.Addr) bool { return address == local }), nil
}

func internal(version int, devices []device, node objects.Node) netip.Prefix {
	for _, each := range node.Status.Addresses {
		wanted, err := netip.ParseAddr(each.Address)
		if each.Type == "InternalIP" && err == nil && of(wanted) == version {
			return holder(version, devices, func(address netip.Addr) bool { return address == wanted })
		}
	}
	return netip.Prefix{}
}

func holder(version int, devices []device, fit func(netip.Addr) bool) netip.Prefix {
	for _, each := range devices {
		for _, address := range each.addresses {
			if of(address.Addr()) == version && fit(address.Addr()) && !unwanted.MatchString(each.name) {
				return address
			}
		}
	}
	return netip.Prefix{}
}

func of(address netip.Addr) int {
	if address.Is4() {
		return 4
	}
	return 6
}

// devices are those that are up. Link-local addresses and loopback's do not count.
func devices() (found []device, err error) {
	links, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	for _, link := range links {
		addresses, err := link.Addrs()
		if err != nil {
			return nil, err
		}
		if link.Flags&net.FlagUp == 0 {
			continue
		}
		each := device{name: link.Name, mtu: link.MTU}
		for _, address := range addresses {
			if prefix, err := netip.ParsePrefix(address.String()); err == nil && prefix.Addr().IsGlobalUnicast() {
				each.addresses = append(each.addresses, prefix)
			}
		}
		found = append(found, each)
	}
	return found, nil
}
