package witness

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The accounts of a session by which a receipt may differ from what was moved:
// who bears what was not captured, or what was taken twice and is yet to be given
// back. What else is given back lowers the receipt.
var borne = []string{"store_cost", "bad_debt", "payable"}

// Judge compares the voices once everything has come to rest. Lied are the
// sessions of whose captures the processor did not tell the truth.
func (w *Witness) Judge(visits []Visit, lied map[string]bool) {
	for _, s := range w.order {
		w.settled(s, lied[s.id])
	}
	w.balances(lied)
	for _, h := range w.holdList {
		if s := w.sessions[h.Session]; h.over == "" && !lied[h.Session] && !h.Other && (s == nil || !s.elsewhere) {
			w.violate("M4", h.Session, "hold %s of %d was neither captured nor released", h.Reference, h.Minor)
		}
	}
	for _, a := range w.accounts(visits) {
		w.truth(a)
	}
}

// settled checks what must hold of each session at the end.
func (w *Witness) settled(s *session, lied bool) {
	if s.closed != 1 {
		w.violate("M2", s.id, "the session is closed %d times; its payment is %q", s.closed, s.final)
	}
	if len(s.doubt) > 0 {
		w.tally.Unresolved += len(s.doubt)
		w.violate("M10", s.id, "%d movements are still in doubt", len(s.doubt))
	}
	sum := int64(0)
	for _, v := range s.books {
		sum += v
	}
	if sum != 0 || s.books["receivable"] != 0 {
		w.violate("M7", s.id, "the books do not add up: sum %d, owed %d", sum, s.books["receivable"])
	}
	w.accountSettled(s)
	net := s.captured - s.failed
	s.refunded -= s.givenElsewhere()
	if lied {
		return
	}
	if clearing := s.books["clearing"]; clearing != net-s.refunded && clearing != net-s.refunded-s.chargedBack {
		w.violate("M3", s.id, "the books say that %d was moved, the processor says %d", clearing, net-s.refunded)
	}
	lost := s.lost()
	total := int64(0)
	if s.last != nil {
		total = s.last.Total.Minor
	}
	if net-s.refunded+s.posted+lost != total {
		w.violate("M3", s.id, "the receipt says %d, the processor has %d, the store's own account %d, and the store bears %d", total, net-s.refunded, s.posted, lost)
	}
	if s.last == nil {
		return
	}
	if s.reviewed {
		w.tally.InReview++
	}
	if len(s.last.Pending) > 0 {
		w.violate("F3", s.id, "%d lines are still undecided", len(s.last.Pending))
	}
	w.tally.Captured += net - s.refunded
}

// givenElsewhere is what another host gave back, that did not hear of a
// chargeback for which this one gave nothing back any more: nobody was charged
// for it, and the processor's report tells of it.
func (s *session) givenElsewhere() int64 {
	sum := int64(0)
	for key, minor := range s.byOther {
		if s.chargedBack > 0 && s.settles[key] == "refused" {
			sum += minor
		}
	}
	return sum
}

// lost is what somebody else than the shopper bears, or, where it is below zero,
// what the shopper paid of an earlier visit.
func (s *session) lost() int64 {
	sum := int64(0)
	for _, a := range borne {
		sum += s.books[a]
	}
	return sum
}

// balances checks the sums by currency: M14.
func (w *Witness) balances(lied map[string]bool) {
	receipts, money := map[string]int64{}, map[string]int64{}
	for _, s := range w.order {
		if s.last == nil || lied[s.id] {
			continue
		}
		lost := s.lost()
		receipts[s.last.Total.Currency] += s.last.Total.Minor
		money[s.last.Total.Currency] += s.captured - s.failed - s.refunded + s.posted + lost
	}
	for _, cur := range slices.Sorted(maps.Keys(receipts)) {
		if receipts[cur] != money[cur] {
			w.violate("M14", "", "receipts of %d %s, and %d captured or borne", receipts[cur], cur, money[cur])
		}
	}
}

// account is what one credential owes and was charged, over all its visits:
// somebody who taps again before the visit is told to be over goes on with it.
type account struct {
	owed, charged, price map[string]int64
	unheard              map[string]int64
	loose                map[string]*loose
	weighings            int64 // deeds with loose goods
	house                string
	sessions             []*session
}

