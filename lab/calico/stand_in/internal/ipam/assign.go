package ipam

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"

	"anchorage.local/lab/calico/internal/api"
	"anchorage.local/lab/calico/internal/objects"
	"anchorage.local/lab/calico/internal/selector"
)

// tries is how often a write that met another's is made anew, window how many blocks beyond the taken ones are tried.
const (
	tries  = 20
	window = 64
)

// Request asks for one address of an IP version (4 or 6) for a handle on a node. Pools, when given, are the names or
// networks that it may come from.
type Request struct {
	Node, Handle string
	Version      int
	Pools        []string
	About        map[string]string // attributes kept with the address
}

// Assign hands out an address, from a block that the node owns or a new one. A handle that has one already keeps it.
func Assign(ctx context.Context, client dynamic.Interface, request Request) (netip.Addr, error) {
	for range tries {
		address, err := attempt(ctx, client, request)
		if apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) {
			continue
		}
		return address, err
	}
	return netip.Addr{}, fmt.Errorf("others changed the same IP blocks %d times in a row", tries)
}

func attempt(ctx context.Context, client dynamic.Interface, request Request) (none netip.Addr, err error) {
	pools, err := pools(ctx, client, request)
	if err != nil {
		return none, err
	}
	blocks, err := api.List[Block](ctx, client, api.Blocks)
	if err != nil {
		return none, err
	}
	for i := range blocks {
		if !blocks[i].serves(request, pools) {
			continue
		}
		if held := blocks[i].Held(request.Handle); len(held) > 0 {
			return held[0], nil
		}
	}
	for i := range blocks {
		if blocks[i].serves(request, pools) && len(blocks[i].Spec.Unallocated) > 0 {
			return take(ctx, client, &blocks[i], request)
		}
	}
	block, err := claim(ctx, client, request.Node, pools, blocks)
	if err != nil {
		return none, err
	}
	return take(ctx, client, block, request)
}

// serves tells whether the block is the node's own, of one of the pools.
func (b *Block) serves(request Request, pools []objects.IPPool) bool {
	cidr, err := netip.ParsePrefix(b.Spec.CIDR)
	return err == nil && b.Owner() == request.Node && !b.Spec.Deleted &&
		slices.ContainsFunc(pools, func(pool objects.IPPool) bool { return network(pool).Contains(cidr.Addr()) })
}

func take(ctx context.Context, client dynamic.Interface, block *Block, request Request) (netip.Addr, error) {
	address := block.Take(request.Handle, request.About)
	_, err := save(ctx, client, block)
	return address, err
}

func save(ctx context.Context, client dynamic.Interface, block *Block) (*Block, error) {
	object, err := api.Written("IPAMBlock", block)
	if err != nil {
		return nil, err
	}
	resource := client.Resource(api.Blocks)
	if block.ResourceVersion == "" {
		object, err = resource.Create(ctx, object, metav1.CreateOptions{})
	} else {
		object, err = resource.Update(ctx, object, metav1.UpdateOptions{})
	}
	if err != nil {
		return nil, err
	}
	saved, err := api.Read[Block](object)
	return &saved, err
}

// pools are those that a pod of this node may have an address of.
func pools(ctx context.Context, client dynamic.Interface, request Request) (fit []objects.IPPool, err error) {
	all, err := api.List[objects.IPPool](ctx, client, api.IPPools)
	if err != nil {
		return nil, err
	}
	labels := map[string]string(nil)
	if slices.ContainsFunc(all, func(pool objects.IPPool) bool { return picky(pool) }) {
		node, err := client.Resource(api.Nodes).Get(ctx, request.Node, metav1.GetOptions{})
		if err != nil {
			return nil, err
		}
		labels = node.GetLabels()
	}
	for _, pool := range all {
		if usable(pool, request) && selects(pool, labels) {
			fit = append(fit, pool)
		}
	}
	if len(fit) == 0 {
		return nil, fmt.Errorf("no IPPool gives IPv%d addresses to pods of node %s", request.Version, request.Node)
	}
	return fit, nil
}

func picky(pool objects.IPPool) bool {
	expression := strings.ReplaceAll(pool.Spec.NodeSelector, " ", "")
	return expression != "" && expression != "all()"
}

func selects(pool objects.IPPool, labels map[string]string) bool {
	parsed, err := selector.Parse(pool.Spec.NodeSelector)
	return err == nil && parsed.Matches(labels)
}

func usable(pool objects.IPPool, request Request) bool {
	cidr := network(pool)
	version := map[bool]int{true: 4, false: 6}[cidr.Addr().Is4()]
	uses := pool.Spec.AllowedUses
	return cidr.IsValid() && version == request.Version && !pool.Spec.Disabled &&
		(len(uses) == 0 || slices.Contains(uses, "Workload")) &&
		(len(request.Pools) == 0 || slices.Contains(request.Pools, pool.Name) ||
			slices.Contains(request.Pools, pool.Spec.CIDR))
}

func network(pool objects.IPPool) netip.Prefix {
	cidr, err := netip.ParsePrefix(pool.Spec.CIDR)
	if err != nil {
		return netip.Prefix{}
	}
	return cidr.Masked()
}

// Release frees a handle's addresses wherever they are.
func Release(ctx context.Context, client dynamic.Interface, handle string) error {
	for range tries {
		err := releaseOnce(ctx, client, handle)
		if !apierrors.IsConflict(err) {
			return err
		}
	}
	return fmt.Errorf("others changed the same IP blocks %d times in a row", tries)
}

func releaseOnce(ctx context.Context, client dynamic.Interface, handle string) error {
	blocks, err := api.List[Block](ctx, client, api.Blocks)
	if err != nil {
		return err
	}
	for i := range blocks {
		if blocks[i].Release(handle) {
			if _, err := save(ctx, client, &blocks[i]); err != nil && !apierrors.IsNotFound(err) {
				return err
			}
		}
	}
	return nil
}
