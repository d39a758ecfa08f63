package waits

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestOnlyAWaitOnAVersionIsWatched(t *testing.T) {
	for body, want := range map[string]string{
		`<WaitForUpdatesEx xmlns="urn:vim25"><_this type="PropertyCollector">pc</_this><version>12</version></WaitForUpdatesEx>`: "12",
		`<ns1:WaitForUpdates><ns1:_this>pc</ns1:_this><ns1:version>7</ns1:version></ns1:WaitForUpdates>`:                         "7",
		`<WaitForUpdatesEx><_this>pc</_this><version></version></WaitForUpdatesEx>`:                                              "",
		`<CancelWaitForUpdates><_this>pc</_this></CancelWaitForUpdates>`:                                                         "",
		`<RetrieveProperties><version>3</version></RetrieveProperties>`:                                                          "",
	} {
		r := httptest.NewRequest(http.MethodPost, "/sdk", strings.NewReader(body))
		if got := waitedFor(r); got != want {
			t.Errorf("waitedFor(%s) = %q, want %q", body, got, want)
		}
		kept := make([]byte, len(body))
		if n, _ := r.Body.Read(kept); n != len(body) {
			t.Errorf("the body of %s cannot be read again", body)
		}
	}
}

func TestAnAnsweredWaitIsNotAbandoned(t *testing.T) {
	made := &chain{version: "answered"}
	live.Store(made.version, made)
	defer live.Delete(made.version)
	made.busy.Lock() // as if the next wait of the same chain were under way
	defer made.busy.Unlock()

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	answered := make(chan struct{})
	close(answered)
	r := httptest.NewRequest(http.MethodPost, "/sdk", nil).WithContext(ctx)
	finished := make(chan struct{})
	go func() { watch(r, answered, made.version); close(finished) }()
	<-finished // abandoning it would wait for `busy` for ever
}
