package settlement

import (
	"strconv"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/money"
)

// What is owed can be paid twice: a capture that was thought lost is found while
// a later visit pays the debt at the gate. Neither could have been called back.
// What settles second is given back at once, by a movement of its own, and until
// it is the store owes it.

// whyOverpaid is what the shopper and staff read.
const whyOverpaid = "paid twice: what was owed was paid otherwise meanwhile"

// bookDebt posts what was taken for debts. What is above them is owed back.
func (d deal) bookDebt(taken money.Amount) {
	owed := d.who.SumOwed(d.p.Token, taken.Currency)
	if !above(taken, owed) {
		d.post(event.Posting{Account: Clearing, Amount: taken}, credit(BadDebt, taken))
		d.clear(taken)
		return
	}
	if !owed.IsZero() {
		d.post(event.Posting{Account: Clearing, Amount: owed}, credit(BadDebt, owed))
	}
	over := d.clear(taken)
	d.post(event.Posting{Account: Clearing, Amount: over}, credit(PayableAccount, over))
	d.giveOver(over)
}

// bookOwed posts what was taken of the visit's own against what it owes. What is
// above that was paid otherwise, and is owed back; but what the processor took more
// than it was asked to is the store's to sort out, as what it took less: see round.
func (d deal) bookOwed(taken money.Amount) {
	h, over, borne := d.hold(), taken, money.Zero(taken.Currency)
	over.Minor = max(0, taken.Minor-max(0, d.p.balance(Receivable, taken.Currency).Minor))
	if h.Wanted.Sign() > 0 && h.Captured != nil && h.Elsewhere == "" {
		borne.Minor = min(over.Minor, max(0, h.Captured.Minor-h.Wanted.Minor))
	}
	over.Minor -= borne.Minor
	entries := []event.Posting{{Account: Clearing, Amount: taken}}
	if rest := money.New(taken.Minor-over.Minor-borne.Minor, taken.Currency); !rest.IsZero() {
		entries = append(entries, credit(Receivable, rest))
	}
	if !borne.IsZero() {
		entries = append(entries, credit(StoreCost, borne))
	}
	if over.IsZero() {
		d.post(entries...)
		return
	}
	d.post(append(entries, credit(PayableAccount, over))...)
	d.giveOver(over)
}

// keepUnasked is for how long money is kept that somebody else took: staff may find
// out meanwhile which of two hosts is right. Silence decides for the shopper.
const keepUnasked = 24 * time.Hour

// unasked reports whether a hold's capture was never asked for here: another host
// did, or somebody at the processor's own pages.
func (h *Hold) unasked() bool { return h.CaptureKey == "" || h.Elsewhere != "" }

// waits reports whether a refund is not to be sent before its time.
func (r *Refund) waits() bool {
	return r.State == event.RefundRefunding && r.Moved.First.IsZero() && !r.Moved.RetryAt.IsZero()
}

// giveOver begins to give back what a hold's capture took too much: at once, or
// later what was not asked for here.
func (d deal) giveOver(over money.Amount) {
	id := ""
	for n := len(d.p.Refunds) + 1; id == "" || d.p.refundNamed(id) != nil; n++ {
		id = "overpaid-" + strconv.Itoa(n)
	}
	r := Refund{ID: id, Kind: event.RefundOverpaid, Hold: d.n, Amount: over, Reason: whyOverpaid, Actor: policyActor}
	(&refundDeal{deal: d, r: len(d.p.Refunds), fresh: r}).move(WantRefund, event.Answer{})
}

// indebted is how much of an amount that is to be given back the visit owes yet:
// that is not asked for any more, before money goes to a card.
func (d deal) indebted(total money.Amount) money.Amount {
	debt, noted := d.who.Debt(d.p.Token, d.id)
	if !noted || d.p.House != "" || debt.Currency != total.Currency {
		return money.Zero(total.Currency)
	}
	if above(debt, total) {
		return total
	}
	return debt
}

// owing is what is owed back to the shopper and nobody sees to any more: the
// processor refused to give it back, or undid it too often. A capture of which
// nothing is left owes nothing.
func (d deal) owing() (out []share, sum money.Amount) {
	cur := d.t.Store.Store.Currency
	if d.p.Sold != nil {
		cur = d.p.Sold.Total.Currency
	}
	left := -d.p.balance(PayableAccount, cur).Minor
	for i := range d.p.Refunds {
		if r := &d.p.Refunds[i]; r.State == event.RefundRefunding && (r.Kind == event.RefundOverpaid || r.Undone) {
			left -= r.Amount.Minor
		}
	}
	sum = money.Zero(cur)
	for i := range d.p.Refunds {
		r := &d.p.Refunds[i]
		if r.State != event.RefundRefused || r.Kind != event.RefundOverpaid && !r.Undone || r.Amount.Currency != cur || d.capture(r.source()) == nil {
			continue
		}
		if part := min(left, r.Amount.Minor); part > 0 {
			left -= part
			sum.Minor += part
			out = append(out, share{source: r.source(), kind: event.RefundOverpaid, amount: money.New(part, cur), counted: r.Undone})
		}
	}
	return out, sum
}

