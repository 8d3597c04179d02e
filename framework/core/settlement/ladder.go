package settlement

import (
	"time"

	"github.com/openaisle/aisle/framework/core/entry"
	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
)

// maxRenewals is how many further holds are asked for at once where one does not
// cover what is owed or turns out to be no good. Then it is asked for when
// policy retries, and then it is a debt.
const maxRenewals = 2

// advance does what policy wants of a session's holds, for as long as it wants
// something.
func (s *State) advance(t *turn.Turn, who *entry.State, id string, p *Payment) {
	d := deal{s: s, t: t, who: who, id: id, p: p}
	d.repeat()
	d.repeatRefunds()
	d.watch()
	d.watchUnknown()
	d.watchDisputes()
	d.enter()
	for range len(p.Holds) + maxRenewals + 1 {
		if !d.step() {
			return
		}
	}
}

// repeat asks again what is due to be asked again.
func (d deal) repeat() {
	back := false
	if in, ok := d.t.Input.(event.DeviceStatus); ok {
		back = in.Device == d.p.device(d.t)
	}
	for n := range d.p.Holds {
		h := &d.p.Holds[n]
		waits := h.Check != "" || operation(h.State) != ""
		if waits && !h.RetryAt.IsZero() && (back || !d.t.At.Before(h.RetryAt)) && d.s.free(d.t, d.who, d.p) {
			d.at(n).ask()
		}
	}
}

// watch sees to holds that lapse soon, or have.
func (d deal) watch() {
	for n := range d.p.Holds {
		h := &d.p.Holds[n]
		at := h.lapse(d.p)
		switch {
		case at.IsZero() || d.t.At.Before(at):
		case !h.Warned:
			d.t.Emit(event.Alarmed{Session: d.id, Code: event.AlarmHoldExpiring, At: d.t.At,
				Message: "a hold lapses at " + h.Expires.UTC().Format(time.RFC3339) + " and is neither captured nor released"})
		default:
			d.at(n).want(Lapse, money.Amount{}, "the hold's time is over")
		}
	}
}

// enter asks for what is needed before the gate opens: what earlier visits owe,
// and then the hold of this one.
func (d deal) enter() {
	p := d.p
	if p.Unwanted || p.Frozen || p.House != "" || p.Offline != nil || p.Holds[0].State != "" {
		return
	}
	if p.Owes != nil {
		switch {
		case len(p.Holds) == 1:
			d.open(event.HoldDebt, *p.Owes)
			return
		case !d.settledDebt():
			return
		}
	}
	d.at(0).want(WantHold, d.t.Store.Store.Settlement.Hold, "")
}

// open asks for a further hold.
func (d deal) open(purpose event.HoldPurpose, due money.Amount) {
	d.n, d.by = len(d.p.Holds), purpose
	d.want(WantHold, due, "")
}

// step does one thing that policy wants, and reports whether it did.
func (d deal) step() bool {
	owed, due := d.p.owed()
	if d.p.House != "" {
		return d.house(owed, due)
	}
	d.n = -1
	var moving, coming, spare bool
	for n := range d.p.Holds {
		h := &d.p.Holds[n]
		switch {
		case h.For == event.HoldDebt:
			if h.State == event.PaymentHeld && h.Check == "" {
				return d.at(n).payDebt()
			}
		case h.State == event.PaymentHeld && h.Check == "":
			if d.p.Unwanted || d.p.Frozen && !due {
				return d.at(n).want(WantRelease, money.Amount{}, "")
			}
			spare = spare || d.n >= 0
			if d.n < 0 {
				d.n = n
			}
		case h.State == event.PaymentOffline:
			return d.at(n).offline(owed, due)
		case h.State == event.PaymentAuthorizing:
			coming = true
		case h.State != "" && !h.State.Final() || h.Check != "":
			moving = true
		}
	}
	switch {
	case !d.p.Frozen || !due || moving:
		return false
	case d.n >= 0 && (!coming || !above(owed, d.hold().Amount)):
		return d.rung(owed, spare)
	case d.n >= 0 || coming:
		return false
	}
	return d.collect(owed)
}

// rung takes what is owed of a hold that stands: less than it, or more by the
// first way that the processor and the store have. Nothing above the hold is
// taken of it while another stands.
func (d deal) rung(owed money.Amount, spare bool) bool {
	h, rules, caps := d.hold(), d.t.Store.Store.Settlement, d.p.caps(d.t)
	switch {
	case !above(owed, h.Amount):
		return d.want(WantTake, owed, "")
	case spare:
	case caps.Increment && !h.NoRaise && (rules.Increase == nil || *rules.Increase):
		return d.want(WantRaise, owed, "")
	case !h.NoOver && !above(owed, overCapture(h.Amount, min(caps.OverCapture, rules.OverCapture))):
		return d.want(WantTake, owed, "")
	}
	return d.want(WantTake, h.Amount, "")
}

