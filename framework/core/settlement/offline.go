package settlement

import (
	"github.com/openaisle/aisle/framework/core/entry"
	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/money"
)

// offline notes a visit without a hold: the processor is down, and the store
// bears up to risk.
func (s *State) offline(t *turn.Turn, id string, risk money.Amount) {
	t.Emit(event.PaymentMoved{Session: id, State: event.PaymentOffline, Due: &risk, Reason: "let in without a hold, for the processor is down", At: t.At})
}

// settleOffline says what a visit without a hold costs, now that it is known.
func (s *State) settleOffline(t *turn.Turn, id string, p *Payment, owed money.Amount) {
	switch {
	case !p.Offline:
	case p.State == event.PaymentDeclined && !owed.IsZero():
		s.lose(t, id, p, owed, "the processor refused to hold it")
	case p.State == event.PaymentOffline && owed.IsZero():
		t.Emit(event.PaymentMoved{Session: id, State: event.PaymentVoided, Reason: "nothing was taken, and nothing was held", At: t.At})
	case p.State == event.PaymentOffline:
		due := atMost(owed, p.Due)
		t.Emit(event.PaymentMoved{Session: id, State: event.PaymentOffline, Due: &due, At: t.At})
	}
}

// comeBack asks for the hold that a visit is without, once the processor is
// back: for what is owed where that is known. The key is the hold's own, as if
// it had been asked for at the entry. For somebody who never came in none is
// asked for.
func (s *State) comeBack(t *turn.Turn, who *entry.State, id string, p *Payment) {
	if !p.Unwanted && who.Serving(p.device(t)) {
		s.begin(t, who, id, event.PaymentAuthorizing, "authorize", p.Due)
	}
}

// lose books what the processor won't move: the store bears it, and the shopper
// owes it, as far as they would have been charged.
func (s *State) lose(t *turn.Turn, id string, p *Payment, owed money.Amount, reason string) {
	t.Emit(event.PaymentMoved{Session: id, State: event.PaymentFailed, Key: p.Key, Reason: reason, At: t.At})
	t.Emit(event.Posted{Session: id, Entries: []event.Posting{{Account: StoreCost, Amount: owed}, credit(Receivable, owed)}, At: t.At})
	t.Emit(event.DebtNoted{Session: id, Token: p.Token, Amount: atMost(owed, p.Due), Reason: reason, At: t.At})
}

func atMost(a, most money.Amount) money.Amount {
	over, err := a.Cmp(most)
	must(err)
	if over > 0 {
		return most
	}
	return a
}
