// Package objects holds what the stand-in reads of Kubernetes' and Calico's objects: the fields in use and no more.
package objects

// Meta is what every object has.
type Meta struct {
	Name        string            `json:"name"`
	Namespace   string            `json:"namespace,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// Node is v1.
type Node struct {
	Meta   `json:"metadata"`
	Status struct {
		Addresses []struct {
			Type    string `json:"type"`
			Address string `json:"address"`
		} `json:"addresses"`
	} `json:"status"`
}

// The annotations in which Calico keeps a node's BGP settings.
const (
	IPv4Address    = "projectcalico.org/IPv4Address"
	IPv6Address    = "projectcalico.org/IPv6Address"
	ASNumber       = "projectcalico.org/ASNumber"
	RouteReflector = "projectcalico.org/RouteReflectorClusterID"
)

// Service is v1.
type Service struct {
	Meta `json:"metadata"`
	Spec struct {
		Type                  string   `json:"type"`
		ClusterIP             string   `json:"clusterIP"`
		ClusterIPs            []string `json:"clusterIPs"`
		ExternalIPs           []string `json:"externalIPs"`
		LoadBalancerIP        string   `json:"loadBalancerIP"`
		ExternalTrafficPolicy string   `json:"externalTrafficPolicy"`
	} `json:"spec"`
	Status struct {
		LoadBalancer struct {
			Ingress []struct {
				IP string `json:"ip"`
			} `json:"ingress"`
		} `json:"loadBalancer"`
	} `json:"status"`
}

// EndpointSlice is discovery.k8s.io/v1.
type EndpointSlice struct {
	Meta        `json:"metadata"`
	AddressType string     `json:"addressType"`
	Endpoints   []Endpoint `json:"endpoints"`
}

// Endpoint is one of an EndpointSlice's. A missing Ready counts as true.
type Endpoint struct {
	Addresses  []string `json:"addresses"`
	NodeName   string   `json:"nodeName"`
	Conditions struct {
		Ready *bool `json:"ready"`
	} `json:"conditions"`
}

// ServiceName is the label that names an EndpointSlice's service.
const ServiceName = "kubernetes.io/service-name"

// Secret is v1. Data is base64, decoded by JSON.
type Secret struct {
	Meta `json:"metadata"`
	Data map[string][]byte `json:"data"`
}

// CIDR is how BGPConfiguration wraps a network.
type CIDR struct {
	CIDR string `json:"cidr"`
}

// SecretRef names a key of a Secret in calico-node's namespace.
type SecretRef struct {
	SecretKeyRef *struct {
		Name string `json:"name"`
		Key  string `json:"key"`
	} `json:"secretKeyRef"`
}

// BGPConfiguration: `default` holds for all nodes, `node.NAME` for one.
type BGPConfiguration struct {
	Meta `json:"metadata"`
	Spec struct {
		LogSeverityScreen      string     `json:"logSeverityScreen"`
		NodeToNodeMeshEnabled  *bool      `json:"nodeToNodeMeshEnabled"`
		ASNumber               Number     `json:"asNumber"`
		ListenPort             uint16     `json:"listenPort"`
		BindMode               *string    `json:"bindMode"`
		IgnoredInterfaces      []string   `json:"ignoredInterfaces"`
		ServiceClusterIPs      []CIDR     `json:"serviceClusterIPs"`
		ServiceExternalIPs     []CIDR     `json:"serviceExternalIPs"`
		ServiceLoadBalancerIPs []CIDR     `json:"serviceLoadBalancerIPs"`
		NodeMeshPassword       *SecretRef `json:"nodeMeshPassword"`
		NodeMeshMaxRestartTime *Duration  `json:"nodeMeshMaxRestartTime"`
		Communities            []struct {
			Name  string `json:"name"`
			Value string `json:"value"`
		} `json:"communities"`
		PrefixAdvertisements []struct {
			CIDR        string   `json:"cidr"`
			Communities []string `json:"communities"`
		} `json:"prefixAdvertisements"`
	} `json:"spec"`
}

// BGPPeer is what some nodes, or all, peer with.
type BGPPeer struct {
	Meta `json:"metadata"`
	Spec struct {
		Node                     string     `json:"node"`
		NodeSelector             string     `json:"nodeSelector"`
		PeerIP                   string     `json:"peerIP"`
		PeerSelector             string     `json:"peerSelector"`
		ASNumber                 Number     `json:"asNumber"`
		Password                 *SecretRef `json:"password"`
		SourceAddress            string     `json:"sourceAddress"`
		MaxRestartTime           *Duration  `json:"maxRestartTime"`
		KeepOriginalNextHop      bool       `json:"keepOriginalNextHop"`
		NumAllowedLocalASNumbers int32      `json:"numAllowedLocalASNumbers"`
		TTLSecurity              uint8      `json:"ttlSecurity"`
		ReachableBy              string     `json:"reachableBy"`
		Filters                  []string   `json:"filters"`
	} `json:"spec"`
}

// BGPFilter has rules for what is taken from a peer and told to it.
type BGPFilter struct {
	Meta `json:"metadata"`
	Spec struct {
		ExportV4 []FilterRule `json:"exportV4,omitempty"`
		ImportV4 []FilterRule `json:"importV4,omitempty"`
		ExportV6 []FilterRule `json:"exportV6,omitempty"`
		ImportV6 []FilterRule `json:"importV6,omitempty"`
	} `json:"spec"`
}

// FilterRule is one rule of a BGPFilter.
type FilterRule struct {
	CIDR          string `json:"cidr,omitempty"`
	MatchOperator string `json:"matchOperator,omitempty"`
	Source        string `json:"source,omitempty"`
	Interface     string `json:"interface,omitempty"`
	Action        string `json:"action"`
}

// IPPool is a network that pods get addresses from.
type IPPool struct {
	Meta `json:"metadata"`
	Spec struct {
		CIDR             string   `json:"cidr"`
		BlockSize        int      `json:"blockSize"`
		IPIPMode         string   `json:"ipipMode"`
		VXLANMode        string   `json:"vxlanMode"`
		NATOutgoing      bool     `json:"natOutgoing"`
		Disabled         bool     `json:"disabled"`
		DisableBGPExport bool     `json:"disableBGPExport"`
		NodeSelector     string   `json:"nodeSelector"`
		AllowedUses      []string `json:"allowedUses"`
	} `json:"spec"`
}

// BlockAffinity says that a node owns a block of a pool.
type BlockAffinity struct {
	Meta `json:"metadata"`
	Spec BlockAffinitySpec `json:"spec"`
}

// BlockAffinitySpec is as Calico writes it: Deleted is a string.
type BlockAffinitySpec struct {
	State   string `json:"state"`
	Node    string `json:"node"`
	CIDR    string `json:"cidr"`
	Deleted string `json:"deleted"`
}
