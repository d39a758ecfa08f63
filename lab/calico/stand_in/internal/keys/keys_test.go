package keys

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"anchorage.local/lab/calico/internal/objects"
)

// read makes a shape of what the API would say.
func read[T any](t *testing.T, text string) (one T) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &one); err != nil {
		t.Fatal(err)
	}
	return one
}

func state(t *testing.T) State {
	return State{
		Node: "w1",
		Nodes: []objects.Node{
			read[objects.Node](t, `{"metadata": {"name": "w1", "labels": {"rack_id": "r1"},
				"annotations": {"projectcalico.org/IPv4Address": "192.0.2.11/24"}}}`),
			read[objects.Node](t, `{"metadata": {"name": "w2", "labels": {"rack_id": "r2"}}}`),
		},
		BGPConfigs: []objects.BGPConfiguration{read[objects.BGPConfiguration](t, `{"metadata": {"name": "default"},
			"spec": {"asNumber": 65003, "nodeToNodeMeshEnabled": false, "serviceClusterIPs": [{"cidr": "10.96.0.0/16"}],
			"serviceLoadBalancerIPs": [{"cidr": "203.0.113.0/24"}, {"cidr": "198.51.100.7/32"}]}}`)},
	}
}

func leaf(t *testing.T, more string) objects.BGPPeer {
	return read[objects.BGPPeer](t, `{"metadata": {"name": "leaf-101"}, "spec": {"peerIP": "192.0.2.241",
		"asNumber": "65002", "maxRestartTime": "5s"`+more+`}}`)
}

// below are the keys under a prefix, without it.
func (k Keys) below(prefix string) (found []string) {
	for key := range k {
		if rest, ok := strings.CutPrefix(key, prefix); ok {
			found = append(found, rest)
		}
	}
	slices.Sort(found)
	return found
}

func TestAPeerIsForTheNodesThatItSelects(t *testing.T) {
	s := state(t)
	s.Peers = []objects.BGPPeer{leaf(t, `, "nodeSelector": "rack_id == 'r1'"`)}
	held := Of(s)
	if got := held.below("/bgp/v1/host/w1/peer_v4/"); !slices.Equal(got, []string{"192.0.2.241"}) {
		t.Errorf("w1 peers with %v", got)
	}
	if got := held.below("/bgp/v1/host/w2/peer_v4/"); len(got) != 0 {
		t.Errorf("w2 peers with %v", got)
	}
	var made peer
	if err := json.Unmarshal([]byte(held["/bgp/v1/host/w1/peer_v4/192.0.2.241"]), &made); err != nil {
		t.Fatal(err)
	}
	if made.ASNumber != "65002" || made.RestartTime != "5" || made.SourceAddress != "UseNodeIP" || made.Password != nil {
		t.Errorf("%+v", made)
	}
}

func TestAMissingSecretIsToldAndLeavesTheSessionWithoutPassword(t *testing.T) {
	s := state(t)
	s.Peers = []objects.BGPPeer{leaf(t, `, "nodeSelector": "all()",
		"password": {"secretKeyRef": {"name": "bgp-password", "key": "password"}}`)}
	var told []string
	s.Problems = func(text string) { told = append(told, text) }
	if text := Of(s)["/bgp/v1/host/w1/peer_v4/192.0.2.241"]; !strings.Contains(text, `"password":null`) {
		t.Error(text)
	}
	if len(told) == 0 || !strings.Contains(told[0], "bgp-password") {
		t.Errorf("told: %v", told)
	}
	if names := s.SecretNames(); len(names) != 1 || !names["bgp-password"] {
		t.Errorf("it asks for %v", names)
	}
	s.Secrets = map[string]map[string][]byte{"bgp-password": {"password": []byte("s3cret")}}
	if text := Of(s)["/bgp/v1/host/w1/peer_v4/192.0.2.241"]; !strings.Contains(text, `"password":"s3cret"`) {
		t.Error("the password is not used")
	}
}

func TestASelectorThatIsNoneSelectsNoNodeAndIsTold(t *testing.T) {
	s := state(t)
	s.Peers = []objects.BGPPeer{leaf(t, `, "nodeSelector": "rack_id = 'r1'"`)}
	told := 0
	s.Problems = func(string) { told++ }
	if got := Of(s).below("/bgp/v1/host/w1/peer_v4/"); len(got) != 0 || told == 0 {
		t.Errorf("%v, told %d times", got, told)
	}
}

func service(t *testing.T, policy, address string) objects.Service {
	return read[objects.Service](t, `{"metadata": {"name": "web", "namespace": "default"}, "spec": {
		"type": "LoadBalancer", "clusterIP": "10.96.7.7", "loadBalancerIP": "`+address+`",
		"externalTrafficPolicy": "`+policy+`"}, "status": {"loadBalancer": {"ingress": [{"ip": "`+address+`"}]}}}`)
}

