package ipam

import (
	"context"
	"slices"

	"k8s.io/client-go/dynamic"

	"anchorage.local/lab/calico/internal/api"
)

// Handles are the handles of all addresses, with the pod (NAMESPACE/NAME) that each was handed out for. Some have none.
func Handles(blocks []Block) map[string]string {
	found := map[string]string{}
	for i := range blocks {
		for _, attribute := range blocks[i].Spec.Attributes {
			if attribute.Handle != nil && attribute.Secondary["pod"] != "" {
				found[*attribute.Handle] = attribute.Secondary["namespace"] + "/" + attribute.Secondary["pod"]
			}
		}
	}
	return found
}

// Leaks finds addresses whose pod is gone although its node never said so: the machine lost power, say. A pod must be
// missing in two rounds: it may be listed a moment after its address. `before` are the handles that the last round
// missed; the answer is what this one does, and what of it is given back.
func Leaks(handles map[string]string, pods map[string]bool, before []string) (missing, leaked []string) {
	for handle, pod := range handles {
		if pods[pod] {
			continue
		}
		missing = append(missing, handle)
		if slices.Contains(before, handle) {
			leaked = append(leaked, handle)
		}
	}
	return missing, leaked
}

// Held asks for the handles of all addresses.
func Held(ctx context.Context, client dynamic.Interface) (map[string]string, error) {
	blocks, err := api.List[Block](ctx, client, api.Blocks)
	return Handles(blocks), err
}
