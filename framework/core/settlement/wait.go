package settlement

import (
	"cmp"
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/core/entry"
	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
)

// The back-off between asks of one movement: money.md 6.2, rule 3.
const (
	firstRetry = time.Second
	lastRetry  = 5 * time.Minute
	// afterAbsent is how soon a processor that answers is asked again.
	afterAbsent = 2 * time.Second
	// slowRetry bounds the time between releases of a hold that the processor
	// won't release.
	slowRetry = time.Hour
	// early is how long before it lapses a hold is to be captured or released:
	// money.md 6.2, rule 5.
	early = 24 * time.Hour
)

// A processor that said "later" so often in a row is busy: it is asked for no
// more than trickle things at a time, the most pressing first.
const (
	busyAfter = 3
	trickle   = 4
)

// The ranks of what waits for a busy processor.
const (
	rankPressing = iota // a hold that lapses soon
	rankVoid
	rankCapture
	rankOther // holds of those who stand at the gate, and look-ups
	ranks
)

// backoff is how long to wait before the next ask after n. Beyond the first it
// has a jitter of up to an eighth, drawn from the movement's key, so that not
// all who were turned away come back at once.
func backoff(n int, key string) time.Duration {
	d := firstRetry
	for i := 1; i < n && d < lastRetry; i++ {
		d *= 2
	}
	d = min(d, lastRetry)
	if n > 1 && len(key) > 1 {
		d += d / 8 * time.Duration(key[0]^key[1]) / 256
	}
	return d
}

// slowly is how long to wait before a hold is released once more that the
// processor refused to release n times.
func slowly(n int) time.Duration {
	d := lastRetry
	for i := 1; i < n && d < slowRetry; i++ {
		d *= 2
	}
	return min(d, slowRetry)
}

// lifetime is how long a hold lasts at the least on a network.
func lifetime(caps storedef.Processing, network string) time.Duration {
	for _, l := range caps.HoldLifetimes {
		if l.Network == network {
			return l.Lifetime
		}
	}
	return caps.HoldLifetime
}

// deadline is when a hold is to be at rest: a day before it lapses, or half way
// where it does not last that long.
func (h *Hold) deadline() time.Time {
	if h.Expires.IsZero() {
		return time.Time{}
	}
	return h.Expires.Add(-min(early, h.Expires.Sub(h.HeldAt)/2))
}

// room is how many things may be asked of a processor now.
func (s *State) room(device string) int {
	l := s.Lines[device]
	if l == nil || l.Busy < busyAfter {
		return 1 << 30
	}
	return trickle - l.Out
}

// free reports whether a payment's processor can be asked now.
func (s *State) free(t *turn.Turn, who *entry.State, p *Payment) bool {
	device := p.device(t)
	return who.Serving(device) && s.room(device) > 0
}

// cause says why it can't.
func (s *State) cause(t *turn.Turn, who *entry.State, p *Payment) string {
	if !who.Serving(p.device(t)) {
		return ", which is down"
	}
	return ", which is busy"
}

// wait puts a payment where it waits for its turn: with its processor, in its
// rank, at the time that its next ask is due; and with the clock.
func (s *State) wait(id string, p *Payment) {
	var at, clock time.Time
	rank := rankOther
	for i := range p.Holds {
		h := &p.Holds[i]
		when := h.RetryAt
		if h.State == event.PaymentOffline && !p.Unwanted {
			when = h.Began
		}
		if h.atRestBut() && p.moving() { // policy asks again once it is known what the others bring
			continue
		}
		if !when.IsZero() {
			if at.IsZero() || when.Before(at) {
				at = when
			}
			rank = min(rank, h.rank())
		}
		if w := h.lapse(p); !w.IsZero() && (clock.IsZero() || w.Before(clock)) {
			clock = w
		}
	}
	for i := range p.Refunds {
		if when := p.Refunds[i].Moved.RetryAt; !when.IsZero() && (at.IsZero() || when.Before(at)) {
			at = when
		}
	}
	for _, h := range p.movements() {
		if w := h.callAt(p); !w.IsZero() && (clock.IsZero() || w.Before(clock)) {
			clock = w
		}
	}
	for i := range p.Disputes {
		if w := p.Disputes[i].due(p); !w.IsZero() && (clock.IsZero() || w.Before(clock)) {
			clock = w
		}
	}
	if p.Device != "" && len(p.Holds) > 0 {
		s.queue("").set(id, 0, time.Time{})
	}
	s.queue(p.Device).set(id, rank, at)
	s.clock.Set(id, clock)
}

