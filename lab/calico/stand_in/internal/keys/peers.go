package keys

import (
	"net"
	"strconv"
	"strings"

	"anchorage.local/lab/calico/internal/objects"
	"anchorage.local/lab/calico/internal/selector"
)

// peer is what the templates read of a session, in their words.
type peer struct {
	IP              string   `json:"ip"`
	ASNumber        string   `json:"as_num"`
	RRClusterID     string   `json:"rr_cluster_id"`
	Password        *string  `json:"password"`
	SourceAddress   string   `json:"source_addr"`
	Port            uint16   `json:"port"`
	KeepNextHop     bool     `json:"keep_next_hop"`
	RestartTime     string   `json:"restart_time"`
	CalicoNode      bool     `json:"calico_node"`
	NumAllowLocalAS int32    `json:"num_allow_local_as"`
	TTLSecurity     uint8    `json:"ttl_security"`
	ReachableBy     string   `json:"reachable_by"`
	Filters         []string `json:"filters"`
}

// peers sets the sessions: global ones first, which win over a node's own to the same address, and last those that a
// node needs because another one peers with it.
func (k Keys) peers(s State) {
	for _, one := range s.Peers {
		if one.Spec.NodeSelector == "" && one.Spec.Node == "" {
			for _, to := range k.remotes(s, one) {
				k.emit("/bgp/v1/global/", to)
			}
		}
	}
	for _, one := range s.Peers {
		if one.Spec.NodeSelector == "" && one.Spec.Node == "" {
			continue
		}
		for _, node := range s.near(one) {
			for _, to := range k.remotes(s, one) {
				k.emit("/bgp/v1/host/"+node+"/", to)
			}
		}
	}
	for _, one := range s.Peers {
		k.reverse(s, one)
	}
}

// emit sets a session unless there is one to that address, of this node or of all nodes.
func (k Keys) emit(at string, to peer) {
	place := "peer_v" + version(to.IP) + "/" + to.IP
	if to.Port != 0 && to.Port != 179 {
		place += "-" + strconv.Itoa(int(to.Port))
	}
	if _, found := k[at+place]; found {
		return
	}
	if _, found := k["/bgp/v1/global/"+place]; found {
		return
	}
	k.json(at+place, to)
}

// near are the nodes that a BGPPeer is for.
func (s *State) near(one objects.BGPPeer) []string {
	if one.Spec.NodeSelector != "" {
		return s.matching(one.Name, one.Spec.NodeSelector)
	}
	if one.Spec.Node != "" {
		return []string{one.Spec.Node}
	}
	return s.matching(one.Name, "all()")
}

func (s *State) matching(of, expression string) (names []string) {
	parsed, err := selector.Parse(expression)
	if err != nil {
		s.problem("BGPPeer " + of + ": " + err.Error() + ": it selects no node")
		return nil
	}
	for _, node := range s.Nodes {
		if parsed.Matches(node.Labels) {
			names = append(names, node.Name)
		}
	}
	return names
}

// remotes are the other ends of a BGPPeer.
func (k Keys) remotes(s State, one objects.BGPPeer) (found []peer) {
	if one.Spec.PeerSelector != "" {
		for _, node := range s.matching(one.Name, one.Spec.PeerSelector) {
			found = append(found, k.asPeers(s, node, one, "4", "6")...)
		}
		return found
	}
	host, port := split(one.Spec.PeerIP)
	ip := net.ParseIP(host)
	if ip == nil || one.Spec.ReachableBy != "" && net.ParseIP(one.Spec.ReachableBy) == nil {
		s.problem("BGPPeer " + one.Name + ": peerIP or reachableBy is no address: left out")
		return nil
	}
	if port == 0 {
		port = k.portOf(k.nodesAt(s, one, host, port))
	}
	to := shared(s, one, peer{IP: ip.String(), ASNumber: one.Spec.ASNumber.String(), Port: port})
	to.CalicoNode = len(k.addressed(s, host)) > 0
	to.KeepNextHop, to.NumAllowLocalAS = one.Spec.KeepOriginalNextHop, one.Spec.NumAllowedLocalASNumbers
	return []peer{to}
}

