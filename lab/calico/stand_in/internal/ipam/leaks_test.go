package ipam

import (
	"slices"
	"testing"
)

func TestAnAddressIsLeakedWhenItsPodIsMissingTwice(t *testing.T) {
	block := NewBlock(cidr, "w1")
	for _, pod := range []string{"here", "gone"} {
		block.Take("net."+pod, map[string]string{"namespace": "default", "pod": pod})
	}
	block.Take("tunnel", nil)
	handles, pods := Handles([]Block{*block}), map[string]bool{"default/here": true}
	missing, leaked := Leaks(handles, pods, nil)
	if !slices.Equal(missing, []string{"net.gone"}) || len(leaked) != 0 {
		t.Fatalf("at first: missing %v, leaked %v", missing, leaked)
	}
	if _, leaked = Leaks(handles, pods, missing); !slices.Equal(leaked, []string{"net.gone"}) {
		t.Errorf("again: %v", leaked)
	}
	pods["default/gone"] = true
	if missing, leaked = Leaks(handles, pods, missing); len(missing)+len(leaked) != 0 {
		t.Errorf("it came back: %v %v", missing, leaked)
	}
}
