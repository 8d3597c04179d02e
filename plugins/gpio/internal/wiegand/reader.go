package wiegand

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/credential/badge"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// Reader is a Wiegand reader.
type Reader struct {
	config Config
	tokens badge.Tokens
	cards  Cards
	source Source
	framer Framer
	held   badge.Held
	closed sync.Once

	mu        sync.Mutex
	condition sdk.Condition
	taken     int // cards since it was opened
	refused   int // frames that were none
	bounces   int
}

// idle is how long Run waits for an edge where none is due.
const idle = time.Second

// patience is how many pauses without an edge end a card whose next one never comes. A
// busy machine hands edges over late; their own times are what tells a pause.
const patience = 2

// Run reports each badge that is presented (credential.Reader).
func (r *Reader) Run(ctx context.Context, report func(observe.Credential)) error {
	defer context.AfterFunc(ctx, func() { _ = r.Close() })()
	for {
		within := idle
		if r.framer.Open() {
			within = patience * r.config.Pause
		}
		e, ok, err := r.source.Edge(within)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return fault.Wrap(fault.Unavailable, fmt.Sprintf("read lines %d and %d of %s", r.config.D0, r.config.D1, r.config.Chip), err)
		}
		var frame Frame
		var ended bool
		switch {
		case ok:
			frame, ended = r.framer.Add(e)
		default:
			frame, ended = r.framer.Flush()
		}
		if ended {
			r.see(frame, report)
		}
	}
}

// see takes a whole frame.
func (r *Reader) see(f Frame, report func(observe.Credential)) {
	why := r.cards.Judge(f)
	r.note(f, why)
	if why != "" {
		return
	}
	now := time.Now()
	token := r.tokens.Of(f.Card.Text())
	if r.held.Again(token, now, r.config.Again) {
		return
	}
	report(observe.Credential{Interval: observe.At(now), Token: token, Method: observe.MethodBadge, Quality: measure.Certain})
}

// note keeps how the reader is: what is wrong with the last frame, until a card comes
// over whole.
func (r *Reader) note(f Frame, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bounces += f.Bounces
	if why == "" {
		r.taken++
		r.condition = sdk.Condition{State: sdk.StateReady}
		return
	}
	r.refused++
	r.condition = sdk.Condition{State: sdk.StateDegraded, Cause: fmt.Sprintf(
		"%s (%d cards read, %d refused, %d bounces)", why, r.taken, r.refused, r.bounces)}
}

// Condition says what was wrong with the last card.
func (r *Reader) Condition() sdk.Condition {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.condition
}

// Close lets the lines go.
func (r *Reader) Close() (err error) {
	r.closed.Do(func() { err = r.source.Close() })
	return err
}
