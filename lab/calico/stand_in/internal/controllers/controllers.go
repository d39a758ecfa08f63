// Package controllers is the stand-in for Calico's kube-controllers: it gives back the IP blocks of nodes that are
// gone, and the addresses of pods that are.
package controllers

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/tools/cache"

	"anchorage.local/lab/calico/internal/api"
	"anchorage.local/lab/calico/internal/ipam"
	"anchorage.local/lab/calico/internal/place"
)

const (
	status = "/status/status.json"
	// often is how often everything is looked at without a reason; stale is when a status no longer counts.
	often = 30 * time.Second
	stale = 3 * often
)

type report struct {
	Ready  bool      `json:"ready"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

// Run collects until ctx ends: when a node goes, and now and then.
func Run(ctx context.Context) error {
	log.Print("This is the lab's stand-in for Calico's kube-controllers.")
	client, _, err := api.Connect(ctx)
	if err != nil {
		return err
	}
	factory := dynamicinformer.NewDynamicSharedInformerFactory(client, 0)
	nodes := factory.ForResource(api.Nodes).Informer()
	gone := make(chan struct{}, 1)
	if _, err := nodes.AddEventHandler(cache.ResourceEventHandlerFuncs{DeleteFunc: func(any) {
		select {
		case gone <- struct{}{}:
		default:
		}
	}}); err != nil {
		return err
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	var missing []string
	for ctx.Err() == nil {
		err := collect(ctx, client)
		if err == nil {
			missing, err = release(ctx, client, missing)
		}
		write(err)
		select {
		case <-ctx.Done():
		case <-gone:
		case <-time.After(often):
		}
	}
	return nil
}

// collect asks for the nodes anew: what a cache has not seen yet must not lose its addresses.
func collect(ctx context.Context, client dynamic.Interface) error {
	listed, err := client.Resource(api.Nodes).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for _, node := range listed.Items {
		there[node.GetName()] = true
	}
	taken, err := ipam.Collect(ctx, client, func(node string) bool { return there[node] })
	for _, one := range taken {
		log.Printf("gave back %s, which is gone", one)
	}
	return err
}

// release gives back addresses of pods that are gone. It returns what is missing now, for the next round.
func release(ctx context.Context, client dynamic.Interface, before []string) ([]string, error) {
	handles, err := ipam.Held(ctx, client)
	if err != nil {
		return nil, err
	}
	listed, err := client.Resource(api.Pods).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	pods := map[string]bool{}
	for _, pod := range listed.Items {
		pods[pod.GetNamespace()+"/"+pod.GetName()] = true
	}
	missing, leaked := ipam.Leaks(handles, pods, before)
	for _, handle := range leaked {
		if err := ipam.Release(ctx, client, handle); err != nil {
			return missing, err
		}
		log.Printf("gave back the address of %s, which is gone", handles[handle])
	}
	return missing, nil
}

func write(failed error) {
	made := report{Ready: failed == nil, At: time.Now()}
	if failed != nil {
		log.Print(failed)
		made.Reason = failed.Error()
	}
	text, err := json.Marshal(made)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(place.Of(status)), 0o755)
	}
	if err == nil {
		err = os.WriteFile(place.Of(status), text, 0o644)
	}
	if err != nil {
		log.Print(err)
	}
}

// Check is check-status: -l asks whether the controller goes on, -r whether its last round went well.
func Check(ready bool) error {
	text, err := os.ReadFile(place.Of(status))
	if err != nil {
		return err
	}
	var read report
	if err := json.Unmarshal(text, &read); err != nil {
		return err
	}
	if age := time.Since(read.At); age > stale {
		return fmt.Errorf("the last round was %v ago", age.Round(time.Second))
	}
	if ready && !read.Ready {
		return fmt.Errorf("not ready: %s", read.Reason)
	}
	return nil
}