// overCapture is the most that may be captured of a hold.
func overCapture(held money.Amount, over measure.Probability) money.Amount {
	if over <= 0 {
		return held
	}
	extra, err := held.Mul(int64(over))
	if err != nil {
		return held
	}
	sum, err := held.Add(money.New(extra.Minor/int64(measure.Certain), held.Currency))
	if err != nil {
		return held
	}
	return sum
}

// collect asks for what is owed and no hold stands for.
func (d deal) collect(owed money.Amount) bool {
	d.n = d.last()
	h, rules := d.hold(), d.t.Store.Store.Settlement
	retry := !h.RetryAt.IsZero()
	setback := h.State == event.PaymentDeclined || h.State == event.PaymentFailed
	switch {
	case retry && !h.due(d.t.At):
		return false
	case rules.Rest == storedef.RestBorne && d.p.Captured() != nil:
		d.post(event.Posting{Account: StoreCost, Amount: owed}, credit(Receivable, owed))
	case d.p.Offline == nil && d.p.Token == "":
		d.lose(owed, "nothing is known that could be charged")
	case retry && h.State == event.PaymentDeclined && d.late():
		return d.want(Doubt, money.Amount{}, "another host may have taken it since")
	case (retry || h.Sought || !setback && d.p.Renewals < maxRenewals) && h.State == event.PaymentDeclined:
		return d.want(WantHold, owed, "asked for again")
	case retry || !setback && d.p.Renewals < maxRenewals:
		d.open(event.HoldRest, owed)
	case d.p.Setbacks < len(rules.Retry):
		at := d.t.At.Add(rules.Retry[d.p.Setbacks])
		m := event.PaymentMoved{Session: d.id, State: h.State, Hold: d.n + 1, For: h.For, Key: h.Key, Token: d.token(), RetryAt: &at,
			Reason: "to be asked for again", At: d.t.At}
		if d.n == 0 {
			m.Hold = 0
		}
		d.t.Emit(m)
		return false
	default:
		d.lose(owed, "the processor would not move it")
	}
	return true
}

// last is the place of the hold that was made last for what is owed.
func (d deal) last() int {
	n := 0
	for i := range d.p.Holds {
		if d.p.Holds[i].For != event.HoldDebt {
			n = i
		}
	}
	return n
}

// offline sees to a visit without a hold: the processor is down, or was. It is
// asked for the hold once it is back, for what is owed where that is known, by
// the key that it would have had at the entry. For somebody who never came in
// none is asked for.
func (d deal) offline(owed money.Amount, due bool) bool {
	switch {
	case d.p.Frozen && !due:
		return d.want(WantRelease, money.Amount{}, "nothing was taken, and nothing was held")
	case d.p.Unwanted || !d.s.free(d.t, d.who, d.p):
		return false
	case d.p.Frozen:
		return d.want(WantHold, owed, "")
	}
	return d.want(WantHold, *d.p.Offline, "")
}

// late reports whether a further hold of a visit is asked for so long after the
// first, or that of a visit without one so long after it was let in, that the key of it,
// which any host makes alike, may have been used and
// forgotten by the processor: another host, that goes on with another copy of the
// journal, may have taken what is owed. It is looked up first.
func (d deal) late() bool {
	h, caps := d.hold(), d.p.caps(d.t)
	further, from := h.For == event.HoldRest || h.For == event.HoldLine, d.p.Holds[0].HeldAt
	if d.n == 0 && h.State == event.PaymentOffline {
		further, from = true, h.Began
	}
	return further && caps.LookupByKey && !d.t.At.Before(from.Add(caps.KeyWindow/5*4))
}

// lateTake is late of a capture, where a processor that captures parts of a hold would take the
// same twice. Any other refuses the second, and what took the first is found. A hold that was
// found and not asked for is another host's.
func (d deal) lateTake() bool {
	h, caps := d.hold(), d.p.caps(d.t)
	from := h.HeldAt
	if first := d.p.Holds[0].HeldAt; h.For != event.HoldDebt && !first.IsZero() {
		from = first
	}
	late := h.Sends == 0 || h.Began.Equal(longAgo) || !d.t.At.Before(from.Add(caps.KeyWindow/5*4))
	return late && caps.MultipleCapture && caps.LookupByKey
}
