package ledger

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/openaisle/aisle/sdk/money"
)

// Filter says which postings are wanted; what is empty is for all.
type Filter struct {
	Day, Session string
	// Account is a name, or a prefix where it ends in a colon, such as "tax:".
	Account string
}

func (f Filter) takes(p Place) bool {
	return (f.Day == "" || f.Day == p.Day) && (f.Session == "" || f.Session == p.Session) && f.account(p.Account)
}

func (f Filter) account(name string) bool {
	return f.Account == "" || f.Account == name || strings.HasSuffix(f.Account, ":") && strings.HasPrefix(name, f.Account)
}

// Line is one account of one session on one day, in minor units. Debit and
// Credit are positive; Balance is their difference.
type Line struct {
	Place
	Debit   int64 `json:"debit_minor"`
	Credit  int64 `json:"credit_minor"`
	Balance int64 `json:"balance_minor"`
}

// Lines are the postings, summed by day, session, account and currency, in that
// order.
func (b *Books) Lines(f Filter) []Line {
	var all []Line
	for _, p := range slices.SortedFunc(maps.Keys(b.sums), Place.compare) {
		if f.takes(p) {
			all = append(all, b.line(p))
		}
	}
	return all
}

// ofSession are the lines of one session.
func (b *Books) ofSession(id string) []Line {
	var all []Line
	for _, p := range slices.SortedFunc(slices.Values(b.sessions[id].at), Place.compare) {
		all = append(all, b.line(p))
	}
	return all
}

func (b *Books) line(p Place) Line {
	s := b.sums[p]
	return Line{p, s.debit.Minor, s.credit.Minor, s.debit.Minor - s.credit.Minor}
}

// Balance is an account's sum.
type Balance struct {
	Account  string         `json:"account"`
	Currency money.Currency `json:"currency"`
	Debit    int64          `json:"debit_minor"`
	Credit   int64          `json:"credit_minor"`
	Balance  int64          `json:"balance_minor"`
}

// Trial is the trial balance: the sums by account and currency, sorted. Where
// nothing is left out by account, they add up to zero in each currency.
func (b *Books) Trial(f Filter) []Balance {
	return trial(b.Lines(f))
}

func trial(lines []Line) []Balance {
	type name struct {
		account  string
		currency money.Currency
	}
	sums := map[name]*Balance{}
	for _, l := range lines {
		k := name{l.Account, l.Currency}
		s := sums[k]
		if s == nil {
			s = &Balance{Account: l.Account, Currency: l.Currency}
			sums[k] = s
		}
		s.Debit += l.Debit
		s.Credit += l.Credit
		s.Balance += l.Balance
	}
	all := make([]Balance, 0, len(sums))
	for _, k := range slices.SortedFunc(maps.Keys(sums), func(a, c name) int {
		return cmp.Or(strings.Compare(a.account, c.account), strings.Compare(string(a.currency), string(c.currency)))
	}) {
		all = append(all, *sums[k])
	}
	return all
}

// House are the postings to the store's own accounts: what badges and meal plans
// owe, to be exported.
func (b *Books) House(f Filter) []Line {
	return slices.DeleteFunc(b.Lines(f), func(l Line) bool { return !strings.HasPrefix(l.Account, HousePrefix) })
}

// Sessions are the visits that anything is known of, in the order of the
// journal.
func (b *Books) Sessions() []string { return b.order }

// Movements are the holds, captures, refunds and chargebacks.
func (b *Books) Movements() *Movements { return &b.moves }

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
