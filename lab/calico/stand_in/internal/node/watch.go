package node

import (
	"context"
	"log"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/tools/cache"

	"anchorage.local/lab/calico/internal/api"
	"anchorage.local/lab/calico/internal/keys"
	"anchorage.local/lab/calico/internal/objects"
)

// watcher holds what the API says, and tells when that changes.
type watcher struct {
	client    dynamic.Interface
	settings  Settings
	informers map[schema.GroupVersionResource]cache.SharedIndexInformer
	changed   chan struct{}

	lock    sync.Mutex
	secrets map[string]*secret
	told    map[string]bool // problems that the log has
}

type secret struct {
	informer cache.SharedIndexInformer
	stop     context.CancelFunc
}

// watch starts watching and returns when everything has been seen once.
func watch(ctx context.Context, client dynamic.Interface, settings Settings) *watcher {
	w := &watcher{
		client: client, settings: settings, changed: make(chan struct{}, 1), secrets: map[string]*secret{},
		informers: map[schema.GroupVersionResource]cache.SharedIndexInformer{}, told: map[string]bool{},
	}
	factory := dynamicinformer.NewDynamicSharedInformerFactory(client, 0)
	for _, of := range []schema.GroupVersionResource{
		api.Nodes, api.Services, api.Slices, api.BGPConfigs, api.BGPPeers, api.BGPFilters, api.IPPools, api.Affinities,
	} {
		w.informers[of] = factory.ForResource(of).Informer()
		w.listen(w.informers[of])
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	return w
}

func (w *watcher) listen(informer cache.SharedIndexInformer) {
	if err := informer.SetTransform(slim); err != nil {
		panic(err) // only after its start
	}
	wake := func() {
		select {
		case w.changed <- struct{}{}:
		default:
		}
	}
	if _, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: func(any) { wake() }, UpdateFunc: func(any, any) { wake() }, DeleteFunc: func(any) { wake() },
	}); err != nil {
		panic(err) // only when stopped
	}
}

// slim forgets what is large and never read.
func slim(object any) (any, error) {
	if one, ok := object.(*unstructured.Unstructured); ok {
		one.SetManagedFields(nil)
		unstructured.RemoveNestedField(one.Object, "status", "images")
	}
	return object, nil
}

// state is everything as it stands. Secrets that are newly referred to are fetched first.
func (w *watcher) state(ctx context.Context) keys.State {
	s := keys.State{
		Node: w.settings.Node, Problems: w.problem,
		Nodes:      all[objects.Node](w, api.Nodes),
		BGPConfigs: all[objects.BGPConfiguration](w, api.BGPConfigs),
		Peers:      all[objects.BGPPeer](w, api.BGPPeers),
		Filters:    all[objects.BGPFilter](w, api.BGPFilters),
		Pools:      all[objects.IPPool](w, api.IPPools),
		Affinities: all[objects.BlockAffinity](w, api.Affinities),
		Services:   all[objects.Service](w, api.Services),
		Slices:     all[objects.EndpointSlice](w, api.Slices),
	}
	s.Secrets = w.passwords(ctx, s.SecretNames())
	return s
}

func all[T any](w *watcher, of schema.GroupVersionResource) (found []T) {
	for _, object := range w.informers[of].GetStore().List() {
		one, err := api.Read[T](object.(*unstructured.Unstructured))
		if err != nil {
			w.problem(of.Resource + " " + object.(*unstructured.Unstructured).GetName() + " is left out: " + err.Error())
			continue
		}
		found = append(found, one)
	}
	return found
}

// passwords watches exactly the Secrets that are named, each by its name: more is not allowed to calico-node.
func (w *watcher) passwords(ctx context.Context, names map[string]bool) map[string]map[string][]byte {
	w.lock.Lock()
	defer w.lock.Unlock()
	for name, known := range w.secrets {
		if !names[name] {
			known.stop()
			delete(w.secrets, name)
		}
	}
	held := map[string]map[string][]byte{}
	for name := range names {
		if w.secrets[name] == nil {
			w.secrets[name] = w.follow(ctx, name)
		}
		for _, object := range w.secrets[name].informer.GetStore().List() {
			if one, err := api.Read[objects.Secret](object.(*unstructured.Unstructured)); err == nil {
				held[name] = one.Data
			}
		}
	}
	return held
}

// follow watches a Secret. It waits a moment for it, so that a session need not begin without its password.
func (w *watcher) follow(ctx context.Context, name string) *secret {
	ctx, stop := context.WithCancel(ctx)
	informer := dynamicinformer.NewFilteredDynamicInformer(w.client, api.Secrets, w.settings.Namespace, 0,
		cache.Indexers{}, func(options *metav1.ListOptions) { options.FieldSelector = "metadata.name=" + name }).Informer()
	w.listen(informer)
	go informer.RunWithContext(ctx)
	soon, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	cache.WaitForCacheSync(soon.Done(), informer.HasSynced)
	return &secret{informer, stop}
}

// problem is logged once.
func (w *watcher) problem(text string) {
	if !w.told[text] {
		w.told[text] = true
		log.Print(text)
	}
}
