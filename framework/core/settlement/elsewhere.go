package settlement

import (
	"cmp"
	"maps"
	"slices"

	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/money"
)

// Two hosts may go on with copies of one journal. They make the same keys, so that
// what one of them asks for again is not done twice for as long as the processor
// knows the key; and a notice of a capture under a key to which this host would
// come says that the other has taken what is owed here, or was.

// taken is a capture that another host made of a visit, under a key to which this one could
// come: of a hold that it has, too, or of a further one.
type taken struct {
	session string
	hold    int // its place
	beyond  int // how many it is above those of this host; none for one of its own
}

// takenOf finds the visit of which a key would capture something. It is asked only where a
// notice speaks of what nobody knows. Of a visit that owes nothing few keys are looked at.
func (s *State) takenOf(t *turn.Turn, in event.Notice) taken {
	for _, all := range [...]map[string]*Payment{s.Payments, s.Sales} {
		for _, id := range slices.Sorted(maps.Keys(all)) {
			p := all[id]
			if p.House != "" || p.device(t) != in.Device {
				continue
			}
			further := fewAhead
			if _, owed := p.owed(); owed || p.Indebted {
				further = maxAhead
			}
			d := deal{s: s, t: t, id: id, p: p}
			for n := range len(p.Holds) + further {
				for ordinal := 1; ordinal <= fewAhead; ordinal++ {
					if (n < len(p.Holds) || ordinal == 1) && d.at(n).keyOf(event.OpCapture, ordinal) == in.Key {
						return taken{id, n, n + 1 - len(p.Holds)}
					}
				}
			}
		}
	}
	return taken{}
}

// asks reports whether what another host took is found out about by asking for what is owed
// under the keys by which it did, which are those to which this one comes.
func (d deal) asks(in event.Notice, found taken) bool {
	if in.Kind != event.NoticeCaptured || found.beyond <= 0 {
		return false
	}
	_, noted := d.who.Debt(d.p.Token, d.id)
	return noted || d.hasty()
}

// place is the hold at which a capture of another host is booked: where this one took money
// of the same, it is one of its own.
func (d deal) place(found taken, key string) int {
	if found.beyond > 0 {
		return found.hold
	}
	h := &d.p.Holds[found.hold]
	if h.Elsewhere != "" && h.Elsewhere != key { // it is of another capture of the same
		return len(d.p.Holds)
	}
	switch h.State {
	case event.PaymentCaptured, event.PaymentHouse:
		return len(d.p.Holds)
	case event.PaymentHeld, event.PaymentIncreasing, event.PaymentCapturing, // it may come to the same key
		event.PaymentAuthorizing, event.PaymentOffline, event.PaymentDeclined, event.PaymentVoiding, event.PaymentVoided, event.PaymentFailed,
		event.PaymentExpired, "":
	}
	return found.hold
}

// takeOver has what another host took found out about: by asking for what is owed under the keys
// by which it did, and where it made holds in vain before, under theirs, too; or by looking that
// capture alone up. What nobody owes of it is given back.
func (d deal) takeOver(in event.Notice, found taken, asks bool) {
	which := "a capture of a hold that this host has"
	switch {
	case found.beyond == 1:
		which = "which would be this host's next capture"
	case found.beyond > 1:
		which = "a capture to which this host would come"
	}
	d.alarm(event.AlarmCapturedUnasked, "a notice of "+in.Device+" speaks of "+in.Reference+", "+which+": is another host charging for this store?", event.PaymentMoved{})
	if asks {
		if debt, noted := d.who.Debt(d.p.Token, d.id); noted { // also where it is asked for at the gate: what is taken second is given back
			d.oweAgain(debt)
			return
		}
		owed, _ := d.p.owed()
		d.open(event.HoldRest, owed) // also where the last was declined: what is asked for of that again is another's, and taken twice
		return
	}
	d.n = found.hold
	if h := d.hold(); h.Out == "" && h.Check == "" && (h.State == "" || h.State.Final()) { // else it comes to be looked up
		d.want(Doubt, money.Amount{}, "a notice says "+string(in.Kind))
	}
}

