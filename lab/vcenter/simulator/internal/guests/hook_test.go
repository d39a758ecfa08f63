package guests

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestWhatAHookPrintsIsRead(t *testing.T) {
	up, err := parseBooted("198.18.2.1/24 198.18.2.253\n2001:db8::1\n")
	if err != nil {
		t.Fatal(err)
	}
	if got := up.addresses[0].String() + " " + up.addresses[1].String() + " " + up.gateway.String(); got !=
		"198.18.2.1/24 2001:db8::1/64 198.18.2.253" {
		t.Error(got)
	}
	if up, err := parseBooted("198.18.2.1"); err != nil || up.addresses[0].Bits() != 24 || up.gateway.IsValid() {
		t.Error(up, err)
	}
	if up, err := parseBooted("\n"); err != nil || len(up.addresses) != 0 {
		t.Error(up, err)
	}
}

func TestNonsenseOfAHookIsAnError(t *testing.T) {
	for _, printed := range []string{"nonsense", "198.18.2.1/99", "198.18.2.1 gateway", "1.2.3.4 1.2.3.1\nx"} {
		if _, err := parseBooted(printed); err == nil {
			t.Errorf("%q was taken", printed)
		}
	}
}

func TestAnEndedHookTakesItsChildrenWithIt(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	lives := filepath.Join(t.TempDir(), "lives")
	if _, err := Hook("(sleep 2; touch '"+lives+"') & wait").run(ctx, event{}); err == nil {
		t.Error("an ended hook is no success")
	}
	// Not by the time that run took: that is bounded whether the child ends or not, and a busy machine's is longer.
	time.Sleep(3 * time.Second)
	if _, err := os.Stat(lives); err == nil {
		t.Error("its child went on")
	}
}

func TestAHookIsToldByEnvironmentAndInput(t *testing.T) {
	e := event{env: []string{"LAB_EVENT=poweredon", "LAB_VM=m1"}, stdin: []byte(`{"a":"b"}`)}
	printed, err := Hook(`echo "$LAB_EVENT $LAB_VM $(cat)"`).run(context.Background(), e)
	if err != nil || strings.TrimSpace(printed) != `poweredon m1 {"a":"b"}` {
		t.Error(printed, err)
	}
}
