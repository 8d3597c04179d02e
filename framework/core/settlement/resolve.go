package settlement

import (
	"cmp"
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/money"
)

// findOutWithin is for how long look-ups alone say what became of a movement.
// Then a person is called, and staff may say it: by then the processor's own
// pages and reports do.
const findOutWithin = 24 * time.Hour

// Resolution is what staff said of a movement.
type Resolution struct {
	Operation event.Operation `json:"operation"`
	Happened  bool            `json:"happened,omitempty"`
	Actor     string          `json:"actor"`
	// Called says that a person was called for another one since.
	Called bool `json:"called,omitempty"`
}

// doubted notes from when on it is not known what became of the movement.
func (h *Hold) doubted(at time.Time, doubt, again bool) {
	switch {
	case !doubt && !again:
		h.Since = time.Time{}
	case doubt && h.Since.IsZero():
		h.Since = at
	}
}

// pending is the key of what is yet to be found out, or was given up; empty for
// nothing.
func (h *Hold) pending() string {
	switch {
	case h.Check == event.OpAuthorize:
		return h.HoldKey
	case h.Check == event.OpCapture:
		return cmp.Or(h.Elsewhere, h.CaptureKey)
	case h.Check != "", !h.Since.IsZero(), h.lost():
		return h.Key
	}
	return ""
}

// lost reports whether a movement of a hold is under way and nothing more is
// done about it.
func (h *Hold) lost() bool { return operation(h.State) != "" && h.Out == "" && h.RetryAt.IsZero() }

// lost reports the same of a refund.
func (r *Refund) lost() bool {
	return r.State == event.RefundRefunding && r.Moved.Out == "" && r.Moved.RetryAt.IsZero()
}

// unknown is what was to be done by the movement of which staff speak.
func (h *Hold) unknown() event.Operation { return cmp.Or(h.Check, operation(h.State)) }

// callAt is when a person is called for a movement that the processor does not
// tell of; zero for never.
func (h *Hold) callAt(p *Payment) time.Time {
	if h.Since.IsZero() || !p.calls(h) {
		return time.Time{}
	}
	return h.Since.Add(findOutWithin)
}

// calls reports whether a person is yet to be called for what is unknown of a
// movement: once a session, and once more for each that staff resolved.
func (p *Payment) calls(h *Hold) bool {
	return !slices.Contains(p.Alarms, event.AlarmUnresolved) || h.Resolved != nil && !h.Resolved.Called
}

// unresolved calls a person who can find out what became of a movement.
func (d deal) unresolved(h *Hold, message string) {
	if d.p.calls(h) {
		d.t.Emit(event.Alarmed{Session: d.id, Code: event.AlarmUnresolved, Message: message, Movement: cmp.Or(h.pending(), h.Key), At: d.t.At})
	}
}

// watchUnknown calls a person for what the processor does not tell.
func (d deal) watchUnknown() {
	for _, h := range d.p.movements() {
		if at := h.callAt(d.p); !at.IsZero() && !d.t.At.Before(at) {
			d.unresolved(h, "the processor has not told for a day what became of a movement: see in its own pages, and say it")
		}
	}
}

// resolve ends a movement by what staff say of it, where look-ups did not within
// their time. What the processor says later goes over it: see contradicts.
func (d deal) resolve(in event.StaffOrder) string {
	switch {
	case in.Movement == "":
		return "name the movement by its key, which its alarm says"
	case in.Actor == "" || in.Reason == "":
		return "say who knows it, and from where"
	}
	said := SaidNo
	word := in.Actor + " says that it did not happen: " + in.Reason
	if in.Happened {
		said, word = SaidYes, in.Actor+" says that it happened: "+in.Reason
	}
	f := event.MovementResolved{Session: d.id, Movement: in.Movement, Happened: in.Happened, Reference: in.Reference, Actor: in.Actor, Reason: in.Reason, At: d.t.At}
	a := event.Answer{Message: word, Reference: in.Reference}
	for n := range d.p.Holds {
		if h := &d.p.Holds[n]; h.pending() == in.Movement {
			if wrong := d.tooSoon(h, h.Check == "" && h.lost()); wrong != "" {
				return wrong
			}
			f.Operation, f.Hold = h.unknown(), n+1
			d.t.Emit(f)
			d.at(n).move(said, a, money.Amount{})
			return ""
		}
	}
	for i := range d.p.Refunds {
		r := &d.p.Refunds[i]
		if h := &r.Moved; h.Key == in.Movement && (h.pending() != "" || r.lost() || r.waits()) {
			if wrong := d.tooSoon(h, r.lost() || r.waits()); wrong != "" {
				return wrong
			}
			f.Operation, f.Refund = event.OpRefund, r.ID
			d.t.Emit(f)
			(&refundDeal{deal: d, r: i}).move(said, a)
			return ""
		}
	}
	if slices.Contains(d.p.names(), in.Movement) {
		return "what became of that movement is known"
	}
	return "that visit has no movement of that key"
}

// tooSoon says why staff can't say yet what became of a movement; empty where
// they can.
func (d deal) tooSoon(h *Hold, lost bool) string {
	switch {
	case h.Out != "":
		return "the processor is being asked at this moment"
	case lost || h.Resolved != nil: // nobody is asked any more; or staff spoke of this money before
		return ""
	}
	if at := h.Since.Add(findOutWithin); d.t.At.Before(at) {
		return "what became of it is still being found out, until " + at.UTC().Format(time.RFC3339)
	}
	return ""
}

// contradicts calls a person where the processor turns out to say otherwise than
// staff did. The books follow the processor.
func (d deal) contradicts(h *Hold, of event.Operation, deeds []Deed) {
	said := h.Resolved
	if said == nil {
		return
	}
	did := slices.Contains(deeds, bookTaken) || slices.Contains(deeds, bookBack)
	not := slices.Contains(deeds, unbook) || slices.Contains(deeds, undo)
	word := ""
	switch {
	case said.Operation == of && said.Happened && not:
		word = " said that a " + string(of) + " happened, and the processor says that it did not"
	case said.Operation == of && !said.Happened && did:
		word = " said that a " + string(of) + " did not happen, and the processor says that it did"
	case said.Operation == event.OpVoid && said.Happened && did:
		word = " said that a hold is released, and the processor says that it was captured"
	default:
		return
	}
	d.alarm(event.AlarmContradicted, said.Actor+word, event.PaymentMoved{})
}

// applyResolved notes what staff said of a movement.
func (s *State) applyResolved(f event.MovementResolved) {
	p := s.payment(f.Session)
	if p == nil {
		return
	}
	said := &Resolution{Operation: f.Operation, Happened: f.Happened, Actor: f.Actor}
	if r := p.refundNamed(f.Refund); f.Refund != "" && r != nil {
		r.Moved.Resolved = said
	}
	if f.Hold > 0 && f.Hold <= len(p.Holds) {
		p.Holds[f.Hold-1].Resolved = said
	}
}
