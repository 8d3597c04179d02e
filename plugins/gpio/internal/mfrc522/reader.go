package mfrc522

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/openaisle/aisle/plugins/gpio/internal/cells"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/credential/badge"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// Reader is a reader of contactless cards.
type Reader struct {
	config Config
	tokens badge.Tokens
	conn   ConnCloser
	chip   *Chip
	log    *slog.Logger // may be nil
	held   badge.Held
	inside string // the token of the card in the field
	empty  int    // looks in a row that saw no card
	poor   int    // looks in a row that saw one and could not read it

	mu        sync.Mutex
	condition sdk.Condition
}

const (
	// leftAfter is how many looks in a row see no card when it has left: one may
	// miss a card at the edge of the field.
	leftAfter = 3
	// poorAfter is how many looks in a row are told: a card that comes into the
	// field is damaged in one or two.
	poorAfter = 5
	// lostAfter is how many looks in a row may fail by the bus before the chip is
	// gone.
	lostAfter = 3
)

// Run reports each card that is presented (credential.Reader).
func (r *Reader) Run(ctx context.Context, report func(observe.Credential)) error {
	for failed := 0; ; {
		uid, err := r.look(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		switch {
		case err == nil, errors.Is(err, errNone), errors.Is(err, errGarbled), errors.Is(err, errCollision):
			failed = 0
			r.see(uid, err, report)
		case failed+1 >= lostAfter:
			return fault.Wrap(fault.Unavailable, "read the chip on "+r.config.Port, err)
		default:
			failed++
		}
		if err := cells.Wait(ctx, r.config.Poll); err != nil {
			return err
		}
	}
}

// look looks at the field once. A chip that was restarted is set up anew: it keeps
// nothing that could be lost.
func (r *Reader) look(ctx context.Context) ([]byte, error) {
	err := r.chip.alive()
	if errors.Is(err, errRestarted) {
		if r.log != nil {
			r.log.Warn("the chip was restarted: its power was away")
		}
		err = r.chip.start(ctx)
	}
	if err != nil {
		return nil, err
	}
	return r.chip.Card(ctx)
}

// see takes what a look saw.
func (r *Reader) see(uid []byte, err error, report func(observe.Credential)) {
	switch {
	case errors.Is(err, errNone):
		r.poor = 0
		if r.empty++; r.empty >= leftAfter {
			r.inside = ""
		}
		r.says("")
		return
	case err != nil:
		r.empty = 0
		if r.poor++; r.poor >= poorAfter {
			r.says(fmt.Sprintf("a card is in the field and can't be read: %v", err))
		}
		return
	case len(uid) == 4 && uid[0] == random:
		r.empty, r.poor = 0, 0
		r.says("a card is in the field whose UID is another each time, as a telephone's is: it can't be known again")
		return
	}
	r.empty, r.poor = 0, 0
	r.says("")
	now := time.Now()
	token := r.tokens.Of("iso14443a:" + hex.EncodeToString(uid))
	again := r.held.Again(token, now, r.config.Again)
	if token == r.inside || again {
		r.inside = token
		return
	}
	r.inside = token
	report(observe.Credential{Interval: observe.At(now), Token: token, Method: observe.MethodBadge, Quality: measure.Certain})
}

// says keeps how the reader is.
func (r *Reader) says(trouble string) {
	c := sdk.Condition{State: sdk.StateReady}
	if trouble != "" {
		c = sdk.Condition{State: sdk.StateDegraded, Cause: trouble}
	}
	r.mu.Lock()
	r.condition = c
	r.mu.Unlock()
}

// Condition says what is wrong with the card in the field.
func (r *Reader) Condition() sdk.Condition {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.condition
}

// Identity is what the chip says that it is.
func (r *Reader) Identity() sdk.Identity {
	return sdk.Identity{Model: "MFRC522", Firmware: fmt.Sprintf("%#02x", r.chip.Version)}
}

// Close powers the chip down and lets it go.
func (r *Reader) Close() error {
	_ = r.chip.Stop() // that it is gone may be why
	return r.conn.Close()
}
