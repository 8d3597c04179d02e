package settlement

import (
	"cmp"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/money"
)

// lose gives up what is owed and can't be had: the store bears it until it is
// paid.
func (d deal) lose(owed money.Amount, reason string) {
	if r := d.hold().Reason; r != "" {
		reason = r
	}
	d.want(WantEnd, money.Amount{}, reason)
	d.post(event.Posting{Account: BadDebt, Amount: owed}, credit(Receivable, owed))
	d.t.Emit(event.DebtNoted{Session: d.id, Token: d.p.Token, Amount: owed, Reason: reason, At: d.t.At})
}

// payDebt captures a hold for a debt, as much of it as is owed yet, or releases it
// where nothing is any more, or the one who stood at the gate has gone.
func (d deal) payDebt() bool {
	due := d.hold().Amount
	if left := d.who.SumOwed(d.p.Token, due.Currency); above(due, left) {
		due = left
	}
	switch {
	case d.p.Unwanted:
		return d.want(WantRelease, money.Amount{}, "")
	case due.IsZero():
		return d.want(WantRelease, money.Amount{}, "the debt is paid otherwise")
	}
	return d.want(WantTake, due, "")
}

// settledDebt reports whether the gate waits for a debt no longer: it is paid by
// this visit's hold, or was meanwhile paid otherwise.
func (d deal) settledDebt() bool {
	h := &d.p.Holds[1]
	if h.State == event.PaymentCaptured {
		return true
	}
	return h.atRest() && len(d.who.DebtsOf(d.p.Token)) == 0
}

// clear says which debts an amount pays: the oldest first. It returns what is left.
func (d deal) clear(paid money.Amount) money.Amount {
	for _, debt := range d.who.DebtsOf(d.p.Token) {
		if debt.Amount.Currency != paid.Currency || paid.Sign() <= 0 {
			continue
		}
		part := debt.Amount
		if above(part, paid) {
			part = paid
		}
		var err error
		paid, err = paid.Sub(part)
		must(err)
		d.t.Emit(event.DebtCleared{Session: debt.Session, Token: d.p.Token, Amount: part, By: d.id, At: d.t.At})
	}
	return paid
}

// order does what staff want of a debt.
func (s *State) order(d deal, in event.StaffOrder) {
	debt, noted := d.who.Debt(d.p.Token, in.Session)
	switch {
	case in.Order == event.OrderWriteOff && noted:
		d.t.Emit(event.DebtCleared{Session: in.Session, Token: d.p.Token, Amount: debt, By: in.Actor, At: d.t.At})
	case in.Order == event.OrderRetryDebt && noted && s.collecting(d):
		d.t.Emit(event.Ignored{What: cmp.Or(in.ID, in.Session), Reason: "the debt is being asked for at the gate"})
	case in.Order == event.OrderRetryDebt && noted: // owed again, and asked for at once
		d.oweAgain(debt)
	case in.Order == event.OrderRetryDebt && !d.hastened():
		d.t.Emit(event.Ignored{What: cmp.Or(in.ID, in.Session), Reason: "nothing is owed of that visit"})
	case in.Order == event.OrderWriteOff && !noted:
		d.t.Emit(event.Ignored{What: cmp.Or(in.ID, in.Session), Reason: "no debt is noted of that visit"})
	}
}

// oweAgain has a debt asked for at once.
func (d deal) oweAgain(debt money.Amount) {
	d.t.Emit(event.DebtCleared{Session: d.id, Token: d.p.Token, Amount: debt, By: d.id, At: d.t.At})
	d.post(event.Posting{Account: Receivable, Amount: debt}, credit(BadDebt, debt))
	d.open(event.HoldRest, debt)
}

// collecting reports whether a visit that is going on pays the debts of the same
// credential.
func (s *State) collecting(d deal) bool {
	v := d.who.ByToken(d.p.Token)
	return v != nil && s.Payments[v.ID] != nil && s.Payments[v.ID].Owes != nil
}

// hastened has what policy would ask for again later asked for now, and reports
// whether there is such a thing.
func (d deal) hastened() bool {
	if !d.hasty() {
		return false
	}
	d.n = d.last()
	owed, _ := d.p.owed()
	if d.hold().State == event.PaymentDeclined {
		return d.want(WantHold, owed, "asked for again")
	}
	d.open(event.HoldRest, owed)
	return true
}

// hasty reports whether policy would ask again later for what is owed.
func (d deal) hasty() bool {
	h := d.at(d.last()).hold()
	_, due := d.p.owed()
	return due && h.State.Final() && !h.RetryAt.IsZero()
}
