package provider

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/session"
	"github.com/vmware/govmomi/vapi/rest"
	"github.com/vmware/govmomi/vapi/tags"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// labMark stands in the name of the lab's vCenter.
const labMark = "Anchorage lab"

// login is what the provider is configured with.
type login struct {
	server, user, password string
	insecure               bool
}

// client is a signed-in session, SOAP and REST.
type client struct {
	vim  *govmomi.Client
	tags *tags.Manager
}

// connect refuses any vCenter that is not the lab's before it sends a password.
func connect(ctx context.Context, l login) (*client, error) {
	address, err := url.Parse("https://" + l.server + "/sdk")
	if err != nil {
		return nil, fmt.Errorf("error parse url: %w", err)
	}
	plain, err := vim25.NewClient(ctx, soap.NewClient(address, l.insecure))
	if err != nil {
		return nil, fmt.Errorf("error setting up new vSphere SOAP client: %w", err)
	}
	if !strings.Contains(plain.ServiceContent.About.FullName, labMark) {
		return nil, errors.New("this is the stand-in that Anchorage's built-in lab uses for the vSphere provider, and " +
			l.server + " is not the lab's vCenter: it was not signed in to. Use the real provider, vmware/vsphere")
	}
	user := url.UserPassword(l.user, l.password)
	vim := &govmomi.Client{Client: plain, SessionManager: session.NewManager(plain)}
	if err := vim.Login(ctx, user); err != nil {
		return nil, fmt.Errorf("error setting up new vSphere SOAP client: %w", err)
	}
	web := rest.NewClient(plain)
	if err := web.Login(ctx, user); err != nil {
		return nil, err
	}
	return &client{vim: vim, tags: tags.NewManager(web)}, nil
}

// finder looks things up by name in the data centre of this id ("" where there is only one).
func (c *client) finder(ctx context.Context, datacenter string) (*find.Finder, error) {
	finder := find.NewFinder(c.vim.Client, false)
	if datacenter == "" {
		found, err := finder.DefaultDatacenter(ctx)
		if err != nil {
			return nil, fmt.Errorf("cannot locate datacenter: %w", err)
		}
		return finder.SetDatacenter(found), nil
	}
	ref := types.ManagedObjectReference{Type: "Datacenter", Value: datacenter}
	found, err := finder.ObjectReference(ctx, ref)
	if err != nil {
		return nil, fmt.Errorf("cannot locate datacenter: %w", err)
	}
	return finder.SetDatacenter(found.(*object.Datacenter)), nil
}

// machine is the virtual machine of this UUID, or nil when there is none.
func (c *client) machine(ctx context.Context, uuid string) (*object.VirtualMachine, error) {
	ref, err := object.NewSearchIndex(c.vim.Client).FindByUuid(ctx, nil, uuid, true, nil)
	if err != nil || ref == nil {
		return nil, err
	}
	return object.NewVirtualMachine(c.vim.Client, ref.Reference()), nil
}

// properties reads all that the provider looks at.
func (c *client) properties(ctx context.Context, machine *object.VirtualMachine) (*mo.VirtualMachine, error) {
	var found mo.VirtualMachine
	return &found, machine.Properties(ctx, machine.Reference(), nil, &found)
}

// isGone is true of the error for an object that is no longer there.
func isGone(err error) bool {
	if soap.IsSoapFault(err) {
		_, gone := soap.ToSoapFault(err).VimFault().(types.ManagedObjectNotFound)
		return gone
	}
	var missing *find.NotFoundError
	return errors.As(err, &missing)
}

// done waits for a task: done(ctx)(start()).
func done(ctx context.Context) func(*object.Task, error) (*types.TaskInfo, error) {
	return func(task *object.Task, err error) (*types.TaskInfo, error) {
		if err != nil {
			return nil, err
		}
		return task.WaitForResultEx(ctx, nil)
	}
}
