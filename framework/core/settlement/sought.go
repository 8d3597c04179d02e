package settlement

import (
	"cmp"
	"slices"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/money"
)

// What another host may have captured of a hold, or besides what is booked of it, is looked
// for under the keys that it would have made: one after the other, for a look-up is of one.

// captureKey is that by which the capture of a hold is looked up: that of another host, of
// which is known, or this one's own.
func (d deal) captureKey() string {
	h := d.hold()
	own := h.CaptureKey
	if h.outrun() {
		own = d.keyOf(event.OpCapture, h.sought(h.Ordinals.Void-1))
	}
	return cmp.Or(h.Elsewhere, own, d.keyOf(event.OpCapture, max(1, h.Ordinals.Void-1)))
}

// outrun reports whether another host may have captured a hold under another key than this
// one last did in vain: its release is refused once more, though that was looked up.
func (h *Hold) outrun() bool {
	return h.State == event.PaymentVoiding && h.CaptureKey != "" && h.Ordinals.Void > 1
}

// sought is the ordinal of the key that is looked under after so many others: this host's own,
// the one after it, for what went out under its own may have been lost to the other, those that
// this one gave up before, and then the later ones.
func (h *Hold) sought(after int) int {
	own := h.Ordinals.Capture
	switch {
	case after == 0:
		return own
	case after == 1:
		return own + 1
	case after <= own:
		return after - 1
	}
	return after + 1
}

// besides is the key under which another host may have captured something besides what the
// move is about; empty for none.
func (d deal) besides(w What, row *Transition, m event.PaymentMoved) string {
	h, caps := d.hold(), d.p.caps(d.t)
	own := h.CaptureKey != "" && h.Check == ""
	switch {
	case !caps.LookupByKey || h.For == event.HoldDebt:
		return ""
	case row.From == phaseVoidedLook && row.To == phaseVoided && w != SaidNo:
		return d.nextSought()
	case !slices.Contains(row.Deeds, bookTaken):
		return ""
	case own && h.Elsewhere != h.CaptureKey && h.Elsewhere != "": // a notice told of it meanwhile
		return h.Elsewhere
	case row.From == phaseTakingLook && caps.MultipleCapture && h.Sends > 0: // what was sent before may act yet
		return h.CaptureKey
	case w == OtherSure && !above(h.Amount, *m.Captured): // all of it: it may have asked for more than this host
		return d.nextHold()
	}
	return ""
}

// nextSought is the key after the one that nothing was found under, where a processor that
// releases what a capture left said yes to the release of a hold of which this host's own
// capture was refused.
func (d deal) nextSought() string {
	h := d.hold()
	if h.CaptureKey == "" || !d.p.caps(d.t).VoidAfterCapture {
		return ""
	}
	looked := d.captureKey()
	for after := range h.Ordinals.Capture {
		if d.keyOf(event.OpCapture, h.sought(after)) == looked {
			return d.keyOf(event.OpCapture, h.sought(after+1))
		}
	}
	return ""
}

// nextHold is the key of the capture of the hold after one that another host captured, which
// this one does not have.
func (d deal) nextHold() string {
	if d.hold().Amount.IsZero() || d.n+1 < len(d.p.Holds) && d.p.Holds[d.n+1].HoldKey != "" {
		return ""
	}
	return d.at(d.n+1).keyOf(event.OpCapture, 1)
}

// seek looks a capture of another host up: of the hold itself while it counts as released, or
// besides what is booked, by a hold that stands for nothing else.
func (d deal) seek(key string) {
	h := d.hold()
	if key == "" || slices.ContainsFunc(d.p.Holds, func(o Hold) bool {
		return o.Elsewhere == key || o.CaptureKey == key && o.Captured != nil && o.Elsewhere == ""
	}) {
		return
	}
	if h.State != event.PaymentVoided {
		if _, due := d.p.owed(); due && key == d.nextHold() { // it is come to by asking for that
			return
		}
		d.n, d.by = len(d.p.Holds), event.HoldRest
	}
	d.under = key
	d.want(Doubt, money.Amount{}, "another host may have taken it")
}
