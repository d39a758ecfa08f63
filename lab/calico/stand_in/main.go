// The lab's stand-in for Calico's programs: one binary that is what it is called by.
//
//	calico-node       the container calico-node; with Calico's own flags its probes, its hook and its init container
//	birdcl            asks BIRD, as in Calico's image
//	install           the init container install-cni
//	calico            the CNI plugin; calico-ipam hands out addresses alone
//	calico-typha      the container calico-typha: healthy, and nothing else
//	kube-controllers  the container calico-kube-controllers; check-status is its probe
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"anchorage.local/lab/calico/internal/api"
	"anchorage.local/lab/calico/internal/bird"
	"anchorage.local/lab/calico/internal/cni"
	"anchorage.local/lab/calico/internal/controllers"
	"anchorage.local/lab/calico/internal/install"
	"anchorage.local/lab/calico/internal/node"
	"anchorage.local/lab/calico/internal/typha"
)

func main() {
	log.SetFlags(log.LstdFlags | log.LUTC | log.Lmicroseconds)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, filepath.Base(os.Args[0]), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, name string, words []string) error {
	switch name {
	case "calico-node":
		return calicoNode(ctx, words)
	case "install":
		return install.Run(ctx)
	case "calico", "calico-ipam":
		if slices.Contains(words, "-upgrade") {
			log.Print("There is no host-local IPAM to upgrade from.")
			return nil
		}
		os.Exit(cni.Main(name, os.Stdin, os.Stdout))
	case "kube-controllers":
		return controllers.Run(ctx)
	case "calico-typha":
		return typha.Run(ctx)
	case "birdcl":
		return bird.Client(words, os.Stdout)
	case "check-status":
		return controllers.Check(slices.Contains(words, "-r"))
	}
	return fmt.Errorf("called as %s, this program is nothing", name)
}

// calicoNode runs, or answers Calico's flags: -felix-live, -bird-ready and their like, -shutdown, -init.
func calicoNode(ctx context.Context, words []string) error {
	settings := node.FromEnvironment()
	if len(words) == 0 {
		return node.Run(ctx, settings)
	}
	for _, word := range words {
		flag := strings.TrimLeft(word, "-")
		switch {
		case flag == "init" || flag == "best-effort":
			log.Print("The stand-in has no eBPF data plane: nothing to mount.")
		case flag == "v":
			fmt.Println(os.Getenv("STAND_IN_FOR"), "(the lab's stand-in)")
		case flag == "shutdown":
			if err := shutdown(ctx, settings); err != nil {
				return err
			}
		default:
			if err := node.Check(flag); err != nil {
				return fmt.Errorf("calico/node is not ready: %w", err)
			}
		}
	}
	return nil
}

func shutdown(ctx context.Context, settings node.Settings) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	client, _, err := api.Connect(ctx)
	if err != nil {
		return err
	}
	return node.Shutdown(ctx, client, settings.Node)
}
