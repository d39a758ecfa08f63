// Package node is the stand-in for calico-node: it watches the API, renders Calico's own BIRD templates and runs BIRD.
package node

import (
	"os"
	"strings"

	"anchorage.local/lab/calico/internal/bird"
	"anchorage.local/lab/calico/internal/place"
	"anchorage.local/lab/calico/internal/render"
)

// Settings are what Calico's manifest gives calico-node in its environment.
type Settings struct {
	Node, Namespace string
	IP, IP6         string // an address, autodetect, none; empty: what the node's annotation says
	Method, Method6 string // IP_AUTODETECTION_METHOD, IP6_AUTODETECTION_METHOD
	AS              string // this node's own AS number
	NoDefaultPools  bool
	PoolV4          string // CALICO_IPV4POOL_CIDR
	Backend         string // CALICO_NETWORKING_BACKEND
}

// FromEnvironment reads them.
func FromEnvironment() Settings {
	name := os.Getenv("NODENAME")
	if name == "" {
		name, _ = os.Hostname()
	}
	return Settings{
		Node: strings.ToLower(name), Namespace: or(os.Getenv("NAMESPACE"), "kube-system"),
		IP: os.Getenv("IP"), IP6: os.Getenv("IP6"), AS: os.Getenv("AS"),
		Method: os.Getenv("IP_AUTODETECTION_METHOD"), Method6: os.Getenv("IP6_AUTODETECTION_METHOD"),
		NoDefaultPools: os.Getenv("NO_DEFAULT_POOLS") == "true",
		PoolV4:         or(os.Getenv("CALICO_IPV4POOL_CIDR"), "192.168.0.0/16"),
		Backend:        or(os.Getenv("CALICO_NETWORKING_BACKEND"), "bird"),
	}
}

func or(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

// Where things lie: at Calico's own paths.
const (
	templates = "/etc/calico/confd/templates"
	config    = "/etc/calico/confd/config"
	run       = "/var/run/calico"
	kept      = "/var/lib/calico"
	// cniConfig is the machine's directory, mounted into the container.
	cniConfig = "/host/etc/cni/net.d"
)

// family is BIRD for one IP version.
type family struct {
	version string
	daemon  *bird.Daemon
	files   []string
	last    map[string]string
	running bool
}

func families() []*family {
	made := func(version, program string, files []string) *family {
		return &family{version: version, files: files, daemon: &bird.Daemon{
			Program: program, Config: place.Of(config + "/" + program + ".cfg"), Socket: Socket(program),
		}}
	}
	return []*family{made("4", "bird", render.V4), made("6", "bird6", render.V6)}
}

// Socket is the control socket of bird or bird6.
func Socket(program string) string { return place.Of(run + "/" + program + ".ctl") }
