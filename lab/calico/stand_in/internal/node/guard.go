package node

import (
	"fmt"
	"log"
	"net"
	"slices"
	"strings"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"anchorage.local/lab/calico/internal/keys"
)

// What comes from outside or from a pod to a service's network and was not translated by kube-proxy has nowhere to go.
// Felix drops it (ServiceLoopPrevention); the stand-in answers that it is unreachable, so that nobody waits for it.
// What the node itself sends is looked up before kube-proxy translates it: the first rule lets that pass.
const (
	passing = 31900
	stopped = 31901
)

type guard struct {
	last []string
	done bool
}

// apply sets the two rules for each of the services' networks.
func (g *guard) apply(held keys.Keys) error {
	var wanted []string
	for key, cidr := range held {
		if strings.HasPrefix(key, "/rejectcidrs") {
			wanted = append(wanted, cidr)
		}
	}
	slices.Sort(wanted)
	if g.done && slices.Equal(wanted, g.last) {
		return nil
	}
	if err := clear(); err != nil {
		return err
	}
	for _, cidr := range wanted {
		if err := stop(cidr); err != nil {
			return fmt.Errorf("the rule for %s: %w", cidr, err)
		}
	}
	if len(wanted) > 0 {
		log.Printf("what is sent to %s and is no service is unreachable", strings.Join(wanted, ", "))
	}
	g.last, g.done = wanted, true
	return nil
}

func clear() error {
	for _, family := range []int{netlink.FAMILY_V4, netlink.FAMILY_V6} {
		rules, err := netlink.RuleList(family)
		if err != nil {
			return err
		}
		for i := range rules {
			if rules[i].Priority == passing || rules[i].Priority == stopped {
				if err := netlink.RuleDel(&rules[i]); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func stop(cidr string) error {
	_, network, err := net.ParseCIDR(cidr)
	if err != nil {
		return err
	}
	family := netlink.FAMILY_V4
	if network.IP.To4() == nil {
		family = netlink.FAMILY_V6
	}
	pass := netlink.NewRule()
	pass.Family, pass.Dst, pass.Priority, pass.IifName, pass.Table = family, network, passing, "lo", unix.RT_TABLE_MAIN
	if err := netlink.RuleAdd(pass); err != nil {
		return err
	}
	end := netlink.NewRule()
	end.Family, end.Dst, end.Priority, end.Type = family, network, stopped, unix.FR_ACT_UNREACHABLE
	return netlink.RuleAdd(end)
}
