package keys

import (
	"net"
	"slices"
	"strings"

	"anchorage.local/lab/calico/internal/objects"
)

// excluded is the label that keeps a node from telling others about services.
const excluded = "node.kubernetes.io/exclude-from-external-load-balancers"

// services sets the networks of services, told by every node, and the addresses of services whose traffic stays on
// the node (externalTrafficPolicy Local), told where such a service has a ready endpoint.
func (k Keys) services(s State) {
	ranges := advertised(s)
	away := s.excluded()
	for _, cidr := range append(append(ranges.cluster, ranges.external...), withoutSingles(ranges.balancer)...) {
		k.route("rejectcidrs", cidr)
		if !away {
			k.route("staticroutes", cidr)
		}
	}
	if away || ranges.none() {
		return
	}
	for _, service := range s.Services {
		if s.told(service, ranges) {
			for _, address := range addresses(service, ranges) {
				k.route("staticroutes", address+map[string]string{"4": "/32", "6": "/128"}[version(address)])
			}
		}
	}
}

func (k Keys) route(kind, cidr string) {
	if version(cidr) == "6" {
		kind += "v6"
	}
	k["/"+kind+"/"+dashed(cidr)] = cidr
}

type ranges struct{ cluster, external, balancer []string }

func (r ranges) none() bool { return len(r.cluster)+len(r.external)+len(r.balancer) == 0 }

func advertised(s State) (r ranges) {
	for _, config := range s.BGPConfigs {
		if config.Name == "default" {
			r.cluster = networks(config.Spec.ServiceClusterIPs)
			r.external = networks(config.Spec.ServiceExternalIPs)
			r.balancer = networks(config.Spec.ServiceLoadBalancerIPs)
		}
	}
	return r
}

func (s *State) excluded() bool {
	for _, node := range s.Nodes {
		if node.Name == s.Node {
			return node.Labels[excluded] == "true"
		}
	}
	return false
}

// withoutSingles leaves out single addresses: those are told for each service, where it is.
func withoutSingles(cidrs []string) (kept []string) {
	for _, cidr := range cidrs {
		if !strings.HasSuffix(cidr, map[string]string{"4": "/32", "6": "/128"}[version(cidr)]) {
			kept = append(kept, cidr)
		}
	}
	return kept
}

// told says whether this node speaks for a service by address.
func (s *State) told(service objects.Service, r ranges) bool {
	spec := service.Spec
	if !slices.Contains([]string{"ClusterIP", "NodePort", "LoadBalancer"}, spec.Type) {
		return false
	}
	if spec.ClusterIP == "" || spec.ClusterIP == "None" {
		return false
	}
	if spec.Type == "LoadBalancer" && spec.ExternalTrafficPolicy == "Cluster" && single(spec.LoadBalancerIP, r.balancer) {
		return true
	}
	return spec.ExternalTrafficPolicy == "Local" && s.here(service)
}

// here tells whether a ready endpoint of the service's own IP version is on this node.
func (s *State) here(service objects.Service) bool {
	for _, slice := range s.Slices {
		if slice.Namespace != service.Namespace || slice.Labels[objects.ServiceName] != service.Name {
			continue
		}
		if slice.AddressType != "IPv"+version(service.Spec.ClusterIP) {
			continue
		}
		for _, endpoint := range slice.Endpoints {
			if endpoint.NodeName == s.Node && (endpoint.Conditions.Ready == nil || *endpoint.Conditions.Ready) {
				return true
			}
		}
	}
	return false
}

// addresses are those of a service that may be told: its cluster address, and what lies in the configured networks.
func addresses(service objects.Service, r ranges) (found []string) {
	if len(r.cluster) > 0 {
		found = append(found, service.Spec.ClusterIP)
	}
	for _, address := range service.Spec.ExternalIPs {
		if within(address, r.external) {
			found = append(found, address)
		}
	}
	for _, ingress := range service.Status.LoadBalancer.Ingress {
		if within(ingress.IP, r.balancer) {
			found = append(found, ingress.IP)
		}
	}
	return found
}

func within(address string, cidrs []string) bool {
	return slices.ContainsFunc(cidrs, func(cidr string) bool {
		_, network, err := net.ParseCIDR(cidr)
		return err == nil && network.Contains(net.ParseIP(address))
	})
}

// single tells whether the networks hold exactly this address.
func single(address string, cidrs []string) bool {
	return slices.ContainsFunc(cidrs, func(cidr string) bool {
		_, network, err := net.ParseCIDR(cidr)
		if err != nil || !network.Contains(net.ParseIP(address)) {
			return false
		}
		ones, bits := network.Mask.Size()
		return ones == bits
	})
}
