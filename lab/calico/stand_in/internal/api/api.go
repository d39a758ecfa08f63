// Package api reaches the Kubernetes API: one dynamic client for Kubernetes' and Calico's objects.
package api

import (
	"context"
	"fmt"
	"log"
	"net"
	"os"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// What the stand-in reads and writes.
var (
	Nodes        = core("nodes")
	Pods         = core("pods")
	Services     = core("services")
	Secrets      = core("secrets")
	Accounts     = core("serviceaccounts")
	Slices       = schema.GroupVersionResource{Group: "discovery.k8s.io", Version: "v1", Resource: "endpointslices"}
	BGPConfigs   = calico("bgpconfigurations")
	BGPPeers     = calico("bgppeers")
	BGPFilters   = calico("bgpfilters")
	IPPools      = calico("ippools")
	Affinities   = calico("blockaffinities")
	Blocks       = calico("ipamblocks")
	Informations = calico("clusterinformations")
)

// dialling bounds one attempt to connect: before kube-proxy runs, the API's service address leads nowhere.
const dialling = 2 * time.Second

func core(resource string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Version: "v1", Resource: resource}
}

func calico(resource string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "crd.projectcalico.org", Version: "v1", Resource: resource}
}

// Config is how the API is reached: a kubeconfig, or as a pod where the path is empty.
func Config(kubeconfig string) (*rest.Config, error) {
	config, err := load(kubeconfig)
	if err != nil {
		return nil, err
	}
	config.QPS, config.Burst = 50, 100
	config.Dial = (&net.Dialer{Timeout: dialling, KeepAlive: 15 * time.Second}).DialContext
	return config, nil
}

func load(kubeconfig string) (*rest.Config, error) {
	if kubeconfig != "" {
		return clientcmd.BuildConfigFromFlags("", kubeconfig)
	}
	return rest.InClusterConfig()
}

// Connect waits until the API answers; that may take as long as the cluster takes to come up.
func Connect(ctx context.Context) (dynamic.Interface, *rest.Config, error) {
	config, err := Config(os.Getenv("KUBECONFIG"))
	if err != nil {
		return nil, nil, err
	}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, nil, err
	}
	return client, config, wait(ctx, client)
}

func wait(ctx context.Context, client dynamic.Interface) error {
	for told := false; ; told = true {
		_, err := client.Resource(IPPools).List(ctx, metav1.ListOptions{Limit: 1})
		if err == nil {
			return nil
		}
		if !told {
			log.Printf("waiting for the Kubernetes API: %v", err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the Kubernetes API did not answer: %w", err)
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// Read turns an object into its shape in package objects.
func Read[T any](object *unstructured.Unstructured) (read T, err error) {
	err = runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &read)
	return read, err
}

// List reads all objects of a resource. One that cannot be read is left out and told.
func List[T any](ctx context.Context, client dynamic.Interface, of schema.GroupVersionResource) ([]T, error) {
	listed, err := client.Resource(of).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	all := make([]T, 0, len(listed.Items))
	for i := range listed.Items {
		if one, err := Read[T](&listed.Items[i]); err != nil {
			log.Printf("%s %s is left out: %v", of.Resource, listed.Items[i].GetName(), err)
		} else {
			all = append(all, one)
		}
	}
	return all, nil
}

// Written turns a shape into an object of a kind of Calico's.
func Written(kind string, value any) (*unstructured.Unstructured, error) {
	object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(value)
	if err != nil {
		return nil, err
	}
	written := &unstructured.Unstructured{Object: object}
	written.SetAPIVersion("crd.projectcalico.org/v1")
	written.SetKind(kind)
	return written, nil
}
