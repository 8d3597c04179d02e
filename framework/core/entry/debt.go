package entry

import (
	"slices"

	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/money"
)

// Debt is what a visit owes and could not be had.
type Debt struct {
	Session string       `json:"session"`
	Amount  money.Amount `json:"amount"`
}

// DebtsOf returns the debts of a credential, oldest first.
func (s *State) DebtsOf(token string) []Debt { return slices.Clone(s.Debts[token]) }

// Debt returns what one visit of a credential owes.
func (s *State) Debt(token, session string) (money.Amount, bool) {
	for _, d := range s.Debts[token] {
		if d.Session == session {
			return d.Amount, true
		}
	}
	return money.Amount{}, false
}

// Unsettled returns the ended visit of a credential for which money is asked
// again later, or "".
func (s *State) Unsettled(token string) string { return s.Owing[token] }

// sumOwed is the sum of a credential's debts in the store's currency; nil for none.
func (s *State) sumOwed(t *turn.Turn, token string) *money.Amount {
	sum := s.SumOwed(token, t.Store.Store.Currency)
	if sum.IsZero() {
		return nil
	}
	return &sum
}

// SumOwed is the sum of a credential's debts in a currency.
func (s *State) SumOwed(token string, cur money.Currency) money.Amount {
	sum := money.Zero(cur)
	for _, d := range s.Debts[token] {
		if d.Amount.Currency != sum.Currency {
			continue
		}
		var err error
		if sum, err = sum.Add(d.Amount); err != nil {
			panic(err)
		}
	}
	return sum
}

func (s *State) applyNoted(f event.DebtNoted) {
	s.Debts[f.Token] = append(s.Debts[f.Token], Debt{Session: f.Session, Amount: f.Amount})
	s.settled(f.Session, f.Token)
}

func (s *State) applyCleared(f event.DebtCleared) {
	list := s.Debts[f.Token]
	for i := range list {
		if list[i].Session != f.Session {
			continue
		}
		left, err := list[i].Amount.Sub(f.Amount)
		if err != nil {
			panic(err)
		}
		list[i].Amount = left
	}
	list = slices.DeleteFunc(list, func(d Debt) bool { return d.Amount.Sign() <= 0 })
	if s.Debts[f.Token] = list; len(list) == 0 {
		delete(s.Debts, f.Token)
	}
}

// applyOwing notes a visit for which money is asked again later.
func (s *State) applyOwing(f event.PaymentMoved) {
	token := f.Token
	if v := s.Sessions[f.Session]; v != nil && v.Stage == Ended {
		token = v.Token
	}
	switch {
	case token == "":
	case f.State == event.PaymentCaptured && f.Check == "":
		s.settled(f.Session, token)
	case f.State.Final() && f.RetryAt != nil && f.Check == "", f.State == event.PaymentVoiding && f.Refused == event.OpCapture:
		s.Owing[token] = f.Session
	}
}

func (s *State) settled(session, token string) {
	if s.Owing[token] == session {
		delete(s.Owing, token)
	}
}
