// Package relay is the part of a gate that contacts alone don't have: which leave
// to enter the next body uses up, and when to unlock again (Entry), and which way a
// body goes through a light curtain (Curtain).
//
// It is for turnstiles and speed gates that are driven by contacts, whatever
// carries them (a GPIO relay, an output of OSDP, a coil of Modbus): a pulse
// unlocks for one body, a contact tells of each that passed. It has no way to lock
// anybody in: it can't lock the way out, and does not know that there is one.
package relay

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/observe"
)

// maxKnown is how many sessions are remembered, so that one that is asked for
// again does not let more in, and how many leaves that ended.
const maxKnown = 4096

// Contacts is what a gate is driven by.
type Contacts interface {
	// Unlock lets one body in. It may be told again before that body came: that
	// is still one. An error of code unknown means that it may have unlocked.
	Unlock(ctx context.Context) error
}

// Entry keeps the leaves to enter of one lane. Its zero value is not ready: use
// New.
type Entry struct {
	contacts Contacts
	window   time.Duration

	mu     sync.Mutex
	leaves []leave   // oldest first; one that ended may have its body in the lane still
	known  []string  // sessions, oldest first
	until  time.Time // when what was unlocked locks again
	unsure bool      // it is not known whether it unlocked
}

type leave struct {
	session string
	bodies  int
	expires time.Time
	ended   bool // it stays so when the clock is set back
}

func (l leave) goes(at time.Time) bool { return at.Before(l.expires) }

// New gives the entry of a gate that locks again by itself when nobody passed for a
// window after it was unlocked.
func New(c Contacts, window time.Duration) *Entry { return &Entry{contacts: c, window: window} }

// Admit takes leave to enter (gate.Gate) and unlocks where nobody else is to
// pass first.
func (e *Entry) Admit(ctx context.Context, a gate.Admission, now time.Time) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !now.Before(a.Expires) {
		return fault.New(fault.Refused, "the leave to enter has expired")
	}
	for i := range e.known {
		if e.known[i] != a.Session {
			continue
		}
		if next, ok := e.next(now); ok && e.unsure && next.session == a.Session {
			return e.unlock(ctx, now)
		}
		return nil
	}
	_, behind := e.next(now)
	e.leaves = append(e.leaves, leave{session: a.Session, bodies: a.Bodies, expires: a.Expires})
	e.leaves = e.leaves[max(0, len(e.leaves)-maxKnown):]
	e.known = append(e.known, a.Session)
	e.known = e.known[max(0, len(e.known)-maxKnown):]
	if behind {
		return nil
	}
	err := e.unlock(ctx, now)
	if err != nil && fault.CodeOf(err) != fault.Unknown {
		// It did not open, so the next try is a first one again.
		e.leaves, e.known = e.leaves[:len(e.leaves)-1], e.known[:len(e.known)-1]
	}
	return err
}

// Passed counts a body against its leave and gives the passage; the next one is let in
// where there is leave. It is Admission's empty session for a body that had none. A body
// whose leave ended while it was in the lane, by its onset, had leave: counted against the
// next party's, it would keep one of those out.
func (e *Entry) Passed(ctx context.Context, at observe.Interval, now time.Time) (observe.Passage, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	p := observe.Passage{Interval: at, Direction: observe.DirectionIn}
	e.until = time.Time{}
	// Bodies go through a lane one after the other: who comes later began later.
	e.leaves = slices.DeleteFunc(e.leaves, func(l leave) bool { return !l.goes(at.Onset) })
	if len(e.leaves) == 0 {
		return p, nil
	}
	p.Admission = e.leaves[0].session
	e.leaves[0].bodies--
	if e.leaves[0].bodies == 0 {
		e.leaves = e.leaves[1:]
	}
	if _, ok := e.next(now); !ok {
		return p, nil
	}
	return p, e.unlock(ctx, now)
}

// Tick unlocks again what locked by itself while somebody still has leave. Call it now and
// then; an error is of the contacts.
func (e *Entry) Tick(ctx context.Context, now time.Time) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, ok := e.next(now); !ok || now.Before(e.until) {
		return nil
	}
	return e.unlock(ctx, now)
}

// Waiting says whether anybody has leave to enter and has not passed.
func (e *Entry) Waiting(now time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	_, ok := e.next(now)
	return ok
}

// next gives the leave by which the next body comes in that is not in the lane yet.
func (e *Entry) next(now time.Time) (leave, bool) {
	for i := range e.leaves {
		l := &e.leaves[i]
		if l.ended = l.ended || !l.goes(now); !l.ended {
			return *l, true
		}
	}
	return leave{}, false
}

func (e *Entry) unlock(ctx context.Context, now time.Time) error {
	err := e.contacts.Unlock(ctx)
	e.unsure = fault.CodeOf(err) == fault.Unknown
	if err == nil || e.unsure {
		e.until = now.Add(e.window)
	}
	return err
}
