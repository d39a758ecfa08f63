package cni

import (
	"errors"
	"fmt"
	"os"
)

// nodeSettings let the node answer for a pod's gateway at once and route what the pod sends. Where the kernel has no
// IPv6 its settings are not there.
func nodeSettings(device string) error {
	if err := set("ipv4/conf/"+device+"/route_localnet", "1"); err != nil {
		return err
	}
	for path, value := range map[string]string{
		"ipv4/neigh/" + device + "/proxy_delay": "0",
		"ipv4/conf/" + device + "/proxy_arp":    "1",
		"ipv4/conf/" + device + "/forwarding":   "1",
		"ipv6/conf/" + device + "/disable_ipv6": "0",
		"ipv6/conf/" + device + "/accept_dad":   "0",
		"ipv6/conf/" + device + "/accept_ra":    "0",
		"ipv6/conf/" + device + "/proxy_ndp":    "1",
		"ipv6/conf/" + device + "/forwarding":   "1",
	} {
		if err := set(path, value); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// podSettings turn on IPv6 in a pod, without waiting for duplicate addresses: there are two ends and no more.
func podSettings(device string) error {
	for _, name := range []string{"all", "default", "lo", device} {
		if err := set("ipv6/conf/"+name+"/disable_ipv6", "0"); err != nil {
			return err
		}
	}
	return set("ipv6/conf/"+device+"/accept_dad", "0")
}

func set(path, value string) error {
	if err := os.WriteFile("/proc/sys/net/"+path, []byte(value), 0); err != nil {
		return fmt.Errorf("net/%s=%s: %w", path, value, err)
	}
	return nil
}
