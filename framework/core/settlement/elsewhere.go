package settlement

import (
	"maps"
	"slices"
	"strconv"

	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
)

// Two hosts may go on with copies of one journal. They make the same keys, so that
// what one of them asks for again is not done twice for as long as the processor
// knows the key; and a notice of a capture under a key that would be this host's
// next says that the other has taken what is owed here.

// nextOf finds the visit that owes something, and whose next further hold would be
// captured under a key; empty for none. It is asked only where a notice speaks of
// what nobody knows.
func (s *State) nextOf(t *turn.Turn, key string) string {
	for _, all := range [...]map[string]*Payment{s.Payments, s.Sales} {
		for _, id := range slices.Sorted(maps.Keys(all)) {
			p := all[id]
			_, owed := p.owed()
			if p.House != "" || !owed && !p.Indebted {
				continue
			}
			hold := strconv.Itoa(len(p.Holds) + 1)
			if turn.Key("movement", t.Store.Store.Name, id, string(event.OpCapture)+":"+hold, "1") == key {
				return id
			}
		}
	}
	return ""
}

// takeOver has what another host took found out about, by asking for what is owed
// under the keys by which it did.
func (d deal) takeOver(in event.Notice) {
	d.alarm(event.AlarmCapturedUnasked, "a notice of "+in.Device+" speaks of "+in.Reference+", which would be this host's next capture: is another host charging for this store?", event.PaymentMoved{})
	if debt, noted := d.who.Debt(d.p.Token, d.id); noted {
		if !d.s.collecting(d) {
			d.oweAgain(debt)
		}
		return
	}
	d.hastened()
}

// nextRefundOf finds the refund that is not known to be made, and whose next key is
// one; -1 for none. It is asked only where a notice speaks of what nobody knows.
func (s *State) nextRefundOf(t *turn.Turn, key string) (id string, n int) {
	for _, all := range [...]map[string]*Payment{s.Payments, s.Sales} {
		for _, id := range slices.Sorted(maps.Keys(all)) {
			p := all[id]
			for n := range p.Refunds {
				d := refundDeal{deal: deal{s: s, t: t, id: id, p: p}, r: n}
				if d.refund().State != event.RefundRefunded && d.refundKey() == key {
					return id, n
				}
			}
		}
	}
	return "", -1
}

// takeOver looks a refund up under its next key, by which another host has made it: the
// one that it was asked for under was not carried out there.
func (d *refundDeal) takeOver(in event.Notice) {
	r := d.refund()
	m := event.RefundMoved{Session: d.id, Refund: r.ID, Of: r.Of, Paid: r.Paid, Kind: r.Kind, Hold: r.Hold + 1, Key: in.Key, State: r.State, Amount: r.Amount, Lines: r.Lines,
		Reason: r.Reason, Actor: r.Actor, Message: "a notice says that it was made under its next key", At: d.t.At}
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
