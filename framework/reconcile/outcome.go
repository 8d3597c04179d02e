package reconcile

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/openaisle/aisle/sdk/money"
)

// Finding is one discrepancy, or a note.
type Finding struct {
	Code    Code   `json:"code"`
	Session string `json:"session,omitempty"`
	// Line is the report's; zero for what it does not have.
	Line      int    `json:"line,omitempty"`
	ID        string `json:"id,omitempty"`
	Reference string `json:"reference,omitempty"`
	// Booked is the store's amount, Reported the processor's.
	Booked   *money.Amount `json:"booked,omitempty"`
	Reported *money.Amount `json:"reported,omitempty"`
	Day      string        `json:"day,omitempty"`
	Detail   string        `json:"detail,omitempty"`
}

// Result is what came of holding a report against the journal.
type Result struct {
	Rows     int          `json:"rows"`
	Matched  int          `json:"matched"`
	Found    []Finding    `json:"discrepancies"`
	Notes    []Finding    `json:"notes"`
	Counts   map[Code]int `json:"counts"`
	Covers   []Type       `json:"covers"`
	Sessions int          `json:"sessions"`
}

// Result judges what the rows did not say, and sums up. It is called once.
func (m *Matcher) Result() Result {
	for _, h := range m.order {
		m.judgeHold(h)
	}
	for _, r := range m.moves.Refunds() {
		m.judgeRefund(r)
	}
	for i := range m.moves.Chargebacks() {
		c := m.moves.Chargebacks()[i]
		if m.caseSeen[c.ID] || !m.covered(c.At) || !m.covers[Capture] && !m.covers[Chargeback] {
			continue
		}
		m.missing(ChargebackMissing, c.Session, c.At, c.Amount)
	}
	for _, name := range m.paid {
		p := m.payouts[name]
		if p.row == nil || p.row.Amount.Minor == p.sums[p.row.Amount.Currency] {
			continue
		}
		sum := money.New(p.sums[p.row.Amount.Currency], p.row.Amount.Currency)
		m.found(PayoutSumMismatch, "", p.row, &sum, "", "its rows add up to "+sum.String())
	}
	for k, t := range m.totals {
		if t[0] != t[1] {
			booked, reported := money.New(t[0], k.currency), money.New(t[1], k.currency)
			m.res.Found = append(m.res.Found, Finding{Code: TotalMismatch, Day: k.day, Booked: &booked, Reported: &reported})
		}
	}
	slices.SortStableFunc(m.res.Found, compare)
	slices.SortStableFunc(m.res.Notes, compare)
	m.res.Counts = map[Code]int{}
	for _, f := range m.res.Found {
		m.res.Counts[f.Code]++
	}
	for t := range m.covers {
		m.res.Covers = append(m.res.Covers, t)
	}
	slices.Sort(m.res.Covers)
	m.res.Found, m.res.Notes = append([]Finding{}, m.res.Found...), append([]Finding{}, m.res.Notes...)
	return m.res
}

func compare(a, b Finding) int {
	return cmp.Or(strings.Compare(string(a.Code), string(b.Code)), cmp.Compare(a.Line, b.Line), strings.Compare(a.Session, b.Session),
		strings.Compare(a.Day, b.Day), strings.Compare(currency(a), currency(b)))
}

func currency(f Finding) string {
	if f.Booked == nil {
		return ""
	}
	return string(f.Booked.Currency)
}

func (m *Matcher) missing(code Code, session string, at time.Time, booked money.Amount) {
	if m.young(at) {
		m.note(code, session, nil, &booked, "it is new, and may come with the next report")
		return
	}
	m.found(code, session, nil, &booked, m.opt.DayOf(at), "")
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
