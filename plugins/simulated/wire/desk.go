package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"github.com/openaisle/aisle/sdk/observe"
)

const (
	// socket is where the store takes the orders of its staff, in its data folder.
	socket = "control.sock"
	// deskLooks is how often staff look how far an enrolment is.
	deskLooks = 50 * time.Millisecond
	// deskAnswers is how long the store may take to answer, and maxDeskAnswer how much
	// it may say.
	deskAnswers   = 10 * time.Second
	maxDeskAnswer = 8 << 20
	// cardTender is how accounts pay: a palm stands for its holder's card.
	cardTender = observe.AttributeTender + "=card"
	// staff is who gives the orders, by the journal.
	staff = "the simulated store's desk"
)

// desk is staff at the entrance, who pair palms with accounts by orders to the store, as
// aisle enrol gives them. It is the one thing here that speaks to the store itself: no
// device may say whom a palm belongs to.
type desk struct{ http *http.Client }

func newDesk(data string) *desk {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", filepath.Join(data, socket))
	}
	return &desk{&http.Client{Timeout: deskAnswers, Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}}
}

// newcomer is somebody who is to be enrolled. Consent is the name of what they signed,
// another one each time.
type newcomer struct{ reader, account, consent string }

// enrolment is how far one is, as the store says.
type enrolment struct {
	State   string `json:"state"`
	Reader  string `json:"reader"`
	Reason  string `json:"reason"`
	Consent struct {
		Reference string `json:"reference"`
	} `json:"consent"`
}

// enrol has the store pair whom the reader recognises next with an account, and has them
// show the palm while it waits for one. It ends once they are paired. An enrolment that
// somebody else left open is ended first, or the palm would be paired with their account.
func (d *desk) enrol(ctx context.Context, n newcomer, show func()) error {
	look := time.NewTicker(deskLooks)
	defer look.Stop()
	var last error
	for {
		e, err := d.newest(ctx, n.reader)
		ours := err == nil && e.Consent.Reference == n.consent
		switch {
		case err != nil: // the store is not there, and may come back
		case ours && e.State == "paired":
			return nil
		case ours && e.State == "waiting":
			show()
		case ours:
			return fmt.Errorf("nobody was enrolled: %s", e.Reason)
		case e.State == "waiting":
			err = d.order(ctx, map[string]any{"id": "end-" + n.consent, "order": "cancel_enrolment", "reader": n.reader, "reason": "another one comes"})
		default:
			err = d.order(ctx, map[string]any{"id": "start-" + n.consent, "order": "enrol", "reader": n.reader, "consent": n.consent,
				"account": map[string]any{"token": n.account, "attributes": []string{cardTender}}, "reason": "enrolment"})
		}
		if err != nil && ctx.Err() == nil {
			last = err
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return errors.Join(ctx.Err(), last)
		}
	}
}

// newest gives the newest enrolment of a reader; that of nobody where there is none.
func (d *desk) newest(ctx context.Context, reader string) (enrolment, error) {
	var all struct {
		Enrolments []enrolment `json:"enrolments"` // the newest first
	}
	if err := d.ask(ctx, http.MethodGet, "/api/v1/enrolments", nil, &all); err != nil {
		return enrolment{}, err
	}
	for _, e := range all.Enrolments {
		if e.Reader == reader {
			return e, nil
		}
	}
	return enrolment{}, nil
}

func (d *desk) order(ctx context.Context, o map[string]any) error {
	o["actor"] = staff
	return d.ask(ctx, http.MethodPost, "/api/v1/orders", o, &struct{}{})
}

func (d *desk) ask(ctx context.Context, method, path string, body, into any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://localhost"+path, bytes.NewReader(b))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	a, err := d.http.Do(r)
	if err != nil {
		return err
	}
	defer a.Body.Close()
	if b, err = io.ReadAll(io.LimitReader(a.Body, maxDeskAnswer)); err != nil {
		return err
	}
	if a.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: the store answers %s: %.200s", path, a.Status, b)
	}
	return json.Unmarshal(b, into)
}
