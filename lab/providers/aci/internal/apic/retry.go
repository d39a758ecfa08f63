package apic

import (
	"context"
	"errors"
	"math"
	"net/http"
	"time"
)

// The real client's delays between sends: 4 s, tripled each time, at most 60 s.
const (
	minDelay    = 4 * time.Second
	maxDelay    = 60 * time.Second
	delayFactor = 3.0
	maxLogins   = 3 // sends of one request while the APIC answers 403
)

// delay before send number attempt+2; random is in [0, 1) and shortens the longer delays.
func delay(attempt int, random float64) time.Duration {
	backoff := math.Min(float64(minDelay)*math.Pow(delayFactor, float64(attempt)), float64(maxDelay))
	return time.Duration((random/2+0.5)*(backoff-float64(minDelay)) + float64(minDelay))
}

// sendUntilAnswered sends what make makes until an answer comes that further sends
// would not change, or the retries are used up. The last reply is returned as it is.
func (c *Client) sendUntilAnswered(make func() (*http.Request, error)) (*reply, error) {
	for attempt := 0; ; attempt++ {
		request, err := make()
		if err != nil {
			return nil, err
		}
		answer, err := c.send(request)
		var notTheLab *NotTheLabError
		if errors.As(err, &notTheLab) || (err == nil && !answer.mayPass()) {
			return answer, err
		}
		if attempt >= c.settings.Retries || request.Context().Err() != nil {
			if err != nil {
				return nil, &ConnectionError{Cause: err}
			}
			return answer, nil
		}
		c.sleep(delay(attempt, c.random()))
	}
}

// sendWithRetries signs or adds the token, and signs in again when the APIC answers 403.
// With a signature a second send would carry the same signature: 403 is final then.
func (c *Client) sendWithRetries(ctx context.Context, method, path string, body []byte) (*reply, error) {
	for logins := 1; ; logins++ {
		answer, err := c.sendUntilAnswered(func() (*http.Request, error) {
			request, err := c.newRequest(ctx, method, path, body)
			if err != nil {
				return nil, err
			}
			return request, c.authenticate(ctx, request, path, body)
		})
		if err != nil || answer.status != http.StatusForbidden || c.key != nil || logins == maxLogins {
			return answer, err
		}
		c.forgetToken()
	}
}
