package keys

import (
	"regexp"
	"sort"
	"strconv"
	"strings"

	"anchorage.local/lab/calico/internal/objects"
)

var community = regexp.MustCompile(`^\d+:\d+(:\d+)?$`)

type prefix struct {
	CIDR        string   `json:"cidr"`
	Communities []string `json:"communities"`
}

// config sets what BGPConfigurations hold: `default` and each `node.NAME`.
func (k Keys) config(s State) {
	for _, one := range s.BGPConfigs {
		if one.Name == "default" {
			k.global(s, one)
			continue
		}
		node, found := strings.CutPrefix(one.Name, "node.")
		if !found {
			s.problem("BGPConfiguration " + one.Name + " is neither `default` nor `node.NAME`: left out")
			continue
		}
		k.shared("/bgp/v1/host/"+node+"/", one)
	}
}

// shared are the settings that a node's own BGPConfiguration may have too.
func (k Keys) shared(at string, one objects.BGPConfiguration) {
	if one.Spec.ListenPort != 0 {
		k[at+"listen_port"] = strconv.Itoa(int(one.Spec.ListenPort))
	}
	if level := strings.ToLower(one.Spec.LogSeverityScreen); level == "debug" || level == "info" {
		k[at+"loglevel"] = level
	} else if level != "" {
		k[at+"loglevel"] = "none"
	}
	if one.Spec.PrefixAdvertisements != nil {
		k.communities(at, one)
	}
}

func (k Keys) global(s State, one objects.BGPConfiguration) {
	const at = "/bgp/v1/global/"
	k.shared(at, one)
	if one.Spec.ASNumber != 0 {
		k[at+"as_num"] = one.Spec.ASNumber.String()
	}
	if one.Spec.BindMode != nil {
		k[at+"bind_mode"] = *one.Spec.BindMode
	}
	if mesh := one.Spec.NodeToNodeMeshEnabled; mesh != nil {
		k.json(at+"node_mesh", map[string]bool{"enabled": *mesh})
	}
	if limit := one.Spec.NodeMeshMaxRestartTime; limit != nil {
		k[at+"node_mesh_restart_time"] = limit.Seconds()
	}
	if password := s.secret("BGPConfiguration default", one.Spec.NodeMeshPassword); password != nil {
		k[at+"node_mesh_password"] = *password
	}
	if one.Spec.IgnoredInterfaces != nil {
		k[at+"ignored_interfaces"] = strings.Join(one.Spec.IgnoredInterfaces, ",")
	}
	for name, cidrs := range map[string][]objects.CIDR{
		"svc_cluster_ips":      one.Spec.ServiceClusterIPs,
		"svc_external_ips":     one.Spec.ServiceExternalIPs,
		"svc_loadbalancer_ips": one.Spec.ServiceLoadBalancerIPs,
	} {
		if len(cidrs) > 0 {
			k[at+name] = strings.Join(networks(cidrs), ",")
		}
	}
}

func (k Keys) communities(at string, one objects.BGPConfiguration) {
	v4, v6 := []prefix(nil), []prefix(nil)
	for _, advertised := range one.Spec.PrefixAdvertisements {
		each := prefix{advertised.CIDR, values(one, advertised.Communities)}
		if strings.Contains(each.CIDR, ":") {
			v6 = append(v6, each)
		} else {
			v4 = append(v4, each)
		}
	}
	k.json(at+"prefix_advertisements/ip_v4", v4)
	k.json(at+"prefix_advertisements/ip_v6", v6)
}

// values are the communities in order, names resolved.
func values(one objects.BGPConfiguration, names []string) []string {
	set := map[string]bool{}
	for _, name := range names {
		if community.MatchString(name) {
			set[name] = true
			continue
		}
		for _, defined := range one.Spec.Communities {
			if defined.Name == name {
				set[defined.Value] = true
				break
			}
		}
	}
	found := make([]string, 0, len(set))
	for value := range set {
		found = append(found, value)
	}
	sort.Strings(found)
	return found
}

func networks(cidrs []objects.CIDR) (texts []string) {
	for _, one := range cidrs {
		texts = append(texts, one.CIDR)
	}
	return texts
}
