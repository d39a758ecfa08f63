// Package keys computes what Calico's confd would hold for a node: the keys that its BIRD templates ask for.
//
// It is a pure function of the objects. What the keys are and what they hold follows the backend of confd at the
// version whose templates are rendered (confd/pkg/backends/calico/{client,routes}.go in Calico's source).
package keys

import (
	"encoding/json"
	"sort"

	"anchorage.local/lab/calico/internal/objects"
)

// State is all that the keys of a node depend on.
type State struct {
	Node       string // whose keys
	Nodes      []objects.Node
	BGPConfigs []objects.BGPConfiguration
	Peers      []objects.BGPPeer
	Filters    []objects.BGPFilter
	Pools      []objects.IPPool
	Affinities []objects.BlockAffinity
	Services   []objects.Service
	Slices     []objects.EndpointSlice
	Secrets    map[string]map[string][]byte // name -> key -> value
	Problems   func(text string)            // told what is skipped and why, without secrets; may be nil
}

// Keys are confd's, without the prefix /calico.
type Keys map[string]string

// Of computes them.
func Of(s State) Keys {
	s.sort()
	k := Keys{
		"/bgp/v1/global/as_num":    "64512",
		"/bgp/v1/global/node_mesh": `{"enabled":true}`,
		"/bgp/v1/global/loglevel":  "info",
	}
	k.config(s)
	k.nodes(s)
	k.peers(s)
	k.pools(s)
	k.blocks(s)
	k.services(s)
	for _, filter := range s.Filters {
		k.json("/resources/v3/projectcalico.org/bgpfilters/"+filter.Name, filter)
	}
	return k
}

// sort makes the result independent of the order in which objects are seen.
func (s *State) sort() {
	sort.Slice(s.Nodes, func(i, j int) bool { return s.Nodes[i].Name < s.Nodes[j].Name })
	sort.Slice(s.Peers, func(i, j int) bool { return s.Peers[i].Name < s.Peers[j].Name })
}

func (s *State) problem(text string) {
	if s.Problems != nil {
		s.Problems(text)
	}
}

// secret returns nil where the Secret or its key is missing: a session then is without a password, as with Calico.
func (s *State) secret(of string, ref *objects.SecretRef) *string {
	if ref == nil || ref.SecretKeyRef == nil {
		return nil
	}
	value, found := s.Secrets[ref.SecretKeyRef.Name][ref.SecretKeyRef.Key]
	if !found {
		missing := ref.SecretKeyRef.Name + " has no key " + ref.SecretKeyRef.Key
		s.problem(of + ": the Secret " + missing + ", no password is used")
		return nil
	}
	text := string(value)
	return &text
}

// SecretNames are the Secrets that the objects refer to.
func (s *State) SecretNames() map[string]bool {
	names := map[string]bool{}
	add := func(ref *objects.SecretRef) {
		if ref != nil && ref.SecretKeyRef != nil {
			names[ref.SecretKeyRef.Name] = true
		}
	}
	for _, peer := range s.Peers {
		add(peer.Spec.Password)
	}
	for _, config := range s.BGPConfigs {
		add(config.Spec.NodeMeshPassword)
	}
	return names
}

// json sets a key to a value's JSON. What is written here always can be.
func (k Keys) json(key string, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	k[key] = string(text)
}
