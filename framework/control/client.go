package control

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

const (
	// answerWithin is how long a store may take to answer a question.
	answerWithin = 10 * time.Second
	// maxAnswer bounds an answer and maxRecord a line of the journal, in bytes.
	maxAnswer = 64 << 20
	maxRecord = 32 << 20
)

// Client asks the store that runs on a data folder.
type Client struct {
	data string
	http *http.Client
}

// NewClient returns a client for a data folder. It connects to nothing yet;
// its calls return a *NotRunningError where no store runs there.
func NewClient(data string) *Client {
	t := &http.Transport{
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return Dial(ctx, data) },
		DisableKeepAlives: true, // each call finds the host that runs then
	}
	return &Client{data: data, http: &http.Client{Transport: t}}
}

// State asks how the store is.
func (c *Client) State(ctx context.Context) (s State, err error) {
	b, err := c.get(ctx, "/api/v1/host")
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return s, fmt.Errorf("the store on %s answers nonsense: %w", c.data, err)
	}
	return s, nil
}

// Drift asks in what the store's files differ from what runs.
func (c *Client) Drift(ctx context.Context) (d Drift, err error) {
	b, err := c.get(ctx, "/api/v1/drift")
	if err != nil {
		return d, err
	}
	if err := json.Unmarshal(b, &d); err != nil {
		return d, fmt.Errorf("the store on %s answers nonsense: %w", c.data, err)
	}
	return d, nil
}

// Summary is what a store's totals say of visits.
type Summary struct {
	// Sessions are all visits, Receipts those that have a receipt.
	Sessions int `json:"sessions"`
	Receipts int `json:"receipts"`
}

// Summary asks for the totals.
func (c *Client) Summary(ctx context.Context) (Summary, error) {
	var s struct {
		Totals Summary `json:"totals"`
	}
	b, err := c.get(ctx, "/api/v1/summary")
	if err != nil {
		return s.Totals, err
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return s.Totals, fmt.Errorf("the store on %s answers nonsense: %w", c.data, err)
	}
	return s.Totals, nil
}

// Get asks a route of the API for its answer.
func (c *Client) Get(ctx context.Context, path string, into any) error {
	b, err := c.get(ctx, path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("the store on %s answers nonsense: %w", c.data, err)
	}
	return nil
}

// Post sends a body to a route of the API. The error is an *Error where the
// store refuses it.
func (c *Client) Post(ctx context.Context, path string, body, into any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, 2*answerWithin, fmt.Errorf("the store on %s does not answer within %v", c.data, 2*answerWithin))
	defer cancel()
	resp, err := c.do(ctx, http.MethodPost, path, b)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if b, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer)); err != nil {
		return fmt.Errorf("reach the store on %s: %w", c.data, err)
	}
	if resp.StatusCode/100 != 2 {
		return refusal(resp.StatusCode, b)
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("the store on %s answers nonsense: %w", c.data, err)
	}
	return nil
}

func (c *Client) get(ctx context.Context, path string) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, answerWithin, fmt.Errorf("the store on %s does not answer within %v", c.data, answerWithin))
	defer cancel()
	resp, err := c.do(ctx, http.MethodGet, path, nil)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("reach the store on %s: %w", c.data, err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, refusal(resp.StatusCode, b)
	}
	return b, nil
}

// Upgrade swaps a plugin for what its source now is. Tell may be nil.
func (c *Client) Upgrade(ctx context.Context, plugin string, by By, tell func(Progress)) (Outcome, error) {
	return c.order(ctx, "/api/v1/plugins/"+url.PathEscape(plugin)+"/upgrade", by, tell)
}

// Release starts a plugin again that was given up.
func (c *Client) Release(ctx context.Context, plugin string, by By) (Outcome, error) {
	return c.order(ctx, "/api/v1/plugins/"+url.PathEscape(plugin)+"/release", by, nil)
}

// Apply takes over what changed of the plugins in the store's files.
func (c *Client) Apply(ctx context.Context, by By, tell func(Progress)) (Outcome, error) {
	return c.order(ctx, "/api/v1/apply", by, tell)
}

// CloseDay closes a business day: the named one, or the last that is over; with
// now, today's as of this moment.
func (c *Client) CloseDay(ctx context.Context, day string, now bool, by By) (Closed, error) {
	q := url.Values{}
	if day != "" {
		q.Set("day", day)
	}
	if now {
		q.Set("now", "1")
	}
	out, err := c.order(ctx, "/api/v1/days/close?"+q.Encode(), by, nil)
	if err != nil || out.Day == nil {
		return Closed{}, err
	}
	return *out.Day, nil
}

// order gives an order and hands on its progress. The store carries it out to
// its end also where ctx ends before.
func (c *Client) order(ctx context.Context, path string, by By, tell func(Progress)) (Outcome, error) {
	body, err := json.Marshal(by)
	if err != nil {
		return Outcome{}, err
	}
	resp, err := c.do(ctx, http.MethodPost, path, body)
	if err != nil {
		return Outcome{}, err
	}
	defer resp.Body.Close()
	in := lineScanner(resp.Body)
	for in.Scan() {
		var l line
		if err := json.Unmarshal(in.Bytes(), &l); err != nil {
			return Outcome{}, fmt.Errorf("the store on %s answers nonsense: %w", c.data, err)
		}
		switch {
		case l.Error != nil:
			return Outcome{}, l.Error
		case l.Outcome != nil:
			return *l.Outcome, nil
		case l.Progress != nil && tell != nil:
			tell(*l.Progress)
		}
	}
	err = in.Err()
	if err == nil {
		err = io.ErrUnexpectedEOF
	}
	return Outcome{}, fmt.Errorf("the store on %s ended before it said what came of the order: %w", c.data, err)
}

func lineScanner(r io.Reader) *bufio.Scanner {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 64<<10), maxRecord)
	return s
}

func (c *Client) do(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, "http://localhost"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(r)
	var none *NotRunningError
	switch {
	case err == nil:
		return resp, nil
	case errors.As(err, &none):
		return nil, none
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return nil, fmt.Errorf("reach the store on %s: %w", c.data, err)
}

// refusal reads why a question was not answered.
func refusal(status int, body []byte) error {
	var p struct {
		Error *Error `json:"error"`
	}
	if err := json.Unmarshal(body, &p); err != nil || p.Error == nil {
		return Errorf(CodeInternal, "the store answers %s", http.StatusText(status))
	}
	return p.Error
}
