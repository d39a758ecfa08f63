package cni

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

var (
	// nodeMAC is the hardware address of every node's end, so that a pod may know it without asking.
	nodeMAC = net.HardwareAddr{0xee, 0xee, 0xee, 0xee, 0xee, 0xee}
	// gateway4 is nobody's address; the node answers for it. gateway6 is what nodeMAC gives as link-local address.
	gateway4 = net.IPv4(169, 254, 1, 1)
	gateway6 = net.ParseIP("fe80::ecee:eeff:feee:eeee")
)

// connect makes the veth and the routes on both sides.
func connect(asked call, host string, addresses []netip.Addr, mtu int) error {
	pod, err := netns.GetFromPath(asked.netns)
	if err != nil {
		return fmt.Errorf("the pod's network namespace %s: %w", asked.netns, err)
	}
	defer pod.Close()
	if old, err := netlink.LinkByName(host); err == nil {
		if err := netlink.LinkDel(old); err != nil {
			return err
		}
	}
	near, err := makeVeth(asked.device, host, pod, mtu)
	if err != nil {
		return err
	}
	if err := nodeSettings(host); err != nil {
		return err
	}
	if err := netlink.LinkSetUp(near); err != nil {
		return err
	}
	if err := configurePod(asked.device, pod, addresses); err != nil {
		return err
	}
	for _, address := range addresses {
		route := netlink.Route{LinkIndex: near.Attrs().Index, Scope: netlink.SCOPE_LINK, Dst: alone(address)}
		if err := netlink.RouteReplace(&route); err != nil {
			return fmt.Errorf("the route to %s: %w", address, err)
		}
	}
	return nil
}

func makeVeth(device, host string, pod netns.NsHandle, mtu int) (netlink.Link, error) {
	attributes := netlink.NewLinkAttrs()
	attributes.Name, attributes.MTU, attributes.HardwareAddr = host, mtu, nodeMAC
	veth := &netlink.Veth{LinkAttrs: attributes, PeerName: device, PeerNamespace: netlink.NsFd(pod)}
	if err := netlink.LinkAdd(veth); err != nil {
		return nil, fmt.Errorf("the veth %s: %w", host, err)
	}
	return netlink.LinkByName(host)
}

// configurePod gives the pod's end its addresses and the way out. IPv6 needs settings from within the namespace.
func configurePod(device string, pod netns.NsHandle, addresses []netip.Addr) error {
	inside, err := netlink.NewHandleAt(pod)
	if err != nil {
		return err
	}
	defer inside.Close()
	link, err := inside.LinkByName(device)
	if err != nil {
		return err
	}
	if hasV6(addresses) {
		if err := within(pod, func() error { return podSettings(device) }); err != nil {
			return err
		}
	}
	if err := inside.LinkSetUp(link); err != nil {
		return err
	}
	for _, address := range addresses {
		if err := way(inside, link, address); err != nil {
			return fmt.Errorf("%s in the pod: %w", address, err)
		}
	}
	return nil
}

// way adds an address, the gateway as a neighbour that needs no asking, and the default route over it.
func way(inside *netlink.Handle, link netlink.Link, address netip.Addr) error {
	gateway, family := gateway4, netlink.FAMILY_V4
	if address.Is6() {
		gateway, family = gateway6, netlink.FAMILY_V6
	}
	added := &netlink.Addr{IPNet: alone(address), Flags: unix.IFA_F_NODAD}
	if err := inside.AddrReplace(link, added); err != nil {
		return err
	}
	neighbour := &netlink.Neigh{
		LinkIndex: link.Attrs().Index, Family: family, State: netlink.NUD_PERMANENT, IP: gateway, HardwareAddr: nodeMAC,
	}
	if err := inside.NeighSet(neighbour); err != nil {
		return err
	}
	if family == netlink.FAMILY_V4 {
		direct := &net.IPNet{IP: gateway, Mask: net.CIDRMask(32, 32)}
		route := netlink.Route{LinkIndex: link.Attrs().Index, Scope: netlink.SCOPE_LINK, Dst: direct}
		if err := inside.RouteReplace(&route); err != nil {
			return err
		}
	}
	everywhere := &net.IPNet{IP: net.IPv4zero, Mask: net.CIDRMask(0, 32)}
	if family == netlink.FAMILY_V6 {
		everywhere = &net.IPNet{IP: net.IPv6zero, Mask: net.CIDRMask(0, 128)}
	}
	return inside.RouteReplace(&netlink.Route{LinkIndex: link.Attrs().Index, Dst: everywhere, Gw: gateway})
}

// disconnect removes the pod's end, and the node's with it. A namespace that is gone took both along.
func disconnect(asked call) error {
	if asked.netns == "" {
		return nil
	}
	pod, err := netns.GetFromPath(asked.netns)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer pod.Close()
	inside, err := netlink.NewHandleAt(pod)
	if err != nil {
		return err
	}
	defer inside.Close()
	link, err := inside.LinkByName(asked.device)
	if errors.As(err, &netlink.LinkNotFoundError{}) {
		return nil
	}
	if err != nil {
		return err
	}
	return inside.LinkDel(link)
}

// within runs something in another network namespace, on a thread that nothing else uses meanwhile.
func within(namespace netns.NsHandle, do func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before, err := netns.Get()
	if err != nil {
		return err
	}
	defer before.Close()
	if err := netns.Set(namespace); err != nil {
		return err
	}
	done := do()
	if err := netns.Set(before); err != nil {
		panic(err) // the thread must not go on in the wrong namespace
	}
	return done
}

func alone(address netip.Addr) *net.IPNet {
	return &net.IPNet{IP: address.AsSlice(), Mask: net.CIDRMask(address.BitLen(), address.BitLen())}
}

func hasV6(addresses []netip.Addr) bool {
	for _, address := range addresses {
		if address.Is6() {
			return true
		}
	}
	return false
}
