package settlement

import (
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/money"
)

// Apply folds a fact. Facts of other stages are passed over.
func (s *State) Apply(f event.Fact) {
	switch f := f.(type) {
	case event.SessionOpened:
		if !f.Staff {
			s.Payments[f.Session] = &Payment{Token: f.Token, Offline: f.Offline != nil, Balance: map[string]money.Amount{}}
		}
	case event.SessionEnded:
		if p := s.Payments[f.Session]; p != nil {
			p.Unwanted = f.Ending == event.EndedRefused || f.Ending == event.EndedAbandoned
		}
	case event.CartFrozen:
		if p := s.Payments[f.Session]; p != nil {
			p.Frozen = true
		}
	case event.Asked:
		s.applyAsked(f)
	case event.PaymentMoved:
		s.applyMoved(f)
	case event.Posted:
		p := s.Payments[f.Session]
		for _, e := range f.Entries {
			sum, err := money.Sum(e.Amount.Currency, p.balance(e.Account, e.Amount.Currency), e.Amount)
			must(err)
			p.Balance[e.Account] = sum
		}
	case event.SessionClosed:
		delete(s.Payments, f.Session)
	default: // facts of other stages
	}
}

func (p *Payment) balance(account string, cur money.Currency) money.Amount {
	if b, ok := p.Balance[account]; ok {
		return b
	}
	return money.Zero(cur)
}

// applyAsked notes that an ask of a payment's movement is out.
func (s *State) applyAsked(f event.Asked) {
	p := s.Payments[f.Ask.Session]
	if p == nil || f.Ask.Operation == event.OpAdmit {
		return
	}
	if p.Device == "" {
		p.Device = f.Ask.Device
	}
	p.Attempt++
	p.RetryAt = time.Time{}
}

func (s *State) applyMoved(f event.PaymentMoved) {
	p := s.Payments[f.Session]
	if f.Key != p.Key {
		p.Key, p.Since, p.Attempt, p.Absent = f.Key, f.At, 0, 0
	}
	p.State, p.Doubtful = f.State, f.Doubtful
	if f.Absent {
		p.Absent++
	}
	if f.Due != nil {
		p.Due = *f.Due
	}
	if f.Held != nil {
		p.Hold = *f.Held
	}
	if f.Reference != "" {
		p.Reference = f.Reference
	}
	if f.Captured != nil {
		p.Captured = f.Captured
	}
	if f.Brand != "" {
		p.Brand, p.Last4 = f.Brand, f.Last4
	}
	p.RetryAt = time.Time{}
	if f.RetryAt != nil {
		p.RetryAt = *f.RetryAt
	}
}

// must stops the step where arithmetic on money fails: amounts that overflow or
// mix currencies are a defect, and no answer is better than a wrong one.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
