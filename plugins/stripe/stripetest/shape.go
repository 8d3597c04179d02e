package stripetest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Limits of what is read.
const (
	maxBody    = 1 << 20
	shapeLimit = 10 * time.Second
)

// passed are the headers of a request that stripe-mock gets to see.
var passed = []string{"Authorization", "Content-Type", "Idempotency-Key", "Stripe-Version", "Stripe-Account", "User-Agent"}

// A shapeCheck asks stripe-mock whether a request has the shape that Stripe's OpenAPI description asks for.
type shapeCheck struct {
	addr   string
	client *http.Client
}

func newShapeCheck(addr string) *shapeCheck {
	return &shapeCheck{addr: addr, client: &http.Client{Transport: &http.Transport{}, Timeout: shapeLimit}}
}

func (m *shapeCheck) close() { m.client.CloseIdleConnections() }

// check returns stripe-mock's answer where it refuses the request, nil where it takes it.
func (m *shapeCheck) check(c *call) *answer {
	ctx, cancel := context.WithTimeout(context.Background(), shapeLimit)
	defer cancel()
	target := url.URL{Scheme: "http", Host: m.addr, Path: c.path, RawQuery: c.query}
	req, err := http.NewRequestWithContext(ctx, c.method, target.String(), bytes.NewReader(c.body))
	if err != nil {
		return broken(fmt.Errorf("ask stripe-mock: %w", err))
	}
	for _, name := range passed {
		if v := c.header.Get(name); v != "" {
			req.Header.Set(name, v)
		}
	}
	resp, err := m.client.Do(req)
	if err != nil {
		return broken(fmt.Errorf("ask stripe-mock: %w", err))
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return broken(fmt.Errorf("read stripe-mock's answer: %w", err))
	}
	if resp.StatusCode < 400 {
		return nil
	}
	if !json.Valid(body) {
		return broken(fmt.Errorf("stripe-mock answered %d with %q", resp.StatusCode, body))
	}
	return &answer{status: resp.StatusCode, body: body}
}

// broken is the answer where this server itself can't work.
func broken(err error) *answer {
	a := (&failure{status: http.StatusInternalServerError, Type: "api_error", Message: "stripetest: " + err.Error()}).answer()
	return &a
}
