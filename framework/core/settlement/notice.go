package settlement

import (
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/core/entry"
	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/money"
)

// keepNotices is for how long a notice is known as a repeat: processors send
// them again for up to three days.
const keepNotices = 7 * 24 * time.Hour

// notice takes in what a processor says unasked. It is never believed about
// money, but what it speaks of is looked up. One that is known is a repeat.
func (s *State) notice(t *turn.Turn, who *entry.State, in event.Notice) (id string) {
	name := noticeName(in.Device, in.ID)
	if s.noticed[name] {
		t.Emit(event.Ignored{What: in.ID, Reason: "a repeat"})
		return ""
	}
	id = s.owners[in.Key]
	if id == "" {
		id = s.owners[in.Reference]
	}
	known := id
	found, other := taken{}, ahead{refund: -1}
	if n := (deal{p: s.payment(id)}).beside(in); n >= 0 {
		found = taken{session: id, hold: n}
	}
	switch {
	case id != "":
	case in.Kind == event.NoticeCaptured, in.Kind == event.NoticeChargeback:
		found = s.takenOf(t, in)
		id = found.session
	case in.Kind == event.NoticeRefunded:
		other = s.aheadOf(t, in.Key)
		id = other.session
	}
	noted := event.Noticed{Device: in.Device, ID: in.ID, Kind: in.Kind, Session: id, At: t.At}
	d, asks := deal{s: s, t: t, who: who, id: id, p: s.payment(id)}, false
	if d.p != nil && found.session != "" {
		if asks = d.asks(in, found); !asks {
			found.hold = d.place(found, in.Key)
			noted.Hold, noted.Elsewhere = found.hold+1, in.Key
		}
	} else if d.p != nil && known != "" {
		noted.Hold = d.takenBackEarly(in)
	}
	if noted.Hold > 0 {
		noted.TakenBack = takenBack(in, d.p)
	}
	if (id == "" || d.takenUnder(in.Key)) && (in.Kind == event.NoticeCaptureFailed || in.Kind == event.NoticeRefundFailed) {
		noted.Reference, noted.Key = in.Reference, in.Key
	}
	t.Emit(noted)
	p := s.payment(id)
	if p == nil {
		nobodys(t, in)
		return ""
	}
	if found.session != "" {
		d.takeOver(in, found, asks)
		return id
	}
	if other.refund >= 0 {
		(&refundDeal{deal: d, r: other.refund}).takeOver(in, other.skipped)
		return id
	}
	s.noticedRefunds(t, who, id, p, in)
	for n := range p.Holds {
		d := deal{s: s, t: t, who: who, id: id, p: p, n: n}
		switch {
		case !d.speaks(in):
		case in.Kind == event.NoticeChargeback:
			d.chargeback(in)
			return id
		default:
			d.noticed(in.Kind)
		}
	}
	return id
}

// nobodys calls a person for a notice of money that no visit is known for.
func nobodys(t *turn.Turn, in event.Notice) {
	switch in.Kind {
	case event.NoticeCaptured:
		t.Emit(event.Alarmed{Code: event.AlarmCapturedUnasked, At: t.At,
			Message: "a notice of " + in.Device + " speaks of a capture that no visit is known for: " + in.Reference})
	case event.NoticeChargeback:
		t.Emit(event.Alarmed{Code: event.AlarmChargeback, At: t.At,
			Message: "the issuer took money back of a sale that is not known any more: " + in.Reference + " at " + in.Device})
	case event.NoticeCaptureFailed, event.NoticeVoided, event.NoticeHoldExpired, event.NoticeRefunded, event.NoticeRefundFailed:
	}
}

func noticeName(device, id string) string { return turn.Key(device, id) }

// takenUnder reports whether another host is said to have captured a hold under a key, which this one
// may come to make.
func (d deal) takenUnder(key string) bool {
	return d.p != nil && key != "" && slices.ContainsFunc(d.p.Holds, func(h Hold) bool { return h.Elsewhere == key })
}

// takenBack is what a notice says that the issuer took back; nil for nothing.
func takenBack(in event.Notice, p *Payment) *money.Amount {
	if in.Kind != event.NoticeChargeback {
		return nil
	}
	back := money.Zero(p.currency(&p.Holds[0]))
	if in.Amount != nil {
		back = *in.Amount
	}
	return &back
}

// takenBackEarly is the number of the hold whose capture the issuer took back, where it is not
// known yet whether there is one; 0 for none.
func (d deal) takenBackEarly(in event.Notice) int {
	for n := range d.p.Holds {
		if h := d.at(n); in.Kind == event.NoticeChargeback && h.speaks(in) && h.hold().Captured == nil && h.hold().capturing() {
			return n + 1
		}
	}
	return 0
}

// speaks reports whether a notice is about a hold.
func (d deal) speaks(in event.Notice) bool {
	for _, name := range d.hold().names() {
		if name == in.Key || name == in.Reference {
			return true
		}
	}
	return false
}

// noticed looks up what a notice speaks of.
func (d deal) noticed(kind event.NoticeKind) {
	h := d.hold()
	switch kind {
	case event.NoticeCaptured, event.NoticeCaptureFailed, event.NoticeVoided, event.NoticeHoldExpired:
	case event.NoticeRefunded, event.NoticeRefundFailed, event.NoticeChargeback:
		return // see noticedRefunds and chargeback
	}
	switch {
	case h.Out != "": // its answer will tell
	case h.Check != "" || operation(h.State) != "" && h.Doubtful:
		if d.s.free(d.t, d.who, d.p) {
			d.ask() // what is looked up anyhow is looked up now
		}
	case h.State == event.PaymentCaptured && kind == event.NoticeCaptured,
		h.State == event.PaymentVoided && kind != event.NoticeCaptured,
		h.State == event.PaymentExpired && kind != event.NoticeCaptured: // as is known
	case h.State.Final() && h.CaptureKey == "" && h.Elsewhere == "" && h.Captured == nil: // nothing was ever asked that could have taken money
		if kind == event.NoticeCaptured {
			d.alarm(event.AlarmCapturedUnasked, "a notice speaks of a capture that was never asked for", event.PaymentMoved{})
		}
	default:
		d.want(Doubt, money.Amount{}, "a notice says "+string(kind))
	}
}