// split parts what is given back: what is owed back first, then what is not paid
// yet, and the rest of captures.
func (d deal) split(total, debt money.Amount, owing []share) (out []share, wrong string) {
	take := func(x share) {
		if above(x.amount, total) {
			x.amount = total
		}
		if x.amount.Sign() <= 0 {
			return
		}
		var err error
		total, err = total.Sub(x.amount)
		must(err)
		out = append(out, x)
	}
	for _, x := range owing {
		take(x)
	}
	take(share{kind: event.RefundOfDebt, amount: debt})
	if total.IsZero() {
		return out, ""
	}
	rest, wrong := d.shares(total, out)
	return append(out, rest...), wrong
}

// forgive lowers what the visit owes. It is done when it is journalled.
func (d *refundDeal) forgive() {
	r := d.refund()
	key := d.refundKey(0)
	d.t.Emit(event.RefundMoved{Session: d.id, Refund: r.ID, Of: r.Of, Kind: r.Kind, Hold: r.Hold + 1, Key: key, Amount: r.Amount, Lines: r.Lines, Parts: r.Parts,
		State: event.RefundRefunded, Reference: key, Reason: r.Reason, Actor: r.Actor, At: d.t.At})
	d.bookRefund(r.Amount, false)
	d.t.Emit(event.DebtCleared{Session: d.id, Token: d.p.Token, Amount: r.Amount, By: r.Actor, At: d.t.At})
}

// unbook takes a capture back that is undone. What of it was owed back, and has not
// gone out, is owed to nobody any more.
func (d deal) unbook(taken money.Amount) {
	over := money.Zero(taken.Currency)
	for i := range d.p.Refunds {
		r := &d.p.Refunds[i]
		if r.Kind == event.RefundOverpaid && r.Paid == "" && r.Hold == d.n && r.State != event.RefundRefunded && r.Amount.Currency == taken.Currency {
			over.Minor += r.Amount.Minor
		}
	}
	over.Minor = max(0, min(over.Minor, taken.Minor, -d.p.balance(PayableAccount, taken.Currency).Minor))
	owed, err := taken.Sub(over)
	must(err)
	entries := []event.Posting{}
	if !owed.IsZero() {
		entries = append(entries, event.Posting{Account: Receivable, Amount: owed})
	}
	if !over.IsZero() {
		entries = append(entries, event.Posting{Account: PayableAccount, Amount: over})
	}
	d.post(append(entries, credit(Clearing, taken))...)
	d.useOver()
}

// useOver pays what is owed again by what another host took of the visit, and is kept to be
// given back.
func (d deal) useOver() {
	for i := range d.p.Refunds {
		r := &d.p.Refunds[i]
		owed, due := d.p.owed()
		if !due || r.Kind != event.RefundOverpaid || r.Paid != "" || !r.waits() || !d.p.Holds[r.Hold].unasked() || above(r.Amount, owed) {
			continue
		}
		amount := r.Amount
		(&refundDeal{deal: d, r: i}).move(WantEnd, event.Answer{Message: "it pays what is owed again"})
		d.post(event.Posting{Account: PayableAccount, Amount: amount}, credit(Receivable, amount))
	}
}

// bookOver posts what was given back of what is owed back. What is not owed any
// more, since the capture was undone meanwhile, the store bears.
func (d *refundDeal) bookOver(given money.Amount) {
	owed := given
	owed.Minor = max(0, min(given.Minor, -d.p.balance(PayableAccount, given.Currency).Minor))
	borne, err := given.Sub(owed)
	must(err)
	entries := []event.Posting{}
	if !owed.IsZero() {
		entries = append(entries, event.Posting{Account: PayableAccount, Amount: owed})
	}
	if !borne.IsZero() {
		entries = append(entries, event.Posting{Account: StoreCost, Amount: borne})
	}
	d.post(append(entries, credit(Clearing, given))...)
}

// alarmUnasked calls a person for money that nobody here asked for, or that of a
// hold that counted as released.
func (d deal) alarmUnasked(m event.PaymentMoved) {
	message := "money was taken of a hold that counted as released"
	if d.hold().unasked() {
		message = "money was taken by somebody else: is another host charging for this store"
	}
	f := event.PaymentMoved{Reason: m.Reason}
	for i := range d.p.Refunds {
		if r := &d.p.Refunds[i]; r.Kind == event.RefundOverpaid && r.Hold == d.n && r.waits() {
			message += "; what nobody owes of it is given back at " + r.Moved.RetryAt.UTC().Format(time.RFC3339) +
				", unless staff resolve " + r.Moved.Key
			f.Reason = ""
		}
	}
	d.alarm(event.AlarmCapturedUnasked, message, f)
}
