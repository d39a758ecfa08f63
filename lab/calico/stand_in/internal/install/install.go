// Package install puts the CNI plugins and their configuration onto a node, as Calico's installer does: it is the init
// container of calico-node.
package install

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"anchorage.local/lab/calico/internal/api"
	"anchorage.local/lab/calico/internal/kubeconfig"
	"anchorage.local/lab/calico/internal/place"
)

// Paths in the container; those below /host are the node's.
const (
	plugins     = "/opt/cni/bin"
	hostPlugins = "/host/opt/cni/bin"
	hostConfig  = "/host/etc/cni/net.d"
)

// Run installs plugins, kubeconfig and configuration, in this order: the last one makes the kubelet call the first.
func Run(ctx context.Context) error {
	log.Print("This is the lab's stand-in for Calico's CNI installer.")
	if err := copyPlugins(place.Of(plugins), place.Of(hostPlugins)); err != nil {
		return err
	}
	client, config, err := api.Connect(ctx)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(place.Of(hostConfig), 0o755); err != nil {
		return err
	}
	if err := kubeconfig.Write(ctx, client, config, place.Of(hostConfig)); err != nil {
		return fmt.Errorf("the CNI plugin's kubeconfig: %w", err)
	}
	return writeConfig(place.Of(hostConfig), os.LookupEnv)
}

func copyPlugins(from, to string) error {
	files, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	skipped := strings.Split(os.Getenv("SKIP_CNI_BINARIES"), ",")
	placed := map[string]string{}
	for _, file := range files {
		source, err := filepath.EvalSymlinks(filepath.Join(from, file.Name()))
		if err != nil {
			return err
		}
		if file.Name() == "install" || slices.Contains(skipped, file.Name()) {
			continue
		}
		target := filepath.Join(to, file.Name())
		if err := replace(source, target, placed[source]); err != nil {
			return err
		}
		placed[source] = target
	}
	log.Printf("installed the plugins of %s", from)
	return nil
}

// replace copies a file beside its place and renames it: it may be running. One that is placed already is linked.
func replace(from, to, placed string) error {
	part := to + ".tmp"
	if err := os.RemoveAll(part); err != nil {
		return err
	}
	if placed != "" && os.Link(placed, part) == nil {
		return os.Rename(part, to)
	}
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.WriteFile(part, content, 0o755); err != nil { //nolint:gosec // it is a program
		return err
	}
	return os.Rename(part, to)
}

// writeConfig fills CNI_NETWORK_CONFIG of Calico's ConfigMap and puts it where the container runtime looks.
func writeConfig(folder string, lookup func(string) (string, bool)) error {
	get := func(name, fallback string) string {
		if value, found := lookup(name); found {
			return value
		}
		return fallback
	}
	text := fill(get("CNI_NETWORK_CONFIG", ""), get)
	if !json.Valid([]byte(text)) {
		return fmt.Errorf("CNI_NETWORK_CONFIG is no JSON once it is filled")
	}
	path := filepath.Join(folder, get("CNI_CONF_NAME", "10-calico.conflist"))
	if err := os.WriteFile(path+".tmp", []byte(text), 0o644); err != nil { //nolint:gosec // others read it
		return err
	}
	log.Printf("wrote %s", path)
	return os.Rename(path+".tmp", path)
}

// fill replaces the words that Calico's installer replaces.
func fill(text string, get func(name, fallback string) string) string {
	hostname, _ := os.Hostname()
	return strings.NewReplacer(
		"__LOG_LEVEL__", get("LOG_LEVEL", "info"),
		"__LOG_FILE_PATH__", get("LOG_FILE_PATH", "/var/log/calico/cni/cni.log"),
		"__LOG_FILE_MAX_SIZE__", get("LOG_FILE_MAX_SIZE", "100"),
		"__LOG_FILE_MAX_AGE__", get("LOG_FILE_MAX_AGE", "30"),
		"__LOG_FILE_MAX_COUNT__", get("LOG_FILE_MAX_COUNT", "10"),
		"__DATASTORE_TYPE__", get("DATASTORE_TYPE", "kubernetes"),
		"__KUBERNETES_NODE_NAME__", get("KUBERNETES_NODE_NAME", hostname),
		"__KUBECONFIG_FILEPATH__", get("CNI_NET_DIR", "/etc/cni/net.d")+"/calico-kubeconfig",
		"__CNI_MTU__", get("CNI_MTU", "1500"),
		"__KUBERNETES_SERVICE_HOST__", get("KUBERNETES_SERVICE_HOST", ""),
		"__KUBERNETES_SERVICE_PORT__", get("KUBERNETES_SERVICE_PORT", ""),
	).Replace(text)
}
