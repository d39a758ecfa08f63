package faults

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/vmware/govmomi/vim25/types"
)

func rulesOf(t *testing.T, text string) *Rules {
	t.Helper()
	path := filepath.Join(t.TempDir(), "faults.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return New(path)
}

func TestARuleSkipsThenCounts(t *testing.T) {
	rules := rulesOf(t, `[{"method": "CloneVM_Task", "object": "debian-*", "skip": 1, "count": 2}]`)
	var hits []bool
	for range 5 {
		hits = append(hits, rules.first("CloneVM_Task", "debian-12") != nil)
	}
	for i, want := range []bool{false, true, true, false, false} {
		if hits[i] != want {
			t.Errorf("call %d: %v", i, hits[i])
		}
	}
	if rules.first("CloneVM_Task", "ubuntu") != nil || rules.first("PowerOnVM_Task", "debian-12") != nil {
		t.Error("it met another call")
	}
}

func TestAMissingOrBrokenFileHoldsNoRules(t *testing.T) {
	if New(filepath.Join(t.TempDir(), "none")).first("CloneVM_Task", "x") != nil {
		t.Error("a rule out of nothing")
	}
	if rulesOf(t, "{").first("CloneVM_Task", "x") != nil {
		t.Error("a rule out of nonsense")
	}
}

func TestAFaultIsMadeByItsNameInTheAPI(t *testing.T) {
	rule := Rule{Error: "NoDiskSpace", Details: json.RawMessage(`{"datastore": "ds1"}`)}
	fault, err := rule.fault()
	if err != nil || fault.(*types.NoDiskSpace).Datastore != "ds1" {
		t.Error(fault, err)
	}
	for _, name := range []string{"NoSuchFault", "VirtualMachineConfigSpec"} {
		if _, err := (&Rule{Error: name}).fault(); err == nil {
			t.Errorf("%s is no fault", name)
		}
	}
}
