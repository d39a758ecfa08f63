package node

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"anchorage.local/lab/calico/internal/bird"
	"anchorage.local/lab/calico/internal/place"
)

// healthPort is Felix's.
const healthPort = "9099"

// settling is how long after the start every session must stand for the node to be ready; later one is enough.
const settling = 30 * time.Second

// health answers for Felix, on loopback: live while it runs, ready while what the API says is applied.
type health struct {
	lock   sync.Mutex
	failed error
	seen   bool
}

func (h *health) set(failed error) {
	h.lock.Lock()
	defer h.lock.Unlock()
	h.failed, h.seen = failed, true
}

func (h *health) ServeHTTP(reply http.ResponseWriter, request *http.Request) {
	h.lock.Lock()
	defer h.lock.Unlock()
	if request.URL.Path == "/readiness" && (!h.seen || h.failed != nil) {
		reply.WriteHeader(http.StatusServiceUnavailable)
	}
}

func serveHealth(ctx context.Context) *health {
	h := &health{}
	server := &http.Server{Addr: net.JoinHostPort("127.0.0.1", healthPort), Handler: h, ReadHeaderTimeout: time.Second}
	go func() {
		if err := server.ListenAndServe(); err != http.ErrServerClosed {
			log.Printf("health is not served: %v", err)
		}
	}()
	context.AfterFunc(ctx, func() { _ = server.Close() })
	return h
}

// Check answers one of the probes of Calico's manifest.
func Check(probe string) error {
	switch probe {
	case "felix-live":
		return felix("liveness")
	case "felix-ready":
		return felix("readiness")
	case "bird-live", "bird6-live":
		_, err := bird.Ask(Socket(strings.TrimSuffix(probe, "-live")), "show status")
		return err
	case "bird-ready", "bird6-ready":
		return birdReady(strings.TrimSuffix(probe, "-ready"))
	}
	return fmt.Errorf("what is to be checked by %q?", probe)
}

func felix(what string) error {
	client := http.Client{Timeout: 5 * time.Second}
	reply, err := client.Get("http://" + net.JoinHostPort("127.0.0.1", healthPort) + "/" + what)
	if err != nil {
		return err
	}
	defer reply.Body.Close()
	if reply.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s: %s", what, reply.Status)
	}
	return nil
}

// birdReady follows calico-node's own check (node/pkg/health in its source): at the start every session must stand and
// no graceful restart be under way, later one session is enough.
func birdReady(program string) error {
	started, err := os.Stat(place.Of(kept + "/nodename"))
	if err != nil {
		return err
	}
	sessions, err := bird.Sessions(Socket(program))
	if err != nil || len(sessions) == 0 {
		return err
	}
	var missing []string
	for _, session := range sessions {
		if !session.Established() {
			missing = append(missing, session.Address)
		}
	}
	starting := time.Since(started.ModTime()) < settling
	if starting && len(missing) > 0 || len(missing) == len(sessions) {
		return fmt.Errorf("BGP not established with %s", strings.Join(missing, ","))
	}
	if starting {
		if recovering, err := bird.Recovering(Socket(program)); err != nil || recovering {
			return fmt.Errorf("graceful restart in progress (%v)", err)
		}
	}
	return nil
}
