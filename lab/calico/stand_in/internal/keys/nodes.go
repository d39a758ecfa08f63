package keys

import (
	"net"
	"strings"

	"anchorage.local/lab/calico/internal/objects"
)

// nodes sets each node's addresses. Templates expect the addresses and the cluster ID to be there, if only empty.
func (k Keys) nodes(s State) {
	for _, node := range s.Nodes {
		at := "/bgp/v1/host/" + node.Name + "/"
		k.address(s, at, "4", node.Annotations[objects.IPv4Address])
		k.address(s, at, "6", node.Annotations[objects.IPv6Address])
		k[at+"rr_cluster_id"] = node.Annotations[objects.RouteReflector]
		var number objects.Number
		if text := node.Annotations[objects.ASNumber]; text != "" {
			if err := number.UnmarshalJSON([]byte(text)); err != nil {
				s.problem("Node " + node.Name + ": " + err.Error())
				continue
			}
			k[at+"as_num"] = number.String()
		}
	}
}

func (k Keys) address(s State, at, version, text string) {
	k[at+"ip_addr_v"+version] = ""
	if text == "" {
		return
	}
	if !strings.Contains(text, "/") {
		text += map[string]string{"4": "/32", "6": "/128"}[version]
	}
	ip, network, err := net.ParseCIDR(text)
	if err != nil {
		s.problem(err.Error())
		return
	}
	k[at+"ip_addr_v"+version], k[at+"network_v"+version] = ip.String(), network.String()
}

// blocks sets the node's own blocks. A pending one is not there yet.
func (k Keys) blocks(s State) {
	for _, one := range s.Affinities {
		if one.Spec.Node != s.Node || one.Spec.State == "pending" || one.Spec.Deleted == "true" {
			continue
		}
		key := "/ipam/v2/host/" + s.Node + "/ipv" + version(one.Spec.CIDR) + "/block/" + dashed(one.Spec.CIDR)
		k.json(key, map[string]string{"state": one.Spec.State})
	}
}

type pool struct {
	CIDR             string `json:"cidr"`
	IPIP             string `json:"ipip"`
	IPIPMode         string `json:"ipip_mode"`
	VXLANMode        string `json:"vxlan_mode"`
	Masquerade       bool   `json:"masquerade"`
	IPAM             bool   `json:"ipam"`
	Disabled         bool   `json:"disabled"`
	DisableBGPExport bool   `json:"disableBGPExport"`
}

func (k Keys) pools(s State) {
	for _, one := range s.Pools {
		each := pool{
			CIDR: one.Spec.CIDR, IPIPMode: mode(one.Spec.IPIPMode), VXLANMode: mode(one.Spec.VXLANMode),
			Masquerade: one.Spec.NATOutgoing, IPAM: !one.Spec.Disabled, Disabled: one.Spec.Disabled,
			DisableBGPExport: one.Spec.DisableBGPExport,
		}
		if each.IPIPMode != "" {
			each.IPIP = "tunl0"
		}
		k.json("/v1/ipam/v"+version(each.CIDR)+"/pool/"+dashed(each.CIDR), each)
	}
}

func mode(text string) string {
	return map[string]string{"Always": "always", "CrossSubnet": "cross-subnet"}[text]
}

func version(address string) string {
	if strings.Contains(address, ":") {
		return "6"
	}
	return "4"
}

func dashed(cidr string) string { return strings.Replace(cidr, "/", "-", 1) }
