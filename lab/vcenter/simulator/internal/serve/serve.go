// Package serve puts the engine, our inventory and our mending of the engine together behind one TLS address.
package serve

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"

	"anchorage.local/lab/vcenter/internal/access"
	"anchorage.local/lab/vcenter/internal/calls"
	"anchorage.local/lab/vcenter/internal/faults"
	"anchorage.local/lab/vcenter/internal/guests"
	"anchorage.local/lab/vcenter/internal/inventory"
	"anchorage.local/lab/vcenter/internal/space"
	"anchorage.local/lab/vcenter/internal/waits"

	// Each adds its endpoints. Never ssoadmin/simulator: it takes the place of our check of passwords.
	_ "github.com/vmware/govmomi/pbm/simulator"
	_ "github.com/vmware/govmomi/vapi/cluster/simulator"
	_ "github.com/vmware/govmomi/vapi/simulator"
	_ "github.com/vmware/govmomi/vapi/vm/simulator"
)

// FullName says in the sign-in reply that this is a simulator.
const FullName = "VMware vCenter Server 8.0.3 (Anchorage lab: simulated)"

// Options are what the program is told.
type Options struct {
	Listen      string // HOST:PORT, port 0 for any
	Certificate tls.Certificate
	Users       access.Users
	Site        inventory.Site
	FaultsFile  string
	Hook        guests.Hook
}

// Start serves until the context ends. It gives the address that it listens on.
func Start(ctx context.Context, o Options) (address string, stop func(), err error) {
	if err := loopbackOnly(o.Listen); err != nil {
		return "", nil, err
	}
	model := emptyModel()
	if err := model.Create(); err != nil {
		return "", nil, err
	}
	objects := model.Map()
	watcher := guests.New(ctx, objects, o.Hook)
	collector := new(waits.Collector)
	collector.Self = model.ServiceContent.PropertyCollector
	objects.Put(collector)
	objects.Handler = calls.Chain(
		calls.MendReferences, o.Users.Step, faults.New(o.FaultsFile).Step, calls.NameTaken,
		calls.MendPools, calls.EndImport, watcher.Step, space.Step,
	)
	if err := build(ctx, model, o.Site); err != nil {
		model.Remove()
		return "", nil, err
	}
	o.Users.Install(objects)
	objects.SessionManager().ValidLogin = o.Users.Valid
	server := listen(model, o)
	return server.URL.Host, func() { server.CloseClientConnections(); model.Remove() }, nil
}

// emptyModel is a vCenter 8.0.3 that holds nothing.
func emptyModel() *simulator.Model {
	model := simulator.VPX()
	model.Datacenter, model.Cluster, model.Host, model.Machine, model.Portgroup = 0, 0, 0, 0, 0
	about := &model.ServiceContent.About
	about.Version, about.ApiVersion, about.FullName = "8.0.3", "8.0.3.0", FullName
	return model
}

func build(ctx context.Context, model *simulator.Model, site inventory.Site) error {
	client, err := vim25.NewClient(ctx, model.Service)
	if err != nil {
		return err
	}
	return inventory.Build(ctx, client, model.Map(), home(model.Map()), site)
}

// home is the engine's temporary directory, which it takes away at its end.
func home(objects *simulator.Registry) string {
	for _, option := range objects.OptionManager().Setting {
		if value := option.GetOptionValue(); value.Key == "vcsim.home" {
			return value.Value.(string)
		}
	}
	return ""
}

func listen(model *simulator.Model, o Options) *simulator.Server {
	model.Service.RegisterEndpoints = true
	admin := o.Users[0]
	model.Service.Listen = &url.URL{Host: o.Listen, User: url.UserPassword(admin.Name, admin.Password)}
	model.Service.TLS = &tls.Config{Certificates: []tls.Certificate{o.Certificate}, MinVersion: tls.VersionTLS12}
	server := model.Service.NewServer()
	server.Config.Handler = marked(plainTypes(waits.EndAbandoned(server.Config.Handler)))
	server.Config.ReadHeaderTimeout = 10 * time.Second
	return server
}

// loopbackOnly: nobody outside this machine may take the lab for a vCenter.
func loopbackOnly(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("%s is not a loopback address: the lab's vCenter serves this machine alone", host)
	}
	return nil
}
