package serve

import (
	"bytes"
	"io"
	"net/http"
	"strings"
)

// Marker is the header of every reply: whoever wants to know that this is no real vCenter can see it.
const Marker, MarkerValue = "X-Anchorage-Lab", "vcenter-simulator"

// marked puts the marker into every reply.
func marked(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(Marker, MarkerValue)
		next.ServeHTTP(w, r)
	})
}

// plainTypes: clients may write the types of a tag category as urn:vim25:VirtualMachine; vCenter answers VirtualMachine,
// where the engine gives back what it was told and Terraform would plan a change for ever.
func plainTypes(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != nil && strings.Contains(r.URL.Path, "/tagging/category") {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				http.Error(w, "the request could not be read", http.StatusBadRequest)
				return
			}
			body = bytes.ReplaceAll(body, []byte(`"urn:vim25:`), []byte(`"`))
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		}
		next.ServeHTTP(w, r)
	})
}
