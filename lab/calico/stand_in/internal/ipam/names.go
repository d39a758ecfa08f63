package ipam

import (
	"crypto/sha256"
	"math/big"
	"net/netip"
	"strings"
)

// named is an IPAMBlock's name: 10-244-1-0-26.
func named(cidr netip.Prefix) string {
	return strings.NewReplacer(".", "-", ":", "-", "/", "-").Replace(cidr.String())
}

// affinityName is a BlockAffinity's name: NODE-10-244-1-0-26.
func affinityName(node string, cidr netip.Prefix) string { return node + "-" + named(cidr) }

func affinityOf(node string) string { return "host:" + node }

func owner(affinity string) string {
	node, _ := strings.CutPrefix(affinity, "host:")
	return node
}

func seed(node string) *big.Int {
	sum := sha256.Sum256([]byte(node))
	return new(big.Int).SetBytes(sum[:])
}
