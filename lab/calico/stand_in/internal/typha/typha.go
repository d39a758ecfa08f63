// Package typha stands for Calico's Typha as far as its manifest asks: it is there and healthy. The stand-in for
// calico-node asks the API itself.
package typha

import (
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"os"
	"time"
)

// Run answers /liveness and /readiness on loopback until ctx ends.
func Run(ctx context.Context) error {
	log.Print("This is the lab's stand-in for Calico's Typha: nobody needs it here.")
	port := os.Getenv("TYPHA_HEALTHPORT")
	if port == "" {
		port = "9098"
	}
	healthy := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	server := &http.Server{Addr: net.JoinHostPort("127.0.0.1", port), Handler: healthy, ReadHeaderTimeout: time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