func slice(t *testing.T, node, conditions string) objects.EndpointSlice {
	return read[objects.EndpointSlice](t, `{"metadata": {"namespace": "default",
		"labels": {"kubernetes.io/service-name": "web"}}, "addressType": "IPv4",
		"endpoints": [{"addresses": ["10.244.0.1"], "nodeName": "`+node+`", "conditions": {`+conditions+`}}]}`)
}

func TestWhatANodeSaysOfAService(t *testing.T) {
	networks := []string{"10.96.0.0-16", "203.0.113.0-24"}
	both := []string{"10.96.7.7-32", "203.0.113.9-32"}
	for name, each := range map[string]struct {
		service objects.Service
		slice   objects.EndpointSlice
		more    []string
	}{
		"Local, ready here":      {service(t, "Local", "203.0.113.9"), slice(t, "w1", `"ready": true`), both},
		"Local, nothing said":    {service(t, "Local", "203.0.113.9"), slice(t, "w1", ""), both},
		"Local, not ready":       {service(t, "Local", "203.0.113.9"), slice(t, "w1", `"ready": false`), nil},
		"Local, elsewhere":       {service(t, "Local", "203.0.113.9"), slice(t, "w2", `"ready": true`), nil},
		"Local, foreign address": {service(t, "Local", "192.0.2.99"), slice(t, "w1", `"ready": true`), both[:1]},
		"Cluster":                {service(t, "Cluster", "203.0.113.9"), slice(t, "w1", `"ready": true`), nil},
		"Cluster, a single address": {
			service(t, "Cluster", "198.51.100.7"), slice(t, "w2", `"ready": true`), []string{"10.96.7.7-32", "198.51.100.7-32"},
		},
	} {
		s := state(t)
		s.Services, s.Slices = []objects.Service{each.service}, []objects.EndpointSlice{each.slice}
		wanted := append(slices.Clone(networks), each.more...)
		slices.Sort(wanted)
		if got := Of(s).below("/staticroutes/"); !slices.Equal(got, wanted) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestAnExcludedNodeSaysNothingAndStillRefusesWhatOthersSay(t *testing.T) {
	s := state(t)
	s.Nodes[0].Labels[excluded] = "true"
	s.Services = []objects.Service{service(t, "Local", "203.0.113.9")}
	s.Slices = []objects.EndpointSlice{slice(t, "w1", "")}
	held := Of(s)
	if got := held.below("/staticroutes/"); len(got) != 0 {
		t.Errorf("it says %v", got)
	}
	if got := held.below("/rejectcidrs/"); !slices.Equal(got, []string{"10.96.0.0-16", "203.0.113.0-24"}) {
		t.Errorf("it refuses %v", got)
	}
}

func TestOnlyTheNodesOwnConfirmedBlocksCount(t *testing.T) {
	s := state(t)
	for _, text := range []string{
		`{"spec": {"node": "w1", "cidr": "10.244.1.0/26", "state": "confirmed", "deleted": "false"}}`,
		`{"spec": {"node": "w1", "cidr": "10.244.1.64/26", "state": "pending", "deleted": "false"}}`,
		`{"spec": {"node": "w1", "cidr": "10.244.1.128/26", "state": "confirmed", "deleted": "true"}}`,
		`{"spec": {"node": "w2", "cidr": "10.244.2.0/26", "state": "confirmed", "deleted": "false"}}`,
		`{"spec": {"node": "w1", "cidr": "fd00:244::40/122", "state": "confirmed", "deleted": "false"}}`,
	} {
		s.Affinities = append(s.Affinities, read[objects.BlockAffinity](t, text))
	}
	held := Of(s)
	if got := held.below("/ipam/v2/host/"); !slices.Equal(got, []string{
		"w1/ipv4/block/10.244.1.0-26", "w1/ipv6/block/fd00:244::40-122",
	}) {
		t.Errorf("%v", got)
	}
}

func TestNumbersAreReadInAllThreeForms(t *testing.T) {
	for text, wanted := range map[string]objects.Number{
		"65003": 65003, `"65003"`: 65003, `"1.10"`: 65546, "4294967295": 4294967295,
	} {
		if got := read[objects.Number](t, text); got != wanted {
			t.Errorf("%s: %d", text, got)
		}
	}
	for _, text := range []string{`"a"`, "4294967296", `"1.65536"`, `"1.2.3"`, "-1"} {
		var number objects.Number
		if json.Unmarshal([]byte(text), &number) == nil {
			t.Errorf("%s was taken: %d", text, number)
		}
	}
}
