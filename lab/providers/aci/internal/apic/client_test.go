package apic

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const empty = `{"totalCount":"0","imdata":[]}`

// lab serves handler with the simulator's header and counts the requests.
func lab(t *testing.T, handler http.HandlerFunc) (*httptest.Server, *[]string) {
	t.Helper()
	var seen []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Method+" "+r.RequestURI)
		w.Header().Set(LabHeader, LabValue)
		handler(w, r)
	}))
	t.Cleanup(server.Close)
	return server, &seen
}

func testKey(t *testing.T) (*rsa.PrivateKey, string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	encoded, _ := x509.MarshalPKCS8PrivateKey(key)
	return key, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded}))
}

func signing(t *testing.T, url string, retries int) (*Client, *rsa.PrivateKey, *[]time.Duration) {
	t.Helper()
	key, text := testKey(t)
	client, err := NewClient(Settings{URL: url, Username: "u", PrivateKey: text, CertName: "c", Retries: retries})
	if err != nil {
		t.Fatal(err)
	}
	var slept []time.Duration
	client.sleep = func(d time.Duration) { slept = append(slept, d) }
	return client, key, &slept
}

func TestSignsMethodPathAndBodyAsTheAPICVerifiesThem(t *testing.T) {
	const path = `/api/mo/uni/tn-a/out-b/vlifp-[topology/pod-1/node-101]-[vlan-3].json`
	var request *http.Request
	var body []byte
	server, _ := lab(t, func(w http.ResponseWriter, r *http.Request) {
		request = r
		body, _ = io.ReadAll(r.Body)
		io.WriteString(w, empty)
	})
	client, key, _ := signing(t, server.URL, 0)
	if err := client.Post(context.Background(), path, []byte(`{"a":1}`)); err != nil {
		t.Fatal(err)
	}
	if request.RequestURI != path {
		t.Errorf("brackets must stay raw: %s", request.RequestURI)
	}
	cookies := map[string]string{}
	for _, cookie := range request.Cookies() {
		cookies[cookie.Name] = cookie.Value
	}
	signature, _ := base64.StdEncoding.DecodeString(cookies["APIC-Request-Signature"])
	digest := sha256.Sum256([]byte("POST" + path + string(body)))
	if err := rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, digest[:], signature); err != nil {
		t.Error(err)
	}
	if cookies["APIC-Certificate-DN"] != "uni/userext/user-u/usercert-c" || cookies["APIC-Certificate-Fingerprint"] != "fingerprint" {
		t.Errorf("cookies: %v", cookies)
	}
}

func TestSendsAgainWhenItCanHelp(t *testing.T) {
	page := `<html><head><title>404</title></head><body><hr><center>Cisco APIC</center></body></html>`
	for name, test := range map[string]struct {
		status int
		server string
		body   string
		sends  int
	}{
		"busy":                    {503, "", "<html><body>busy</body></html>", 3},
		"not allowed for now":     {405, "", empty, 3},
		"web server's not found":  {404, "Cisco APIC", page, 3},
		"a configuration error":   {400, "", `{"imdata":[{"error":{"attributes":{"code":"120","text":"no"}}}]}`, 1},
		"an internal error (505)": {505, "", empty, 1},
		"a forbidden signature":   {403, "", `{"imdata":[{"error":{"attributes":{"code":"403","text":"x"}}}]}`, 1},
	} {
		t.Run(name, func(t *testing.T) {
			server, seen := lab(t, func(w http.ResponseWriter, _ *http.Request) {
				if test.server != "" {
					w.Header().Set("Server", test.server)
				}
				w.WriteHeader(test.status)
				io.WriteString(w, test.body)
			})
			client, _, slept := signing(t, server.URL, 2)
			if _, err := client.Get(context.Background(), "/api/mo/uni.json"); err == nil {
				t.Error("the last answer was an error")
			}
			if len(*seen) != test.sends || len(*slept) != test.sends-1 {
				t.Errorf("%d sends, %d delays; want %d sends", len(*seen), len(*slept), test.sends)
			}
		})
	}
}

func TestDelaysGrowFromFourSecondsToSixty(t *testing.T) {
	for attempt, want := range []struct{ least, most time.Duration }{
		{4 * time.Second, 4 * time.Second}, {8 * time.Second, 12 * time.Second},
		{20 * time.Second, 36 * time.Second}, {32 * time.Second, 60 * time.Second}, {32 * time.Second, 60 * time.Second},
	} {
		if least, most := delay(attempt, 0), delay(attempt, 1); least != want.least || most != want.most {
			t.Errorf("attempt %d: %v to %v", attempt, least, most)
		}
	}
}

