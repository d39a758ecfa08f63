package waits

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
)

var waiting = regexp.MustCompile(`<(?:\w+:)?WaitForUpdates(?:Ex)?[\s>](?s:.*?)<(?:\w+:)?version[^>]*>(\d+)</`)

// EndAbandoned ends a wait whose client went away: the engine itself would keep it for ever.
func EndAbandoned(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		version := waitedFor(r)
		if version == "" {
			next.ServeHTTP(w, r)
			return
		}
		answered := make(chan struct{})
		defer close(answered)
		go watch(r, answered, version)
		next.ServeHTTP(w, r)
	})
}

// watch abandons the wait when the client goes before the answer. A request's context ends after its answer too.
func watch(r *http.Request, answered <-chan struct{}, version string) {
	select {
	case <-answered:
		return
	case <-r.Context().Done():
	}
	select {
	case <-answered:
	default:
		abandon(version)
	}
}

// waitedFor is the version that a SOAP request waits on, or nothing; the request can still be read.
func waitedFor(r *http.Request) string {
	if r.URL.Path != "/sdk" && r.URL.Path != "/sdk/vimService" {
		return ""
	}
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil {
		return ""
	}
	if found := waiting.FindSubmatch(body); found != nil {
		return string(found[1])
	}
	return ""
}

// abandon ends the waiting call of a chain. The chain itself goes with its filters or its session.
func abandon(version string) {
	if found, ok := live.Load(version); ok {
		c := found.(*chain)
		c.cancel()
		c.busy.Unlock()
	}
}
