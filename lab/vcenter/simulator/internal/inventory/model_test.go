package inventory

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheLabsInventoryIsWhole(t *testing.T) {
	site, err := Read("../../../inventory.json")
	if err != nil || len(site.Datacenters) != 2 {
		t.Error(site, err)
	}
}

func TestAnInventoryThatNamesWhatItDoesNotHoldIsRefused(t *testing.T) {
	for text, words := range map[string]string{
		`{}`: "no data centre",
		`{"datacenters": [{"name": "d", "datastores": [{"name": "s", "clusters": ["c"]}]}]}`: `unknown cluster "c"`,
		`{"datacenters": [{"name": "d", "templates": [{"name": "t", "cluster": "c"}]}]}`:     `template "t" names an unknown`,
		`{"datacenters": 1}`: "cannot unmarshal",
	} {
		path := filepath.Join(t.TempDir(), "inventory.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