// applyElsewhere notes that another host is said to have taken money, and the issuer to
// have taken it back.
func (s *State) applyElsewhere(p *Payment, f event.Noticed) {
	for len(p.Holds) < f.Hold {
		p.rested()
		p.Holds = append(p.Holds, Hold{For: event.HoldRest})
	}
	h := &p.Holds[f.Hold-1]
	s.forgetNames(h.names())
	if f.Elsewhere != "" {
		h.Elsewhere, h.Told = f.Elsewhere, f.At
	}
	if f.TakenBack != nil {
		h.TakenBack = &Chargeback{ID: f.ID, Hold: f.Hold - 1, Amount: *f.TakenBack}
	}
	s.own(f.Session, p)
}

// beside is the place of the hold of which a notice tells another capture than the one that is
// booked: under this host's own key where the other's is booked, or of another name under the
// same key, which the processor forgot and another host used once more; -1 for none.
func (d deal) beside(in event.Notice) int {
	if d.p == nil || in.Kind != event.NoticeCaptured || in.Key == "" || d.p.booked(in.Reference, nil) {
		return -1
	}
	return slices.IndexFunc(d.p.Holds, func(h Hold) bool {
		switch booked := cmp.Or(h.Elsewhere, h.CaptureKey); {
		case !h.State.Final() || in.Key != h.CaptureKey && in.Key != booked:
			return false
		case in.Key != booked:
			return true
		}
		return h.State == event.PaymentCaptured && h.Capture != "" && in.Reference != "" && in.Reference != h.Reference // it may be called as its hold
	})
}

// booked reports whether a capture is booked at another hold of the visit.
func (p *Payment) booked(capture string, but *Hold) bool {
	for i := range p.Holds {
		if h := &p.Holds[i]; h != but && h.Captured != nil && capture != "" && h.Capture == capture {
			return true
		}
	}
	return false
}

// maxAhead is how many keys of a refund, or holds of a visit, another host is believed
// to be ahead at the most: each took it two look-ups and a minute, or a retry of policy.
const maxAhead = 32

// fewAhead is the same of a visit that owes nothing, and of the captures of one hold.
const fewAhead = 8

// ahead is a refund that another host made, under a key that this one would come to.
type ahead struct {
	session string
	refund  int // its place; -1 for none
	skipped int // the keys between
}

// aheadOf finds the refund that is not known to be made, and of which a later key is
// one. It is asked only where a notice speaks of what nobody knows.
func (s *State) aheadOf(t *turn.Turn, key string) ahead {
	for _, all := range [...]map[string]*Payment{s.Payments, s.Sales} {
		for _, id := range slices.Sorted(maps.Keys(all)) {
			p := all[id]
			for n := range p.Refunds {
				d := refundDeal{deal: deal{s: s, t: t, id: id, p: p}, r: n}
				if d.refund().State == event.RefundRefunded {
					continue
				}
				for skipped := range maxAhead {
					if d.refundKey(skipped) == key {
						return ahead{id, n, skipped}
					}
				}
			}
		}
	}
	return ahead{refund: -1}
}

// takeOver looks a refund up under the key by which another host has made it: it makes a
// key only once what went out under the one before was not carried out.
func (d *refundDeal) takeOver(in event.Notice, skipped int) {
	r := d.refund()
	m := event.RefundMoved{Session: d.id, Refund: r.ID, Of: r.Of, Paid: r.Paid, Kind: r.Kind, Hold: r.Hold + 1, Key: in.Key, Skipped: skipped, State: r.State, Amount: r.Amount, Lines: r.Lines,
		Reason: r.Reason, Actor: r.Actor, Message: "a notice says that it was made under a later key", At: d.t.At}
	if skipped == 0 {
		m.Message = "a notice says that it was made under its next key"
	}
	m.Doubtful = r.State == event.RefundRefunding
	m.Check = !m.Doubtful
	free := d.s.free(d.t, d.who, d.p)
	if !free {
		at := d.t.At
		m.RetryAt = &at
	}
	d.t.Emit(m)
	if free {
		d.askRefund()
	}
}
