package node

import (
	"context"
	"log"
	"os"
	"time"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"anchorage.local/lab/calico/internal/kubeconfig"
	"anchorage.local/lab/calico/internal/place"
)

// keepToken renews the CNI plugin's token long before it ends.
func keepToken(ctx context.Context, client dynamic.Interface, config *rest.Config) {
	folder := place.Of(cniConfig)
	if _, err := os.Stat(folder); err != nil {
		return
	}
	for {
		wait := kubeconfig.Lifetime / 4
		if err := kubeconfig.Write(ctx, client, config, folder); err != nil {
			log.Printf("the CNI plugin's token: %v", err)
			wait = time.Minute
		}
		if !pause(ctx, wait) {
			return
		}
	}
}
