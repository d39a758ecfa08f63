package ipam

import (
	"context"
	"fmt"
	"net/netip"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"

	"anchorage.local/lab/calico/internal/api"
	"anchorage.local/lab/calico/internal/objects"
)

// claim makes a free block the node's own, in the order that Calico does it: a pending affinity, the block, which only
// one node can create, then the affinity confirmed.
func claim(
	ctx context.Context, client dynamic.Interface, node string, pools []objects.IPPool, blocks []Block,
) (*Block, error) {
	var taken []netip.Prefix
	for i := range blocks {
		if cidr, err := netip.ParsePrefix(blocks[i].Spec.CIDR); err == nil {
			taken = append(taken, cidr)
		}
	}
	for _, pool := range pools {
		for _, candidate := range Candidates(network(pool), bits(pool), node, len(taken)+window) {
			if !free(candidate, taken) {
				continue
			}
			block, err := own(ctx, client, node, candidate)
			if err == nil || !apierrors.IsAlreadyExists(err) {
				return block, err
			}
		}
	}
	return nil, fmt.Errorf("every block of the IPPools is taken: node %s gets none", node)
}

// bits is a pool's block size. Calico's defaults are 26 and 122.
func bits(pool objects.IPPool) int {
	if pool.Spec.BlockSize != 0 {
		return pool.Spec.BlockSize
	}
	return map[bool]int{true: 26, false: 122}[network(pool).Addr().Is4()]
}

func own(ctx context.Context, client dynamic.Interface, node string, cidr netip.Prefix) (*Block, error) {
	affinity, err := pending(ctx, client, node, cidr)
	if err != nil {
		return nil, err
	}
	block, err := save(ctx, client, NewBlock(cidr, node))
	if err != nil {
		if apierrors.IsAlreadyExists(err) {
			_ = client.Resource(api.Affinities).Delete(ctx, affinity.GetName(), metav1.DeleteOptions{})
		}
		return nil, err
	}
	if err := unstructured.SetNestedField(affinity.Object, "confirmed", "spec", "state"); err != nil {
		return nil, err
	}
	_, err = client.Resource(api.Affinities).Update(ctx, affinity, metav1.UpdateOptions{})
	return block, err
}

// pending makes the affinity, or finds the one that an attempt left that was cut short.
func pending(
	ctx context.Context, client dynamic.Interface, node string, cidr netip.Prefix,
) (*unstructured.Unstructured, error) {
	wanted := objects.BlockAffinity{Spec: objects.BlockAffinitySpec{
		State: "pending", Node: node, CIDR: cidr.String(), Deleted: "false",
	}}
	wanted.Name = affinityName(node, cidr)
	object, err := api.Written("BlockAffinity", &wanted)
	if err != nil {
		return nil, err
	}
	made, err := client.Resource(api.Affinities).Create(ctx, object, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return client.Resource(api.Affinities).Get(ctx, wanted.Name, metav1.GetOptions{})
	}
	return made, err
}

// Collect gives back the blocks of nodes that are gone. It returns what it took away, for the log.
func Collect(ctx context.Context, client dynamic.Interface, there func(node string) bool) (gone []string, err error) {
	blocks, err := api.List[Block](ctx, client, api.Blocks)
	if err != nil {
		return nil, err
	}
	for i := range blocks {
		if node := blocks[i].Owner(); node != "" && !there(node) {
			if err := remove(ctx, client, api.Blocks, blocks[i].Name); err != nil {
				return gone, err
			}
			gone = append(gone, blocks[i].Spec.CIDR+" of "+node)
		}
	}
	affinities, err := api.List[objects.BlockAffinity](ctx, client, api.Affinities)
	if err != nil {
		return gone, err
	}
	for _, one := range affinities {
		if !there(one.Spec.Node) {
			if err := remove(ctx, client, api.Affinities, one.Name); err != nil {
				return gone, err
			}
		}
	}
	return gone, nil
}
