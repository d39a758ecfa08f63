package node

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"anchorage.local/lab/calico/internal/api"
	"anchorage.local/lab/calico/internal/objects"
	"anchorage.local/lab/calico/internal/place"
)

// start does what calico-node does before anything else: it finds the node's addresses, writes them where others read
// them, and leaves the node's name and MTU for the CNI plugin.
func start(ctx context.Context, client dynamic.Interface, settings Settings) error {
	for _, folder := range []string{config, run, kept} {
		if err := os.MkdirAll(place.Of(folder), 0o755); err != nil {
			return err
		}
	}
	object, err := client.Resource(api.Nodes).Get(ctx, settings.Node, metav1.GetOptions{})
	if err != nil {
		return err
	}
	node, err := api.Read[objects.Node](object)
	if err != nil {
		return err
	}
	annotations, mtu, err := decide(settings, node)
	if err != nil {
		return err
	}
	if err := announce(ctx, client, settings.Node, annotations); err != nil {
		return err
	}
	if err := keep("nodename", settings.Node); err != nil {
		return err
	}
	if err := keep("mtu", strconv.Itoa(mtu)); err != nil {
		return err
	}
	if err := inform(ctx, client); err != nil {
		return err
	}
	return defaultPool(ctx, client, settings)
}

// decide gives the node's annotations, and the MTU that pods get: that of the device which has the node's address.
func decide(settings Settings, node objects.Node) (map[string]string, int, error) {
	present, err := devices()
	if err != nil {
		return nil, 0, err
	}
	annotations := map[string]string{}
	mtu := 1500
	for _, each := range []struct {
		version               int
		wanted, method, place string
	}{
		{4, settings.IP, settings.Method, objects.IPv4Address},
		{6, settings.IP6, settings.Method6, objects.IPv6Address},
	} {
		address, err := choose(each.version, each.wanted, each.method, node.Annotations[each.place], present, node)
		if err != nil {
			return nil, 0, err
		}
		if address.IsValid() {
			annotations[each.place] = address.String()
			log.Printf("this node's IPv%d address is %s", each.version, address)
			mtu = mtuOf(present, address.Addr(), mtu)
		}
	}
	if settings.AS != "" {
		annotations[objects.ASNumber] = settings.AS
	}
	if len(annotations) == 0 {
		return nil, 0, fmt.Errorf("neither an IPv4 nor an IPv6 address is found for this node")
	}
	return annotations, mtu, nil
}

func mtuOf(present []device, address netip.Addr, fallback int) int {
	for _, each := range present {
		for _, one := range each.addresses {
			if one.Addr() == address {
				return each.mtu
			}
		}
	}
	return fallback
}

// choose takes a given address, detects one, or keeps the one that the node has. IPv4 is detected when nothing is said.
func choose(
	version int, wanted, method, known string, present []device, node objects.Node,
) (none netip.Prefix, err error) {
	switch {
	case wanted == "none" || wanted == "" && known == "" && version == 6:
		return none, nil
	case wanted == "" && known != "":
		return parse(known)
	case wanted == "" || wanted == "autodetect":
		return detect(method, version, present, node)
	}
	return parse(wanted)
}

// parse takes an address with or without the length of its network.
func parse(text string) (netip.Prefix, error) {
	if strings.Contains(text, "/") {
		return netip.ParsePrefix(text)
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	return netip.PrefixFrom(address, address.BitLen()), nil
}

// announce annotates the node and says that its network is there.
func announce(ctx context.Context, client dynamic.Interface, node string, annotations map[string]string) error {
	const text = "Calico (the lab's stand-in) is running on this node"
	return patch(ctx, client, node, annotations, "False", "CalicoIsUp", text)
}

// Shutdown says that the node's network is going.
func Shutdown(ctx context.Context, client dynamic.Interface, node string) error {
	const text = "Calico (the lab's stand-in) is shutting down on this node"
	return patch(ctx, client, node, nil, "True", "CalicoIsDown", text)
}

func patch(
	ctx context.Context, client dynamic.Interface, node string, annotations map[string]string, status, reason, text string,
) error {
	now := time.Now().UTC().Format(time.RFC3339)
	body, err := json.Marshal(map[string]any{
		"metadata": map[string]any{"annotations": annotations},
		"status": map[string]any{"conditions": []map[string]string{{
			"type": "NetworkUnavailable", "status": status, "reason": reason, "message": text,
			"lastHeartbeatTime": now, "lastTransitionTime": now,
		}}},
	})
	if err != nil {
		return err
	}
	_, err = client.Resource(api.Nodes).Patch(
		ctx, node, types.StrategicMergePatchType, body, metav1.PatchOptions{}, "status")
	return err
}

func keep(name, text string) error {
	return os.WriteFile(filepath.Join(place.Of(kept), name), []byte(text), 0o644)
}

// inform makes the ClusterInformation that tools of Calico's ask for. Its type says what really runs.
func inform(ctx context.Context, client dynamic.Interface) error {
	return create(ctx, client, "ClusterInformation", "default", map[string]any{
		"calicoVersion": os.Getenv("STAND_IN_FOR"), "clusterType": "k8s,bgp,lab-stand-in", "datastoreReady": true,
	})
}

// defaultPool makes Calico's default pool where there is none and none is refused.
func defaultPool(ctx context.Context, client dynamic.Interface, settings Settings) error {
	if settings.NoDefaultPools {
		return nil
	}
	pools, err := client.Resource(api.IPPools).List(ctx, metav1.ListOptions{Limit: 1})
	if err != nil || len(pools.Items) > 0 {
		return err
	}
	return create(ctx, client, "IPPool", "default-ipv4-ippool", map[string]any{
		"cidr": settings.PoolV4, "blockSize": int64(26), "ipipMode": "Never", "vxlanMode": "Never",
		"natOutgoing": true, "nodeSelector": "all()", "allowedUses": []any{"Workload", "Tunnel"},
	})
}

func create(ctx context.Context, client dynamic.Interface, kind, name string, spec map[string]any) error {
	object := &unstructured.Unstructured{Object: map[string]any{"metadata": map[string]any{"name": name}, "spec": spec}}
	object.SetAPIVersion("crd.projectcalico.org/v1")
	object.SetKind(kind)
	resource := api.IPPools
	if kind == "ClusterInformation" {
		resource = api.Informations
	}
	_, err := client.Resource(resource).Create(ctx, object, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}
