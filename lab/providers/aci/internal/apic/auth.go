package apic

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// token of a password session; expires on this machine's clock.
type token struct {
	value   string
	expires time.Time
}

func (c *Client) authenticate(ctx context.Context, request *http.Request, path string, body []byte) error {
	if c.key != nil {
		return c.sign(request, path, body)
	}
	value, err := c.sessionToken(ctx)
	if err == nil {
		request.AddCookie(&http.Cookie{Name: "APIC-Cookie", Value: value})
	}
	return err
}

// sign adds the four cookies of certificate authentication: RSA PKCS#1 v1.5 over SHA-256
// of method, path with query as written, and body ("{}" counts as no body).
func (c *Client) sign(request *http.Request, path string, body []byte) error {
	text := request.Method + path
	if string(body) != "{}" {
		text += string(body)
	}
	digest := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(nil, c.key, crypto.SHA256, digest[:])
	if err != nil {
		return fmt.Errorf("the request could not be signed: %w", err)
	}
	certificate := fmt.Sprintf("uni/userext/user-%s/usercert-%s", c.settings.Username, c.settings.CertName)
	for _, cookie := range [][2]string{
		{"APIC-Request-Signature", base64.StdEncoding.EncodeToString(signature)},
		{"APIC-Certificate-Algorithm", "v1.0"},
		{"APIC-Certificate-Fingerprint", "fingerprint"}, // the APIC wants the word, not a fingerprint
		{"APIC-Certificate-DN", certificate},
	} {
		request.AddCookie(&http.Cookie{Name: cookie[0], Value: cookie[1]})
	}
	return nil
}

func (c *Client) sessionToken(ctx context.Context) (string, error) {
	c.tokenLock.Lock()
	defer c.tokenLock.Unlock()
	if c.token != nil && time.Now().Before(c.token.expires) {
		return c.token.value, nil
	}
	fresh, err := c.login(ctx)
	if err != nil {
		return "", err
	}
	c.token = fresh
	return fresh.value, nil
}

func (c *Client) forgetToken() {
	c.tokenLock.Lock()
	defer c.tokenLock.Unlock()
	c.token = nil
}

func (c *Client) login(ctx context.Context) (*token, error) {
	body, err := json.Marshal(map[string]any{"aaaUser": map[string]any{
		"attributes": map[string]string{"name": c.settings.Username, "pwd": c.settings.Password}}})
	if err != nil {
		return nil, err
	}
	answer, err := c.sendUntilAnswered(func() (*http.Request, error) {
		return c.newRequest(ctx, http.MethodPost, "/api/aaaLogin.json", body)
	})
	if err != nil {
		return nil, err
	}
	objects, err := answer.judge(http.MethodPost)
	if err != nil {
		return nil, err
	}
	return tokenFrom(objects)
}

func tokenFrom(objects []Object) (*token, error) {
	if len(objects) == 0 || objects[0].Attributes["token"] == "" {
		return nil, errors.New("Invalid Username or Password") //nolint:staticcheck // the real provider's words
	}
	seconds, err := strconv.ParseInt(objects[0].Attributes["refreshTimeoutSeconds"], 10, 64)
	if err != nil {
		return nil, fmt.Errorf("refreshTimeoutSeconds of the sign-in: %w", err)
	}
	if _, err := strconv.ParseInt(objects[0].Attributes["creationTime"], 10, 64); err != nil {
		return nil, fmt.Errorf("creationTime of the sign-in: %w", err)
	}
	return &token{objects[0].Attributes["token"], time.Now().Add(time.Duration(seconds) * time.Second)}, nil
}

// loadPrivateKey takes PEM text or the path of a PEM file, as ACI_PRIVATE_KEY may hold either.
func loadPrivateKey(textOrPath string) (*rsa.PrivateKey, error) {
	data := []byte(textOrPath)
	if !strings.Contains(textOrPath, "\n") && !strings.HasPrefix(textOrPath, "-----BEGIN") {
		if content, err := os.ReadFile(textOrPath); err == nil {
			data = content
		}
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, errors.New("private_key holds no PEM block, and is not the path of a file with one")
	}
	return parsePrivateKey(block)
}

func parsePrivateKey(block *pem.Block) (*rsa.PrivateKey, error) {
	switch block.Type {
	case "RSA PRIVATE KEY":
		return x509.ParsePKCS1PrivateKey(block.Bytes)
	case "PRIVATE KEY":
		parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return nil, err
		}
		if key, ok := parsed.(*rsa.PrivateKey); ok {
			return key, nil
		}
		return nil, errors.New("private_key is not an RSA key; the APIC verifies RSA signatures alone")
	}
	return nil, fmt.Errorf("private_key is of type %q; an unencrypted RSA key is needed", block.Type)
}