// accounts gathers visits and sessions by credential, in the order of the
// visits.
func (w *Witness) accounts(visits []Visit) []*account {
	by := map[string]*account{}
	var list []*account
	of := func(token string) *account {
		a := by[token]
		if a == nil {
			a = &account{owed: map[string]int64{}, charged: map[string]int64{}, price: map[string]int64{}, unheard: map[string]int64{}, loose: map[string]*loose{}}
			by[token] = a
			list = append(list, a)
		}
		return a
	}
	for i := range visits {
		a := of(visits[i].Token)
		a.house = visits[i].House
		a.weighings += visits[i].Weighings
		for _, it := range visits[i].Items {
			if it.Mass > 0 {
				a.weigh(it.GTIN).took(visits[i].Number, it)
				continue
			}
			a.owed[it.GTIN] += it.Quantity
			a.price[it.GTIN] = max(a.price[it.GTIN], it.Unit)
		}
		for _, g := range visits[i].Unheard {
			a.unheard[g]++
		}
	}
	for _, s := range w.order {
		a := of(s.token)
		a.sessions = append(a.sessions, s)
	}
	return list
}

// truth holds what was charged to a credential against what was done on it.
func (w *Witness) truth(a *account) {
	id := ""
	var paid int64
	for _, s := range a.sessions {
		if s.last == nil {
			continue
		}
		if id == "" {
			id = s.id
		}
		if s.house != a.house && !s.staff {
			w.violate("M13", s.id, "the credential is of account class %q, the visit is on %q", a.house, s.house)
		}
		for _, l := range s.last.Lines {
			if l.Per != "" {
				a.weigh(l.GTIN).asked(&l)
				continue
			}
			a.charged[l.GTIN] += l.Quantity
			if a.owed[l.GTIN] == 0 {
				a.price[l.GTIN] = max(a.price[l.GTIN], l.Unit.Minor)
			}
		}
		paid += s.captured - s.failed - s.refunded + s.posted
	}
	if id == "" && len(a.owed)+len(a.loose) == 0 {
		return
	}
	over, under, text := compare(a.owed, a.charged, a.price)
	worth := int64(0)
	for g, n := range a.owed {
		worth += n * a.price[g]
	}
	lo, lu, most, ltext := w.compareLoose(a)
	over, under, worth, text = over+lo, under+lu, worth+most, append(text, ltext...)
	if paid > worth && over == 0 {
		over = paid - worth
		text = append(text, fmt.Sprintf("%d was taken from the card for goods worth %d", paid, worth))
	}
	w.count(id, over, under, a.excused(), w.rules.Doubts && a.doubted(), strings.Join(text, ", "))
}

// excused reports whether no more is charged than was put back unheard.
func (a *account) excused() bool {
	for g, n := range a.charged {
		if n-a.owed[g] > a.unheard[g] {
			return false
		}
	}
	for g, l := range a.loose {
		if l.asks > l.owes+l.slack && a.unheard[g] == 0 {
			return false
		}
	}
	return len(a.unheard) > 0
}

func compare(owed, charged, price map[string]int64) (over, under int64, text []string) {
	all := maps.Clone(owed)
	maps.Copy(all, charged)
	for _, g := range slices.Sorted(maps.Keys(all)) {
		d := charged[g] - owed[g]
		switch {
		case d > 0:
			over += d * price[g]
		case d < 0:
			under -= d * price[g]
		default:
			continue
		}
		text = append(text, fmt.Sprintf("%s: charged %d, took %d", g, charged[g], owed[g]))
	}
	return over, under, text
}

// doubted reports whether the host was not sure of something.
func (a *account) doubted() bool {
	return slices.ContainsFunc(a.sessions, func(s *session) bool { return s.doubted })
}

func (w *Witness) count(id string, over, under int64, excused, doubted bool, text string) {
	w.tally.OverValue += over
	w.tally.UnderValue += under
	if text != "" {
		w.Wrong = append(w.Wrong, Wrong{Session: id, Over: over, Under: under, Text: text})
	}
	switch {
	case over > 0:
		w.tally.Overcharged++
		if excused {
			w.tally.Unheard++
		} else if w.rules.Exact || w.rules.NeverOver {
			w.violate("truth", id, "charged too much though every sensor was right: %s", text)
		}
	case under > 0:
		w.tally.Undercharged++
		if w.rules.Exact && !doubted {
			w.violate("truth", id, "charged too little though every sensor was right: %s", text)
		}
	default:
		w.tally.Exact++
	}
}
