package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"anchorage.local/lab/calico/internal/keys"
	"anchorage.local/lab/calico/internal/objects"
)

// The inputs of confd's own tests and the files that Calico's confd rendered of them, step by step.
var golden = []string{
	"explicit_peering/global", "explicit_peering/global-external", "explicit_peering/global-ipv6",
	"explicit_peering/keepnexthop", "explicit_peering/keepnexthop-global", "explicit_peering/local-as",
	"explicit_peering/local-as-global", "explicit_peering/route_reflector", "explicit_peering/route_reflector_v6_by_ip",
	"explicit_peering/selectors", "explicit_peering/selectors/step2", "explicit_peering/specific_node",
	"mesh/bgp-export", "mesh/communities", "mesh/communities/step2", "mesh/ipip-always", "mesh/ipip-cross-subnet",
	"mesh/ipip-off", "mesh/restart-time", "mesh/route-reflector-mesh-enabled", "mesh/static-routes",
	"mesh/static-routes/step2", "mesh/static-routes-exclude-node", "mesh/static-routes-exclude-node/step2",
	"mesh/vxlan-always", "mesh/hash", "mesh/static-routes-no-ipv4-address",
}

func TestItRendersWhatConfdRenders(t *testing.T) {
	source := os.Getenv("CALICO_SOURCE")
	if source == "" {
		t.Skip("SKIPPED LOUDLY: CALICO_SOURCE names no source of Calico: nothing was compared with confd's own files")
	}
	for _, name := range golden {
		t.Run(name, func(t *testing.T) { compare(t, source, name) })
	}
}

func compare(t *testing.T, source, name string) {
	environ := map[string]string{"NODENAME": "kube-master", "CALICO_ROUTER_ID": map[string]string{
		"mesh/hash": "hash", "mesh/static-routes-no-ipv4-address": "10.10.10.10",
	}[name]}
	held := keys.Of(stateOf(t, filepath.Join(source, "confd/tests/mock_data"), name))
	templates := filepath.Join(source, "confd/etc/calico/confd/templates")
	files, err := Files(templates, append(slices.Clone(V4), V6...), held, func(key string) string { return environ[key] })
	if err != nil {
		t.Fatal(err)
	}
	for file, text := range files {
		wanted, err := os.ReadFile(filepath.Join(source, "confd/tests/compiled_templates", name, file))
		if err != nil {
			t.Fatal(err)
		}
		if got, wanted := filled(text), filled(string(wanted)); got != wanted {
			t.Errorf("%s: got\n%s\nwanted\n%s", file, got, wanted)
		}
	}
}

// filled drops blank lines and spaces at the ends, as confd's own comparison does.
func filled(text string) string {
	lines := slices.DeleteFunc(strings.Split(text, "\n"), func(line string) bool { return strings.TrimSpace(line) == "" })
	return strings.Join(lines, "\n")
}

// stateOf reads the data that all tests share, then a test's own, then its later step's over them.
func stateOf(t *testing.T, data, name string) keys.State {
	w := world{test: t, state: keys.State{Node: "kube-master"}, seen: map[string]any{}}
	w.read(filepath.Join(data, "kdd/nodes.yaml"))
	w.read(filepath.Join(data, "kdd/ipam.yaml"))
	first := strings.TrimSuffix(name, "/step2")
	for _, step := range slices.Compact([]string{first, name}) {
		w.read(filepath.Join(data, "calicoctl", step, "input.yaml"))
		w.read(filepath.Join(data, "calicoctl", step, "kubectl-input.yaml"))
	}
	w.collect()
	return w.state
}

type world struct {
	test  *testing.T
	state keys.State
	seen  map[string]any // kind/name -> object: the last one wins
}

func (w *world) read(path string) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return
	}
	for _, document := range bytes.Split(text, []byte("\n---")) {
		var head struct {
			APIVersion, Kind string
			objects.Meta     `json:"metadata"`
		}
		w.must(yaml.Unmarshal(document, &head))
		if head.Kind != "" {
			w.add(head.APIVersion, head.Kind, head.Name, document)
		}
	}
}

func (w *world) add(version, kind, name string, document []byte) {
	object := map[string]any{
		"Node": &objects.Node{}, "BGPConfiguration": &objects.BGPConfiguration{}, "BGPPeer": &objects.BGPPeer{},
		"IPPool": &objects.IPPool{}, "BlockAffinity": &objects.BlockAffinity{}, "Service": &objects.Service{},
		"Endpoints": &endpoints{},
	}[kind]
	if object == nil {
		w.test.Fatalf("what is a %s?", kind)
	}
	w.must(yaml.Unmarshal(document, object))
	if node, ok := object.(*objects.Node); ok && strings.HasPrefix(version, "projectcalico.org/") {
		w.annotate(node, document)
	}
	w.seen[kind+"/"+name] = object
}

// annotate writes a Calico node's settings where Calico keeps them in Kubernetes.
func (w *world) annotate(node *objects.Node, document []byte) {
	var calico struct {
		Spec struct {
			BGP struct {
				IPv4Address, IPv6Address, RouteReflectorClusterID string
				ASNumber                                          json.Number `json:"asNumber"`
			} `json:"bgp"`
		} `json:"spec"`
	}
	w.must(yaml.Unmarshal(document, &calico))
	node.Annotations = map[string]string{
		objects.IPv4Address: calico.Spec.BGP.IPv4Address, objects.IPv6Address: calico.Spec.BGP.IPv6Address,
		objects.ASNumber: calico.Spec.BGP.ASNumber.String(), objects.RouteReflector: calico.Spec.BGP.RouteReflectorClusterID,
	}
	if known, found := w.seen["Node/"+node.Name].(*objects.Node); found {
		labels := maps.Clone(node.Labels)
		node.Labels = maps.Clone(known.Labels)
		maps.Copy(node.Labels, labels)
	}
}

// endpoints is what came before EndpointSlices.
type endpoints struct {
	objects.Meta `json:"metadata"`
	Subsets      []struct {
		Addresses []struct{ IP, NodeName string }
	}
}

func (e endpoints) slices() (found []objects.EndpointSlice) {
	for _, subset := range e.Subsets {
		for _, address := range subset.Addresses {
			slice := objects.EndpointSlice{AddressType: "IPv4"}
			if strings.Contains(address.IP, ":") {
				slice.AddressType = "IPv6"
			}
			slice.Labels = map[string]string{objects.ServiceName: e.Name}
			slice.Endpoints = []objects.Endpoint{{Addresses: []string{address.IP}, NodeName: address.NodeName}}
			found = append(found, slice)
		}
	}
	return found
}

func (w *world) collect() {
	for _, object := range w.seen {
		switch one := object.(type) {
		case *objects.Node:
			w.state.Nodes = append(w.state.Nodes, *one)
		case *objects.BGPConfiguration:
			w.state.BGPConfigs = append(w.state.BGPConfigs, *one)
		case *objects.BGPPeer:
			w.state.Peers = append(w.state.Peers, *one)
		case *objects.IPPool:
			w.state.Pools = append(w.state.Pools, *one)
		case *objects.BlockAffinity:
			w.state.Affinities = append(w.state.Affinities, *one)
		case *objects.Service:
			w.state.Services = append(w.state.Services, *one)
		case *endpoints:
			w.state.Slices = append(w.state.Slices, one.slices()...)
		}
	}
}

func (w *world) must(err error) {
	w.test.Helper()
	if err != nil {
		w.test.Fatal(err)
	}
}
