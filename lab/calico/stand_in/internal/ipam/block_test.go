package ipam

import (
	"fmt"
	"net/netip"
	"testing"
)

var cidr = netip.MustParsePrefix("10.244.1.64/26")

func TestItHandsOutEveryAddressOnceAndNoMore(t *testing.T) {
	block, seen := NewBlock(cidr, "w1"), map[netip.Addr]bool{}
	for i := range 64 {
		address := block.Take(fmt.Sprint(i), nil)
		if !cidr.Contains(address) || seen[address] {
			t.Fatalf("%d: %s", i, address)
		}
		seen[address] = true
	}
	if address := block.Take("one more", nil); address.IsValid() {
		t.Errorf("a full block gave %s", address)
	}
}

func TestAReleasedAddressComesLast(t *testing.T) {
	block := NewBlock(cidr, "w1")
	first := block.Take("a", map[string]string{"pod": "a"})
	second := block.Take("b", map[string]string{"pod": "b"})
	if !block.Release("a") || block.Release("a") {
		t.Fatal("it is released exactly once")
	}
	if held := block.Held("b"); len(held) != 1 || held[0] != second || block.Spec.Attributes[0].Secondary["pod"] != "b" {
		t.Errorf("b lost its address or what it is: %v %v", held, block.Spec.Attributes)
	}
	for range 62 {
		if block.Take("c", nil) == first {
			t.Fatal("it came back too early")
		}
	}
	if block.Take("d", nil) != first {
		t.Error("it did not come back")
	}
}

func TestABlockKnowsItsOwner(t *testing.T) {
	if owner := NewBlock(cidr, "w1").Owner(); owner != "w1" {
		t.Error(owner)
	}
}

func TestCandidatesCoverThePoolOnceEach(t *testing.T) {
	pool := netip.MustParsePrefix("10.244.0.0/22")
	seen := map[netip.Prefix]bool{}
	for _, one := range Candidates(pool, 26, "w1", 1000) {
		if !pool.Overlaps(one) || one != one.Masked() {
			t.Errorf("%s is no block of %s", one, pool)
		}
		seen[one] = true
	}
	if len(seen) != 16 {
		t.Errorf("%d blocks", len(seen))
	}
	for _, one := range Candidates(netip.MustParsePrefix("fd00:244::/48"), 122, "w1", 3) {
		if one.Bits() != 122 || one != one.Masked() {
			t.Errorf("%s", one)
		}
	}
	if Candidates(pool, 20, "w1", 1) != nil {
		t.Error("a block larger than its pool")
	}
}

func TestNamesAreCalicos(t *testing.T) {
	if name := affinityName("w1", cidr); name != "w1-10-244-1-64-26" {
		t.Error(name)
	}
	if name := named(netip.MustParsePrefix("fd00:244::40/122")); name != "fd00-244--40-122" {
		t.Error(name)
	}
}
