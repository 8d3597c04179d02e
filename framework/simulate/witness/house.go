package witness

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Accounts of the store's own: what visits on badges and meal plans come to is in the
// host's ledger for whoever runs payroll or the plan, and never on a card. The witness
// keeps an account of its own of each, by what the ledger that is exported says.

// housePosted hears a line of that ledger.
func (w *Witness) housePosted(p housePosted) {
	s := w.of(p.Session, "a posting to an account")
	if p.House != s.house || p.Account != s.token {
		w.violate("M5", p.Session, "%d is posted to %s of %s, the visit is on %q of %s", p.Amount.Minor, p.Account, p.House, s.house, s.token)
	}
	if old, known := w.postings[p.Key]; known {
		w.violate("M9", p.Session, "key %s was posted with %d and is posted with %d: whoever takes it in knows it already", p.Key, old, p.Amount.Minor)
	}
	w.postings[p.Key] = p.Amount.Minor
	if !s.onAccount {
		s.onAccount = true
		w.tally.OnAccount++
	}
	if p.Amount.Minor == 0 || (p.Amount.Minor < 0) != (p.Refund != "") {
		w.violate("M5", p.Session, "%d is posted, of refund %q", p.Amount.Minor, p.Refund)
	}
	if s.posted += p.Amount.Minor; s.posted < 0 {
		w.violate("M5", p.Session, "%d more is given back to the account than was posted", -s.posted)
	}
}

// noCard holds that nothing is asked of a processor for a visit on an account.
func (w *Witness) noCard(session, op string) {
	if s := w.sessions[session]; s != nil && s.house != "" {
		w.violate("M13", session, "the processor is asked to %s for a visit that is on account %s", op, s.house)
	}
}

// accountSettled compares the books of a visit with the ledger that is exported.
func (w *Witness) accountSettled(s *session) {
	booked := int64(0)
	for account, minor := range s.books {
		if strings.HasPrefix(account, housePrefix) {
			booked += minor
		}
	}
	if booked != s.posted {
		w.violate("M3", s.id, "the books have %d on an account of the store's own, what is exported comes to %d", booked, s.posted)
	}
	if s.house != "" && len(s.holds) > 0 {
		w.violate("M13", s.id, "a visit on account %s has a hold on a card, too", s.house)
	}
}

// housePrefix begins the name of such an account in the books.
const housePrefix = "house:"

// Owed is a line of what the host exports for a period: what an account owes.
type Owed struct {
	ID, House, Account string
	Minor              int64
}

// Exported compares what the host exports, over all periods, with the account that
// the witness keeps of each credential: nothing is lost, and nothing is in it twice.
func (w *Witness) Exported(lines []Owed) {
	type place struct{ house, account string }
	owed, seen := map[place]int64{}, map[string]bool{}
	for _, l := range lines {
		if seen[l.ID] {
			w.violate("M14", "", "line %s of the accounts is exported twice", l.ID)
		}
		seen[l.ID] = true
		owed[place{l.House, l.Account}] += l.Minor
	}
	for _, s := range w.order {
		owed[place{s.house, s.token}] -= s.posted
	}
	for _, p := range slices.SortedFunc(maps.Keys(owed), func(a, b place) int {
		return cmp.Or(cmp.Compare(a.house, b.house), cmp.Compare(a.account, b.account))
	}) {
		if minor := owed[p]; minor != 0 {
			w.violate("M14", "", "account %s of %s is exported with %d too much", p.account, p.house, minor)
		}
	}
}
