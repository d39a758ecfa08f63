package node

import (
	"context"
	"log"
	"maps"
	"os"
	"sync"
	"time"

	"anchorage.local/lab/calico/internal/api"
	"anchorage.local/lab/calico/internal/keys"
	"anchorage.local/lab/calico/internal/place"
	"anchorage.local/lab/calico/internal/render"
)

const (
	// together is how long changes are gathered before they are rendered.
	together = 50 * time.Millisecond
	// again is how long the stand-in waits before it tries anew what failed.
	again = 2 * time.Second
)

// Run is calico-node: until ctx ends, and then until BIRD has closed its sessions.
func Run(ctx context.Context, settings Settings) error {
	log.Print("This is the lab's stand-in for calico-node: BIRD of Debian driven by Calico's own templates. " +
		"Felix, network policy and Typha are not here.")
	if settings.Backend != "bird" {
		log.Printf("CALICO_NETWORKING_BACKEND=%s is not imitated: no routes are exchanged", settings.Backend)
	}
	client, config, err := api.Connect(ctx)
	if err != nil {
		return err
	}
	for {
		err := start(ctx, client, settings)
		if err == nil {
			break
		}
		log.Printf("start-up: %v", err)
		if !pause(ctx, again) {
			return err
		}
	}
	health := serveHealth(ctx)
	var running sync.WaitGroup
	running.Go(func() { keepToken(ctx, client, config) })
	follow(ctx, settings, watch(ctx, client, settings), health, &running)
	running.Wait()
	return nil
}

// follow renders after every change.
func follow(ctx context.Context, settings Settings, seen *watcher, health *health, running *sync.WaitGroup) {
	birds := families()
	guard := guard{}
	for ctx.Err() == nil {
		state := seen.state(ctx)
		held := keys.Of(state)
		failed := guard.apply(held)
		for _, each := range birds {
			if settings.Backend == "bird" {
				if err := each.apply(ctx, settings, held, running); err != nil {
					failed = err
				}
			}
		}
		health.set(failed)
		if failed != nil {
			log.Print(failed)
			pause(ctx, again)
			continue
		}
		select {
		case <-ctx.Done():
		case <-seen.changed:
			pause(ctx, together)
		}
	}
}

// apply renders a family's files and hands them to BIRD if they differ from the last. BIRD starts with the first ones
// of a node that has an address of that family.
func (f *family) apply(ctx context.Context, settings Settings, held keys.Keys, running *sync.WaitGroup) error {
	if held["/bgp/v1/host/"+settings.Node+"/ip_addr_v"+f.version] == "" {
		return nil
	}
	files, err := render.Files(place.Of(templates), f.files, held, func(name string) string {
		if name == "NODENAME" {
			return settings.Node
		}
		return os.Getenv(name)
	})
	if err != nil {
		return err
	}
	for name, text := range files {
		files[name] = render.ForDebian(text)
	}
	if maps.Equal(files, f.last) {
		return nil
	}
	if err := f.daemon.Apply(files); err != nil {
		return err
	}
	f.last = files
	if !f.running {
		f.running = true
		running.Go(func() { f.daemon.Run(ctx) })
	}
	return nil
}

// pause waits, and tells whether there is reason to go on.
func pause(ctx context.Context, length time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(length):
		return true
	}
}
