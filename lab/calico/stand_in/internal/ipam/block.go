// Package ipam hands out pods' addresses from blocks that nodes own, kept in IPAMBlock and BlockAffinity objects as
// Calico keeps them in the Kubernetes datastore.
package ipam

import (
	"fmt"
	"math/big"
	"net/netip"
	"slices"
	"strconv"
)

// Block is an IPAMBlock. Its words are Calico's (libcalico-go/lib/backend/model/block.go).
type Block struct {
	Meta `json:"metadata"`
	Spec Spec `json:"spec"`
}

// Meta keeps the version that an update is based on.
type Meta struct {
	Name            string `json:"name"`
	ResourceVersion string `json:"resourceVersion,omitempty"`
}

// Spec: Allocations has an entry for each address, nil when free, else an index into Attributes; Unallocated are the
// free ones in the order in which they are handed out.
type Spec struct {
	CIDR                        string           `json:"cidr"`
	Affinity                    *string          `json:"affinity,omitempty"`
	Allocations                 []*int           `json:"allocations"`
	Unallocated                 []int            `json:"unallocated"`
	Attributes                  []Attribute      `json:"attributes"`
	StrictAffinity              bool             `json:"strictAffinity"`
	Deleted                     bool             `json:"deleted"`
	SequenceNumber              int64            `json:"sequenceNumber"`
	SequenceNumberForAllocation map[string]int64 `json:"sequenceNumberForAllocation,omitempty"`
}

// Attribute says whose an address is.
type Attribute struct {
	Handle    *string           `json:"handle_id,omitempty"`
	Secondary map[string]string `json:"secondary,omitempty"`
}

// NewBlock is an empty block that a node owns.
func NewBlock(cidr netip.Prefix, node string) *Block {
	size := 1 << (cidr.Addr().BitLen() - cidr.Bits())
	affinity := affinityOf(node)
	block := &Block{Meta: Meta{Name: named(cidr)}, Spec: Spec{
		CIDR: cidr.String(), Affinity: &affinity, Allocations: make([]*int, size), Attributes: []Attribute{},
	}}
	for i := range size {
		block.Spec.Unallocated = append(block.Spec.Unallocated, i)
	}
	return block
}

// Take hands out the block's next address. The prefix of the answer is not valid when the block is full.
func (b *Block) Take(handle string, about map[string]string) netip.Addr {
	if len(b.Spec.Unallocated) == 0 {
		return netip.Addr{}
	}
	ordinal, attribute := b.Spec.Unallocated[0], len(b.Spec.Attributes)
	b.Spec.Unallocated = b.Spec.Unallocated[1:]
	b.Spec.Attributes = append(b.Spec.Attributes, Attribute{&handle, about})
	b.Spec.Allocations[ordinal] = &attribute
	b.Spec.SequenceNumber++
	if b.Spec.SequenceNumberForAllocation == nil {
		b.Spec.SequenceNumberForAllocation = map[string]int64{}
	}
	b.Spec.SequenceNumberForAllocation[strconv.Itoa(ordinal)] = b.Spec.SequenceNumber
	return b.at(ordinal)
}

// Held are the addresses of a handle.
func (b *Block) Held(handle string) (held []netip.Addr) {
	for ordinal, attribute := range b.Spec.Allocations {
		if attribute != nil && b.Spec.Attributes[*attribute].is(handle) {
			held = append(held, b.at(ordinal))
		}
	}
	return held
}

// Release frees a handle's addresses, to be handed out after all others, and tells whether there were any.
func (b *Block) Release(handle string) bool {
	freed := false
	for ordinal, attribute := range b.Spec.Allocations {
		if attribute != nil && b.Spec.Attributes[*attribute].is(handle) {
			b.Spec.Allocations[ordinal] = nil
			b.Spec.Unallocated = append(b.Spec.Unallocated, ordinal)
			delete(b.Spec.SequenceNumberForAllocation, strconv.Itoa(ordinal))
			freed = true
		}
	}
	if freed {
		b.Spec.SequenceNumber++
		b.dropUnused()
	}
	return freed
}

// dropUnused leaves out attributes that no address has, and renumbers the others.
func (b *Block) dropUnused() {
	kept := []Attribute{}
	places := map[int]*int{}
	for ordinal, attribute := range b.Spec.Allocations {
		if attribute == nil {
			continue
		}
		if places[*attribute] == nil {
			place := len(kept)
			places[*attribute] = &place
			kept = append(kept, b.Spec.Attributes[*attribute])
		}
		b.Spec.Allocations[ordinal] = places[*attribute]
	}
	b.Spec.Attributes = kept
}

// Owner is the node that the block belongs to, or empty.
func (b *Block) Owner() string {
	if b.Spec.Affinity == nil {
		return ""
	}
	return owner(*b.Spec.Affinity)
}

func (b *Block) at(ordinal int) netip.Addr {
	return plus(netip.MustParsePrefix(b.Spec.CIDR).Addr(), big.NewInt(int64(ordinal)))
}

func (a Attribute) is(handle string) bool { return a.Handle != nil && *a.Handle == handle }

// Candidates are at most this many blocks of a pool in the order in which a node tries them: nodes begin at different
// places, so that they seldom want the same.
func Candidates(pool netip.Prefix, bits int, node string, most int) (blocks []netip.Prefix) {
	if bits < pool.Bits() || bits > pool.Addr().BitLen() {
		return nil
	}
	count := new(big.Int).Lsh(big.NewInt(1), uint(bits-pool.Bits()))
	size := new(big.Int).Lsh(big.NewInt(1), uint(pool.Addr().BitLen()-bits))
	index := new(big.Int).Mod(seed(node), count)
	for range most {
		if len(blocks) > 0 && index.Cmp(new(big.Int).Mod(seed(node), count)) == 0 {
			break
		}
		start := plus(pool.Masked().Addr(), new(big.Int).Mul(index, size))
		blocks = append(blocks, netip.PrefixFrom(start, bits))
		index.Mod(index.Add(index, big.NewInt(1)), count)
	}
	return blocks
}

func plus(address netip.Addr, offset *big.Int) netip.Addr {
	sum := new(big.Int).Add(new(big.Int).SetBytes(address.AsSlice()), offset)
	bytes := sum.FillBytes(make([]byte, address.BitLen()/8))
	found, ok := netip.AddrFromSlice(bytes)
	if !ok {
		panic(fmt.Sprintf("%d bytes are no address", len(bytes)))
	}
	return found
}

// free tells whether none of the blocks overlaps.
func free(candidate netip.Prefix, taken []netip.Prefix) bool {
	return !slices.ContainsFunc(taken, candidate.Overlaps)
}
