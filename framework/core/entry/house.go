package entry

import (
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/money"
)

// keepCharges is for how long what was posted to a house account counts: longer
// than the longest period.
const keepCharges = 32 * storedef.Day

// Account is one account of the store's own.
type Account struct {
	// Charges are what was posted lately, in order, less what was given back. Open
	// are the visits that are not posted yet.
	Charges []Charge  `json:"charges,omitempty"`
	Open    []Reserve `json:"open,omitempty"`
}

// Charge is what was posted for one visit.
type Charge struct {
	Session string       `json:"session"`
	At      time.Time    `json:"at"`
	Amount  money.Amount `json:"amount"`
}

// Reserve is what a visit may yet post.
type Reserve struct {
	Session string       `json:"session"`
	Amount  money.Amount `json:"amount"`
}

// account names an account: a token may be of several classes over time.
func account(class, token string) string { return class + "/" + token }

// refuseHouse says why whoever pays by a house account is not let in, and notes
// what the visit may post. Nothing is asked of a processor for it, so what an
// earlier visit owes a card can't be asked for either.
func (s *State) refuseHouse(t *turn.Turn, g *guest) (code event.RefusalCode, reason string) {
	if len(s.Debts[g.token]) > 0 || s.Owing[g.token] != "" {
		return event.RefuseDebt, "the credential owes for a visit that was not posted to an account"
	}
	h, store := g.house, &t.Store.Store
	a := s.Houses[account(h.Name, g.token)]
	var left, open *money.Amount // by what is posted, and by what may yet be
	least := func(of money.Amount, spent, reserved money.Amount) {
		if of.IsZero() {
			return
		}
		now := less(of, spent)
		then := less(now, reserved)
		if left == nil || now.Minor < left.Minor {
			left = &now
		}
		if open == nil || then.Minor < open.Minor {
			open = &then
		}
	}
	none := money.Zero(store.Currency)
	reserved := a.reserved(store.Currency)
	least(h.PerVisit, none, none)
	least(h.PerDay, a.spent(store.Currency, func(at time.Time) bool { return store.SameDay(at, t.At) }), reserved)
	least(h.PerPeriod, a.spent(store.Currency, func(at time.Time) bool { return store.SamePeriod(h.Period, at, t.At) }), reserved)
	switch {
	case left != nil && left.Sign() <= 0:
		return event.RefuseHouseLimit, storedef.HouseAccount(h.Name) + " has no more for this account now"
	case open != nil && open.Sign() <= 0:
		return event.RefuseUnpaid, "an earlier visit on this account is not posted yet"
	}
	g.allowance = open
	return "", ""
}

// spent is what was posted to an account at some times.
func (a *Account) spent(cur money.Currency, when func(time.Time) bool) money.Amount {
	sum := money.Zero(cur)
	if a == nil {
		return sum
	}
	for _, c := range a.Charges {
		if c.Amount.Currency == cur && when(c.At) {
			sum = less(sum, money.New(-c.Amount.Minor, cur))
		}
	}
	return sum
}

// reserved is what the visits may yet post that are not posted.
func (a *Account) reserved(cur money.Currency) money.Amount {
	sum := money.Zero(cur)
	if a == nil {
		return sum
	}
	for _, r := range a.Open {
		if r.Amount.Currency == cur {
			sum = less(sum, money.New(-r.Amount.Minor, cur))
		}
	}
	return sum
}

// less is a without b, which are of one currency.
func less(a, b money.Amount) money.Amount {
	left, err := a.Sub(b)
	if err != nil {
		panic(err)
	}
	return left
}

// reserve notes a visit that may yet be posted to an account with a limit.
func (s *State) reserve(f event.SessionOpened) {
	if f.House == "" || f.Allowance == nil {
		return
	}
	a := s.houseAccount(f.House, f.Token)
	a.Open = append(a.Open, Reserve{Session: f.Session, Amount: *f.Allowance})
}

// unreserve notes that a visit is posted, or that nothing is left to post.
func (s *State) unreserve(session string) {
	v := s.Sessions[session]
	if v == nil || v.House == "" {
		return
	}
	name := account(v.House, v.Token)
	a := s.Houses[name]
	if a == nil {
		return
	}
	a.Open = slices.DeleteFunc(a.Open, func(r Reserve) bool { return r.Session == session })
	if len(a.Open) == 0 && len(a.Charges) == 0 {
		delete(s.Houses, name)
	}
}

// applyHouse folds a posting to a house account.
func (s *State) applyHouse(f event.HousePosted) {
	a := s.houseAccount(f.House, f.Account)
	a.Charges = slices.DeleteFunc(a.Charges, func(c Charge) bool { return f.At.Sub(c.At) > keepCharges })
	i := slices.IndexFunc(a.Charges, func(c Charge) bool { return c.Session == f.Session })
	switch {
	case i >= 0: // of the date of the visit, also what is given back later
		sum, err := a.Charges[i].Amount.Add(f.Amount)
		if err != nil {
			panic(err)
		}
		a.Charges[i].Amount = sum
	case f.Refund == "":
		a.Charges = append(a.Charges, Charge{Session: f.Session, At: f.At, Amount: f.Amount})
	}
	s.unreserve(f.Session)
}

func (s *State) houseAccount(class, token string) *Account {
	if s.Houses == nil {
		s.Houses = map[string]*Account{}
	}
	name := account(class, token)
	a := s.Houses[name]
	if a == nil {
		a = &Account{}
		s.Houses[name] = a
	}
	return a
}