// lapse is when time alone next matters to a hold.
func (h *Hold) lapse(p *Payment) time.Time {
	switch h.State {
	case event.PaymentHeld, event.PaymentIncreasing, event.PaymentCapturing, event.PaymentVoiding:
		if !h.Warned {
			return h.deadline()
		}
		if !h.Lapsed && (h.State == event.PaymentHeld || h.State == event.PaymentVoiding) && h.Check == "" && h.Out == "" {
			return h.Expires
		}
	case event.PaymentAuthorizing, event.PaymentOffline, event.PaymentDeclined, event.PaymentCaptured, event.PaymentVoided,
		event.PaymentFailed, event.PaymentExpired, event.PaymentHouse:
	}
	return time.Time{}
}

func (h *Hold) rank() int {
	switch h.State {
	case event.PaymentVoiding, event.PaymentCapturing, event.PaymentIncreasing:
		if d := h.deadline(); !d.IsZero() && d.Sub(h.RetryAt) < early {
			return rankPressing
		}
		if h.State == event.PaymentVoiding {
			return rankVoid
		}
		return rankCapture
	case event.PaymentAuthorizing, event.PaymentHeld, event.PaymentOffline, event.PaymentDeclined, event.PaymentCaptured,
		event.PaymentVoided, event.PaymentFailed, event.PaymentExpired, event.PaymentHouse:
	}
	return rankOther
}

// queue is what waits to be asked of one processor, the most pressing first.
type queue struct{ rank [ranks]turn.Due }

func (s *State) queue(device string) *queue {
	q := s.waits[device]
	if q == nil {
		q = &queue{}
		s.waits[device] = q
		i, _ := slices.BinarySearch(s.queues, device)
		s.queues = slices.Insert(s.queues, i, device)
	}
	return q
}

func (q *queue) set(id string, rank int, at time.Time) {
	for i := range q.rank {
		if i == rank {
			q.rank[i].Set(id, at)
			continue
		}
		q.rank[i].Set(id, time.Time{})
	}
}

// due returns the sessions that something may be asked for now: what is due of
// processors that can be asked, and what time alone matters to. While a
// processor is down nothing of it is; once it is back, everything that waits.
func (s *State) due(t *turn.Turn, who *entry.State) []string {
	const all = 1 << 30
	ids := s.clock.By(t.At, all)
	for _, device := range s.queues {
		address := cmp.Or(device, t.Store.Store.Settlement.Processor)
		room := s.room(address)
		if !who.Serving(address) || room <= 0 {
			continue
		}
		until := t.At
		if in, ok := t.Input.(event.DeviceStatus); ok && in.Device == address {
			until = t.At.AddDate(100, 0, 0)
		}
		for i := range s.waits[device].rank {
			if len(ids) < room {
				ids = append(ids, s.waits[device].rank[i].By(until, room)...)
			}
		}
	}
	return ids
}

// Wake is when time alone would next matter to this stage.
func (s *State) Wake(t *turn.Turn, who *entry.State) turn.Wake {
	var w turn.Wake
	if at, ok := s.clock.Next(); ok {
		w.Add(at)
	}
	for _, device := range s.queues {
		address := cmp.Or(device, t.Store.Store.Settlement.Processor)
		if !who.Serving(address) || s.room(address) <= 0 {
			continue
		}
		for i := range s.waits[device].rank {
			if at, ok := s.waits[device].rank[i].Next(); ok {
				w.Add(at)
			}
		}
	}
	return w
}

// Waiting reports whether anything is to be asked of a processor, now or once it
// can be asked again: of that no time is known, so Wake does not tell.
func (s *State) Waiting() bool {
	for _, device := range s.queues {
		for i := range s.waits[device].rank {
			if _, ok := s.waits[device].rank[i].Next(); ok {
				return true
			}
		}
	}
	return false
}