func TestRecoversAfterAConnectionError(t *testing.T) {
	failures := 1
	server, seen := lab(t, func(w http.ResponseWriter, _ *http.Request) {
		if failures--; failures >= 0 {
			panic(http.ErrAbortHandler)
		}
		io.WriteString(w, empty)
	})
	client, _, _ := signing(t, server.URL, 2)
	if _, err := client.Get(context.Background(), "/api/mo/uni.json"); err != nil || len(*seen) < 2 {
		t.Error(err, *seen)
	}
}

func TestRefusesAnAPICThatIsNotTheLab(t *testing.T) {
	var bodies []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		bodies = append(bodies, string(body))
		io.WriteString(w, empty)
	}))
	defer server.Close()
	client, err := NewClient(Settings{URL: server.URL, Username: "admin", Password: "secret", Retries: 2})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Get(context.Background(), "/api/mo/uni.json")
	var stranger *NotTheLabError
	if !errors.As(err, &stranger) || !strings.Contains(err.Error(), "lab's stand-in") {
		t.Errorf("%v", err)
	}
	if len(bodies) != 1 || bodies[0] != "" {
		t.Errorf("no password and no second request may reach a real APIC: %q", bodies)
	}
}

func TestSignsInAgainWhenTheTokenIsRefused(t *testing.T) {
	logins := 0
	server, seen := lab(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/aaaLogin.json"):
			logins++
			io.WriteString(w, `{"imdata":[{"aaaLogin":{"attributes":{"token":"t`+string(rune('0'+logins))+`","creationTime":"1","refreshTimeoutSeconds":"600"}}}]}`)
		case r.URL.Path == "/api/mo/uni.json" && !strings.Contains(r.Header.Get("Cookie"), "APIC-Cookie=t2"):
			w.WriteHeader(http.StatusForbidden)
			io.WriteString(w, `{"imdata":[{"error":{"attributes":{"code":"403","text":"Token was invalid (Error: Token timeout)"}}}]}`)
		default:
			io.WriteString(w, empty)
		}
	})
	client, err := NewClient(Settings{URL: server.URL, Username: "admin", Password: `p"\`})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := client.Get(context.Background(), "/api/mo/uni.json"); err != nil {
			t.Fatal(err)
		}
	}
	if logins != 2 {
		t.Errorf("%d logins: %v", logins, *seen)
	}
}

func TestTakesErrorsOfThingsAlreadyDoneAsSuccess(t *testing.T) {
	for _, test := range []struct {
		code, text string
		want       bool
	}{
		{"103", "Cannot create", true},
		{"107", "Cannot delete object of class:fvTenant", true},
		{"107", "used by x, make sure it's not used before deleting it", false},
		{"202", "request in progress", true},
		{"120", "the object can not be deleted.", true},
		{"120", "unknown property value", false},
		{"1", "built in, cannot be deleted.", true},
		{"1", "other", false},
		{"102", "not found", false},
	} {
		if Ignorable(test.code, test.text) != test.want {
			t.Errorf("%s %q", test.code, test.text)
		}
	}
}

func TestVerifiesTheCertificateUnlessToldNotTo(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set(LabHeader, LabValue)
		io.WriteString(w, empty)
	}))
	defer server.Close()
	server.Config.ErrorLog = nil
	_, text := testKey(t)
	for insecure, wanted := range map[bool]bool{true: true, false: false} {
		client, err := NewClient(Settings{URL: server.URL, Username: "u", CertName: "c", PrivateKey: text, Insecure: insecure})
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.Get(context.Background(), "/api/mo/uni.json")
		if (err == nil) != wanted {
			t.Errorf("insecure=%v: %v", insecure, err)
		}
	}
}

func TestReadsKeysAsTextOrFromAFile(t *testing.T) {
	key, text := testKey(t)
	file := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	pkcs1 := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
	for _, given := range []string{text, pkcs1, file} {
		if loaded, err := loadPrivateKey(given); err != nil || !loaded.Equal(key) {
			t.Error(err)
		}
	}
	for _, given := range []string{"", "/nowhere", strings.ReplaceAll(text, "PRIVATE KEY", "EC PRIVATE KEY")} {
		if _, err := loadPrivateKey(given); err == nil {
			t.Errorf("accepted %.20q", given)
		}
	}
}
