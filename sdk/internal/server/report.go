package server

import (
	"log/slog"
	"slices"

	"github.com/openaisle/aisle/sdk/internal/wire"
	"github.com/openaisle/aisle/sdk/observe"
)

// reporter takes what one opening of a device reports (class.Reporter).
type reporter struct {
	source *source
	log    *slog.Logger
}

// begin takes the lock and gives the row for a report, or nil where it is
// refused or the opening has ended: then nothing is locked.
func (r *reporter) begin(span observe.Interval, bad error) *kept {
	o := r.source
	o.spool.mu.Lock()
	if bad != nil {
		o.refuse(span, bad)
		o.spool.mu.Unlock()
		o.spool.signal()
		r.log.Error("evidence refused", "error", bad)
		return nil
	}
	k := o.next()
	if k == nil {
		o.spool.mu.Unlock()
		return nil
	}
	o.last = span
	return k
}

// end counts the row in and lets the lock go.
func (r *reporter) end(k *kept) {
	r.source.close(k)
	r.settle()
}

// settle does what a new row may make due, and lets the lock go.
func (r *reporter) settle() {
	o := r.source
	s := o.spool
	if o.rows.n >= wire.MaxBatch {
		o.pack()
	}
	if s.over(0, 0) {
		s.shrink()
	}
	s.rouse()
	s.mu.Unlock()
}

// refuse puts a gap in the place of evidence that can't travel.
func (o *source) refuse(span observe.Interval, bad error) {
	o.lose(span, "refused: "+bad.Error())
}

// lose puts a gap of one in the place of a report.
func (o *source) lose(span observe.Interval, cause string) {
	span = o.moment(span)
	k := o.next()
	if k == nil {
		return
	}
	o.counted++
	k.Lose(&wire.Gap{Interval: span, Lost: 1, Before: o.sum, After: o.sum, Cause: cause}, o.offset)
	o.close(k)
	o.resize(k, k.Size+gapBytes)
	o.spool.shrink()
}

// Credential takes a credential. It is never dropped: where the reserve of the
// spool is used up it waits until the host has acknowledged some, or the device
// must stop.
func (r *reporter) Credential(e observe.Credential) {
	bad := wire.CheckCredential(&e)
	if bad == nil && !r.source.wait() {
		r.source.spool.mu.Lock()
		r.source.lose(e.Interval, causeFull)
		r.source.spool.mu.Unlock()
		return
	}
	if k := r.begin(e.Interval, bad); k != nil {
		k.Credential(&e, r.source.offset)
		r.end(k)
	}
}

// wait waits until a critical row has room. It is false where the device must
// stop before.
func (o *source) wait() bool {
	s := o.spool
	for {
		s.mu.Lock()
		if s.over(reserveBytes, reserveEvents) {
			s.shrink()
		}
		full, room := s.over(reserveBytes, reserveEvents) && !o.ended, s.room
		s.mu.Unlock()
		if !full {
			return true
		}
		select {
		case <-room:
		case <-o.over:
			return false
		}
	}
}

// Passage takes a passage and returns at once, as those below do.
func (r *reporter) Passage(e observe.Passage) {
	if k := r.begin(e.Interval, wire.CheckPassage(&e)); k != nil {
		k.Passage(&e, r.source.offset)
		r.end(k)
	}
}

// Weight takes a level.
func (r *reporter) Weight(e observe.Weight) {
	if k := r.begin(e.Interval, wire.CheckWeight(&e)); k != nil {
		k.Weight(&e, r.source.offset)
		r.source.level(e.Bay, e.Mass)
		k.After = r.source.sum
		r.end(k)
	}
}

// Tag takes a tag.
func (r *reporter) Tag(e observe.Tag) {
	if r.direct(&e) {
		return
	}
	if k := r.begin(e.Interval, wire.CheckTag(&e)); k != nil {
		k.Tag(&e, r.source.offset)
		r.source.close(k)
		r.source.takeColumns()
		r.settle()
	}
}

// Interaction takes an interaction. The vendor may use its slice again.
func (r *reporter) Interaction(e observe.Interaction) {
	bad := wire.CheckInteraction(&e)
	if bad == nil {
		e.Candidates = slices.Clone(e.Candidates)
	}
	if k := r.begin(e.Interval, bad); k != nil {
		k.Interaction(&e, r.source.offset)
		r.end(k)
	}
}

// Presence takes a presence.
func (r *reporter) Presence(e observe.Presence) {
	if k := r.begin(e.Interval, wire.CheckPresence(&e)); k != nil {
		k.Presence(&e, r.source.offset)
		r.end(k)
	}
}

// Door takes a door's position.
func (r *reporter) Door(e observe.Door) {
	if k := r.begin(e.Interval, wire.CheckDoor(&e)); k != nil {
		k.Door(&e, r.source.offset)
		r.end(k)
	}
}

// Scan takes a scan.
func (r *reporter) Scan(e observe.Scan) {
	if k := r.begin(e.Interval, wire.CheckScan(&e)); k != nil {
		k.Scan(&e, r.source.offset)
		r.end(k)
	}
}
