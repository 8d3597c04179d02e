package settlement

import (
	"maps"
	"slices"
	"strconv"

	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/money"
)

// Two hosts may go on with copies of one journal. They make the same keys, so that
// what one of them asks for again is not done twice for as long as the processor
// knows the key; and a notice of a capture under a key to which this host would
// come says that the other has taken what is owed here.

// nextOf finds the visit that owes something, or did so for long, and of which a further hold that is not
// asked for yet would be captured under a key, and how many holds are between; empty
// for none. The other host may have made those between in vain. It is asked only where
// a notice speaks of what nobody knows.
func (s *State) nextOf(t *turn.Turn, key string) (id string, skipped int) {
	for _, all := range [...]map[string]*Payment{s.Payments, s.Sales} {
		for _, id := range slices.Sorted(maps.Keys(all)) {
			p := all[id]
			_, owed := p.owed()
			if _, indebted := p.Balance[BadDebt]; p.House != "" || !owed && !indebted {
				continue
			}
			for skipped := range maxAhead {
				hold := strconv.Itoa(len(p.Holds) + 1 + skipped)
				if turn.Key("movement", t.Store.Store.Name, id, string(event.OpCapture)+":"+hold, "1") == key {
					return id, skipped
				}
			}
		}
	}
	return "", 0
}

// takeOver has what another host took found out about, by asking for what is owed
// under the keys by which it did: where it made holds in vain before, under theirs, too.
// Where nothing is owed any more the capture alone is looked up.
func (d deal) takeOver(in event.Notice, skipped int) {
	which := "which would be this host's next capture"
	if skipped > 0 {
		which = "a capture to which this host would come"
	}
	d.alarm(event.AlarmCapturedUnasked, "a notice of "+in.Device+" speaks of "+in.Reference+", "+which+": is another host charging for this store?", event.PaymentMoved{})
	if debt, noted := d.who.Debt(d.p.Token, d.id); noted { // also where it is asked for at the gate: what is taken second is given back
		d.oweAgain(debt)
		return
	}
	if _, owed := d.p.owed(); owed {
		d.hastened()
		return
	}
	d.n, d.by = len(d.p.Holds)+skipped, event.HoldRest
	d.want(Doubt, money.Amount{}, "a notice says "+string(in.Kind))
}

// maxAhead is how many keys of a refund, or holds of a visit, another host is believed
// to be ahead at the most: each took it two look-ups and a minute, or a retry of policy.
const maxAhead = 32

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
