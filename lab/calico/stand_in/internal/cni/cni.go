// Package cni is the CNI plugins `calico` and `calico-ipam`: a pod gets addresses of its node's blocks, a veth whose
// other end is caliXXXXXXXXXXX, and a gateway that the node answers for.
package cni

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// patience is how long one call may take; the container runtime then tries again.
const patience = 30 * time.Second

// versions are the versions of CNI that results are written for.
var versions = []string{"0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"}

// conf is what the plugins read of the network's configuration.
type conf struct {
	CNIVersion string `json:"cniVersion"`
	Name       string `json:"name"`
	Node       string `json:"nodename"`
	MTU        int    `json:"mtu"`
	LogFile    string `json:"log_file_path"`
	IPAM       struct {
		AssignIPv4 *string  `json:"assign_ipv4"`
		AssignIPv6 *string  `json:"assign_ipv6"`
		IPv4Pools  []string `json:"ipv4_pools"`
		IPv6Pools  []string `json:"ipv6_pools"`
	} `json:"ipam"`
	Kubernetes struct {
		Kubeconfig string `json:"kubeconfig"`
	} `json:"kubernetes"`
}

// call is one call of a plugin, as the container runtime puts it into the environment.
type call struct {
	command, container, netns, device, namespace, pod string
}

type failure struct {
	CNIVersion string `json:"cniVersion"`
	Code       int    `json:"code"`
	Message    string `json:"msg"`
}

// Main runs a plugin and returns its exit code.
func Main(plugin string, in io.Reader, out io.Writer) int {
	var read conf
	text, err := io.ReadAll(in)
	if err == nil && len(text) > 0 {
		err = json.Unmarshal(text, &read)
	}
	asked := ask(os.Getenv)
	if asked.command == "VERSION" {
		return answer(out, map[string]any{"cniVersion": "1.0.0", "supportedVersions": versions})
	}
	var result any
	if err == nil {
		result, err = run(plugin, read, asked)
	}
	record(read, asked, result, err)
	if err != nil {
		answer(out, failure{read.CNIVersion, 999, "calico (the lab's stand-in): " + err.Error()})
		return 1
	}
	if result != nil {
		return answer(out, result)
	}
	return 0
}

func run(plugin string, read conf, asked call) (any, error) {
	if !slices.Contains(versions, read.CNIVersion) {
		return nil, fmt.Errorf("cniVersion %q is not among %s", read.CNIVersion, strings.Join(versions, ", "))
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	switch asked.command {
	case "ADD":
		return add(ctx, plugin, read, asked)
	case "DEL":
		return nil, remove(ctx, plugin, read, asked)
	case "CHECK", "STATUS", "GC":
		return nil, nil
	}
	return nil, fmt.Errorf("CNI_COMMAND is %q", asked.command)
}

func ask(getenv func(string) string) call {
	asked := call{
		command: getenv("CNI_COMMAND"), container: getenv("CNI_CONTAINERID"),
		netns: getenv("CNI_NETNS"), device: getenv("CNI_IFNAME"),
	}
	for _, pair := range strings.Split(getenv("CNI_ARGS"), ";") {
		switch name, value, _ := strings.Cut(pair, "="); name {
		case "K8S_POD_NAMESPACE":
			asked.namespace = value
		case "K8S_POD_NAME":
			asked.pod = value
		}
	}
	return asked
}

// add hands out addresses, and connects the pod unless only the addresses were asked for.
func add(ctx context.Context, plugin string, read conf, asked call) (any, error) {
	addresses, err := assign(ctx, read, asked)
	if err != nil || plugin == "calico-ipam" {
		return result(read, "", addresses), err
	}
	host := deviceName(asked)
	if err := connect(asked, host, addresses, read.mtu()); err != nil {
		_ = free(ctx, read, asked)
		return nil, err
	}
	return result(read, host, addresses), nil
}

func remove(ctx context.Context, plugin string, read conf, asked call) error {
	if plugin != "calico-ipam" {
		if err := disconnect(asked); err != nil {
			return err
		}
	}
	return free(ctx, read, asked)
}

// result is CNI's. Since 1.0.0 an address no longer says which IP version it is of.
func result(read conf, host string, addresses []netip.Addr) map[string]any {
	ips := []map[string]any{}
	for _, address := range addresses {
		ip := map[string]any{"address": netip.PrefixFrom(address, address.BitLen()).String()}
		if strings.HasPrefix(read.CNIVersion, "0.") {
			ip["version"] = map[bool]string{true: "4", false: "6"}[address.Is4()]
		}
		ips = append(ips, ip)
	}
	made := map[string]any{"cniVersion": read.CNIVersion, "ips": ips, "dns": map[string]any{}}
	if host != "" {
		made["interfaces"] = []map[string]any{{"name": host}}
	}
	return made
}

func answer(out io.Writer, value any) int {
	if err := json.NewEncoder(out).Encode(value); err != nil {
		return 1
	}
	return 0
}

// record writes a line to the log file of the configuration: it is all that is left of a plugin that ended.
func record(read conf, asked call, result any, failed error) {
	if read.LogFile == "" {
		return
	}
	if err := os.MkdirAll(filepath.Dir(read.LogFile), 0o755); err != nil {
		return
	}
	file, err := os.OpenFile(read.LogFile, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return
	}
	defer file.Close()
	text, _ := json.Marshal(result)
	fmt.Fprintf(file, "%s stand-in %s %s/%s %s: %s %v\n", time.Now().UTC().Format(time.RFC3339Nano), asked.command,
		asked.namespace, asked.pod, asked.container, text, failed)
}