// shared adds what sessions in both directions take from the BGPPeer.
func shared(s State, one objects.BGPPeer, to peer) peer {
	to.Password = s.secret("BGPPeer "+one.Name, one.Spec.Password)
	to.SourceAddress = one.Spec.SourceAddress
	if to.SourceAddress == "" {
		to.SourceAddress = "UseNodeIP"
	}
	if limit := one.Spec.MaxRestartTime; limit != nil {
		to.RestartTime = limit.Seconds()
	}
	to.TTLSecurity, to.ReachableBy, to.Filters = one.Spec.TTLSecurity, one.Spec.ReachableBy, one.Spec.Filters
	return to
}

// reverse sets, on nodes that a BGPPeer points at, the sessions back.
func (k Keys) reverse(s State, one objects.BGPPeer) {
	var ends, versions []string
	if one.Spec.PeerSelector != "" {
		ends, versions = s.matching(one.Name, one.Spec.PeerSelector), []string{"4", "6"}
	} else {
		host, port := split(one.Spec.PeerIP)
		ends, versions = k.nodesAt(s, one, host, port), []string{version(host)}
	}
	for _, node := range ends {
		for _, other := range s.near(one) {
			for _, to := range k.asPeers(s, other, one, versions...) {
				k.emit("/bgp/v1/host/"+node+"/", to)
			}
		}
	}
}

// asPeers are the sessions to a node of the cluster.
func (k Keys) asPeers(s State, node string, one objects.BGPPeer, versions ...string) (found []peer) {
	at := "/bgp/v1/host/" + node + "/"
	for _, each := range versions {
		if address := k[at+"ip_addr_v"+each]; address != "" {
			to := peer{IP: address, ASNumber: k.numberOf(node), RRClusterID: k[at+"rr_cluster_id"]}
			to.Port = k.portOf([]string{node})
			found = append(found, shared(s, one, to))
		}
	}
	return found
}

func (k Keys) numberOf(node string) string {
	if own := k["/bgp/v1/host/"+node+"/as_num"]; own != "" {
		return own
	}
	return k["/bgp/v1/global/as_num"]
}

// portOf is where the first of these nodes listens; 0: nothing is configured, or there is no node.
func (k Keys) portOf(nodes []string) uint16 {
	if len(nodes) == 0 {
		return 0
	}
	text := k["/bgp/v1/host/"+nodes[0]+"/listen_port"]
	if text == "" {
		text = k["/bgp/v1/global/listen_port"]
	}
	port, _ := strconv.ParseUint(text, 10, 16)
	return uint16(port)
}

func (k Keys) addressed(s State, host string) (names []string) {
	for _, node := range s.Nodes {
		at := "/bgp/v1/host/" + node.Name + "/"
		if host != "" && (k[at+"ip_addr_v4"] == host || k[at+"ip_addr_v6"] == host) {
			names = append(names, node.Name)
		}
	}
	return names
}

// nodesAt are the cluster's own nodes that a peerIP with its AS number and port means.
func (k Keys) nodesAt(s State, one objects.BGPPeer, host string, port uint16) (names []string) {
	wanted := one.Spec.ASNumber.String()
	if one.Spec.ASNumber == 0 {
		wanted = k["/bgp/v1/global/as_num"]
	}
	for _, node := range k.addressed(s, host) {
		listens := k.portOf([]string{node})
		if k.numberOf(node) == wanted && (port == 0 || listens == 0 || port == listens) {
			names = append(names, node)
		}
	}
	return names
}

// split takes ADDRESS, ADDRESS:PORT and [ADDRESS]:PORT.
func split(text string) (host string, port uint16) {
	host, digits, err := net.SplitHostPort(text)
	if err != nil {
		return strings.Trim(text, "[]"), 0
	}
	number, err := strconv.ParseUint(digits, 10, 16)
	if err != nil {
		return text, 0
	}
	return host, uint16(number)
}
