// Package apic speaks the APIC's REST interface the way the ACI provider's client does:
// the same request forms, signature, retries and judgement of errors.
package apic

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Lab header: every reply of the simulator carries it.
const (
	LabHeader = "X-Anchorage-Lab"
	LabValue  = "apic-simulator"
)

// requestTimeout is the real client's: the APIC's own web server gives up after 90 s.
const requestTimeout = 100 * time.Second

// Settings are what the provider's configuration says about the APIC.
type Settings struct {
	URL        string
	Username   string
	Password   string // used when not empty, else the key
	PrivateKey string // PEM text or the path of a PEM file
	CertName   string
	Insecure   bool // true: the server's certificate is not verified
	Retries    int  // further sends after a failure that may pass
	ProxyURL   string
	ProxyCreds string // user:password
}

// Client sends requests to one APIC; it is safe for concurrent use.
type Client struct {
	settings Settings
	base     *url.URL
	http     *http.Client
	key      *rsa.PrivateKey
	sleep    func(time.Duration)
	random   func() float64

	tokenLock sync.Mutex
	token     *token
	vetOnce   sync.Once
	vetErr    error
}

// NewClient checks the settings that can be checked without sending anything.
func NewClient(settings Settings) (*Client, error) {
	base, err := url.Parse(settings.URL)
	if err != nil {
		return nil, fmt.Errorf("the APIC's url %q is not a url: %w", settings.URL, err)
	}
	transport, err := newTransport(settings)
	if err != nil {
		return nil, err
	}
	client := &Client{
		settings: settings,
		base:     base,
		http:     &http.Client{Transport: transport, Timeout: requestTimeout},
		sleep:    time.Sleep,
		random:   rand.Float64,
	}
	if settings.Password == "" {
		if client.key, err = loadPrivateKey(settings.PrivateKey); err != nil {
			return nil, err
		}
	}
	return client, nil
}

// newTransport keeps as many idle connections as Terraform may run operations at once,
// and verifies the server against the system's roots (SSL_CERT_FILE replaces them).
func newTransport(settings Settings) (*http.Transport, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 32
	transport.TLSClientConfig = &tls.Config{
		InsecureSkipVerify: settings.Insecure, //nolint:gosec // the user's choice, verified unless said otherwise
		ClientSessionCache: tls.NewLRUClientSessionCache(0),
		MinVersion:         tls.VersionTLS12,
	}
	if settings.ProxyURL == "" {
		return transport, nil
	}
	proxy, err := url.Parse(settings.ProxyURL)
	if err != nil {
		return nil, fmt.Errorf("proxy_url %q is not a url: %w", settings.ProxyURL, err)
	}
	transport.Proxy = http.ProxyURL(proxy)
	if settings.ProxyCreds != "" {
		credentials := base64.StdEncoding.EncodeToString([]byte(settings.ProxyCreds))
		transport.ProxyConnectHeader = http.Header{"Proxy-Authorization": {"Basic " + credentials}}
	}
	return transport, nil
}

// Get reads path ("/api/mo/uni/tn-a.json?...") and returns the objects of the reply.
func (c *Client) Get(ctx context.Context, path string) ([]Object, error) {
	return c.exchange(ctx, http.MethodGet, path, nil)
}

// Post sends an encoded object to path. A reply that the real provider takes as success
// though its status is an error (see Ignorable) gives no objects and no error.
func (c *Client) Post(ctx context.Context, path string, body []byte) error {
	_, err := c.exchange(ctx, http.MethodPost, path, body)
	return err
}

func (c *Client) exchange(ctx context.Context, method, path string, body []byte) ([]Object, error) {
	if err := c.vet(ctx); err != nil {
		return nil, err
	}
	reply, err := c.sendWithRetries(ctx, method, path, body)
	if err != nil {
		return nil, err
	}
	return reply.judge(method)
}

// vet asks for one harmless page without credentials before a password is sent for the
// first time: a stand-in must not hand a password to a real APIC. With a signature
// nothing secret leaves the process, so the first signed request is check enough.
func (c *Client) vet(ctx context.Context) error {
	if c.settings.Password == "" {
		return nil
	}
	c.vetOnce.Do(func() {
		_, c.vetErr = c.sendUntilAnswered(func() (*http.Request, error) {
			return c.newRequest(ctx, http.MethodGet, "/api/aaaListDomains.json", nil)
		})
	})
	return c.vetErr
}

func (c *Client) newRequest(ctx context.Context, method, path string, body []byte) (*http.Request, error) {
	target, err := url.Parse("/" + strings.TrimLeft(path, "/"))
	if err != nil {
		return nil, fmt.Errorf("the path %q is not part of a url: %w", path, err)
	}
	return http.NewRequestWithContext(ctx, method, c.base.ResolveReference(target).String(), bytes.NewReader(body))
}

// send does one exchange and refuses whatever is not the lab's simulator.
func (c *Client) send(request *http.Request) (*reply, error) {
	response, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.Header.Get(LabHeader) != LabValue {
		return nil, &NotTheLabError{Host: request.URL.Host}
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	return &reply{status: response.StatusCode, header: response.Header, body: body, url: request.URL.String()}, nil
}
