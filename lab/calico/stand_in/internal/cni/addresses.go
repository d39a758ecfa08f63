package cni

import (
	"context"
	"crypto/sha1" //nolint:gosec // Calico names devices so
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"k8s.io/client-go/dynamic"

	"anchorage.local/lab/calico/internal/api"
	"anchorage.local/lab/calico/internal/ipam"
	"anchorage.local/lab/calico/internal/place"
)

// assign hands out an address of each IP version that the configuration asks for; v4 alone when it is silent.
func assign(ctx context.Context, read conf, asked call) (addresses []netip.Addr, err error) {
	client, unlock, err := read.datastore()
	if err != nil {
		return nil, err
	}
	defer unlock()
	var asking sync.WaitGroup
	found, failed := [2]netip.Addr{}, [2]error{}
	for i, version := range []int{4, 6} {
		if read.wants(version) {
			asking.Go(func() { found[i], failed[i] = ipam.Assign(ctx, client, read.request(version, asked)) })
		}
	}
	asking.Wait()
	if err := errors.Join(failed[:]...); err != nil {
		_ = ipam.Release(ctx, client, handle(read, asked))
		return nil, err
	}
	for _, address := range found {
		if address.IsValid() {
			addresses = append(addresses, address)
		}
	}
	return addresses, nil
}

func free(ctx context.Context, read conf, asked call) error {
	client, unlock, err := read.datastore()
	if err != nil {
		return err
	}
	defer unlock()
	return ipam.Release(ctx, client, handle(read, asked))
}

// datastore gives a client, and the lock that keeps this node's plugins from meeting each other.
func (c conf) datastore() (dynamic.Interface, func(), error) {
	config, err := api.Config(c.Kubernetes.Kubeconfig)
	if err != nil {
		return nil, nil, err
	}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, nil, err
	}
	path := place.Of("/var/run/calico/ipam.lock")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, nil, err
	}
	lock, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, nil, err
	}
	return client, func() { lock.Close() }, syscall.Flock(int(lock.Fd()), syscall.LOCK_EX)
}

func (c conf) wants(version int) bool {
	said, silent := c.IPAM.AssignIPv4, version == 4
	if version == 6 {
		said = c.IPAM.AssignIPv6
	}
	if said == nil {
		return silent
	}
	return strings.EqualFold(*said, "true")
}

func (c conf) request(version int, asked call) ipam.Request {
	pools := c.IPAM.IPv4Pools
	if version == 6 {
		pools = c.IPAM.IPv6Pools
	}
	return ipam.Request{Node: c.Node, Handle: handle(c, asked), Version: version, Pools: pools, About: map[string]string{
		"node": c.Node, "namespace": asked.namespace, "pod": asked.pod, "timestamp": time.Now().UTC().String(),
	}}
}

// handle names what an address is held by: the pod's sandbox.
func handle(c conf, asked call) string { return c.Name + "." + asked.container }

// deviceName is the node's end of a pod's veth, as Calico names it.
func deviceName(asked call) string {
	sum := sha1.Sum([]byte(asked.namespace + "." + asked.pod)) //nolint:gosec // a name, no secret
	return "cali" + fmt.Sprintf("%x", sum)[:11]
}

// mtu is the configuration's; 0 there means what calico-node found on the node.
func (c conf) mtu() int {
	if c.MTU != 0 {
		return c.MTU
	}
	text, err := os.ReadFile(place.Of("/var/lib/calico/mtu"))
	if err != nil {
		return 1500
	}
	found, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 1500
	}
	return found
}
