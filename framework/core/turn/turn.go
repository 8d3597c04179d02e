// Package turn is what the stages of the core share in one step: the input,
// the time, the definition in force, and the way to state a fact.
//
// Each stage sees the input and the facts of earlier stages, never of later
// ones. This is a pure room.
package turn

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
)

// Turn is one step as a stage sees it.
type Turn struct {
	At    time.Time
	Input event.Input
	// Ask is what an Answer input answers; nil for any other.
	Ask *event.Ask
	// Store is the definition in force; never nil in a stage.
	Store *storedef.Index
	// Facts are those stated so far.
	Facts []event.Fact
	// Apply folds a fact into the state of every stage.
	Apply func(event.Fact)
}

// Emit states a fact: it is folded at once, and the rest of the step sees it.
func (t *Turn) Emit(f event.Fact) {
	t.Facts = append(t.Facts, f)
	t.Apply(f)
}

// EmitAsk states that something is wanted of a device.
func (t *Turn) EmitAsk(a event.Ask) { t.Emit(event.Asked{Ask: a, At: t.At}) }

// Evidence returns the input if it is evidence of something observed.
func (t *Turn) Evidence() (event.Evidence, bool) {
	e, ok := t.Input.(event.Evidence)
	return e, ok && e.Observed != nil
}

// Answer returns the answer and its ask if the input is an answer to an ask of
// the given operation, or a look-up of one.
func (t *Turn) Answer(op event.Operation) (event.Answer, *event.Ask, bool) {
	a, ok := t.Input.(event.Answer)
	if !ok || t.Ask == nil || (t.Ask.Operation != op && t.Ask.Of != op) {
		return event.Answer{}, nil, false
	}
	return a, t.Ask, true
}

// HoldStands reports whether the input says that a hold of exactly the amount
// asked for stands now: a look-up also finds holds that are over.
func (t *Turn) HoldStands() (event.Answer, *event.Ask, bool) {
	a, ask, ok := t.Answer(event.OpAuthorize)
	if !ok || !Happened(a, ask) || a.Amount == nil || ask.Amount == nil || *a.Amount != *ask.Amount {
		return event.Answer{}, nil, false
	}
	if a.Expires != nil && !t.At.Before(*a.Expires) {
		return event.Answer{}, nil, false
	}
	return a, ask, true
}

// Happened reports whether an answer, or a look-up, says that the movement was
// made.
func Happened(a event.Answer, ask *event.Ask) bool {
	if a.Outcome != event.OutcomeDone {
		return false
	}
	return ask.Operation != event.OpLookup || a.Found == event.FoundDone
}

// Key derives an idempotency key from what it stands for: the same deed has
// the same key on every host, for ever, and no two deeds share one.
func Key(parts ...string) string {
	var room [256]byte
	b := room[:0]
	for _, p := range parts {
		b = append(append(strconv.AppendInt(b, int64(len(p)), 10), ':'), p...)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// Earliest returns the earlier of two wakes.
func Earliest(a time.Time, aok bool, b time.Time, bok bool) (time.Time, bool) {
	switch {
	case !aok:
		return b, bok
	case !bok || a.Before(b):
		return a, true
	default:
		return b, true
	}
}

// Wake gathers the earliest of many times.
type Wake struct {
	At time.Time
	OK bool
}

// Add takes another time into account.
func (w *Wake) Add(t time.Time) { w.At, w.OK = Earliest(w.At, w.OK, t, true) }
