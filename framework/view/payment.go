package view

import (
	"cmp"
	"slices"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/money"
)

// foldMoney folds the facts about payments and receipts.
func (m *Model) foldMoney(f event.Fact) {
	switch f := f.(type) {
	case event.PaymentMoved:
		if v := m.session(f.Session); v != nil {
			m.move(v, f)
		}
	case event.ReceiptIssued:
		m.issue(f.Receipt)
	default: // facts of the other parts
	}
}

func (m *Model) move(v *session, f event.PaymentMoved) {
	var p Payment
	if v.out.Payment != nil {
		p = *v.out.Payment
	}
	if f.Hold > 1 {
		m.moveFurther(v, p, f)
		return
	}
	before := p.State
	p.State, p.Doubtful, p.Reason = f.State, f.Doubtful, f.Reason
	p.Held, p.Captured = cmp.Or(f.Held, p.Held), cmp.Or(f.Captured, p.Captured)
	p.Brand, p.Last4 = cmp.Or(f.Brand, p.Brand), cmp.Or(f.Last4, p.Last4)
	v.out.Payment = &p
	if before == f.State {
		return // asked again, or looked up
	}
	switch f.State {
	case event.PaymentCaptured:
		m.totals.Charged++
		if f.Captured != nil {
			m.capture(*f.Captured)
		}
	case event.PaymentVoided:
		m.totals.Voided++
	case event.PaymentFailed:
		m.totals.Failed++
	case event.PaymentHouse:
		m.totals.Charged++
		p.Captured = f.Due
	case event.PaymentAuthorizing, event.PaymentHeld, event.PaymentOffline, event.PaymentDeclined, event.PaymentCapturing, event.PaymentVoiding,
		event.PaymentIncreasing, event.PaymentExpired:
	}
}

// moveFurther takes up what became of a hold beyond the entry's. What it takes
// for the visit adds up; what it takes for a debt is of another visit.
func (m *Model) moveFurther(v *session, p Payment, f event.PaymentMoved) {
	if f.State == event.PaymentCaptured && f.Captured != nil {
		m.capture(*f.Captured)
	}
	if f.For == event.HoldDebt {
		return
	}
	p.Doubtful, p.Reason = f.Doubtful, f.Reason
	switch f.State {
	case event.PaymentCaptured:
		p.State = f.State
		if f.Captured != nil {
			sum := *f.Captured
			if p.Captured != nil {
				if both, err := sum.Add(*p.Captured); err == nil {
					sum = both
				}
			}
			p.Captured = &sum
		}
	case event.PaymentFailed, event.PaymentDeclined:
		p.State = f.State
	case event.PaymentAuthorizing, event.PaymentCapturing:
		if f.For == event.HoldRest {
			p.State = event.PaymentCapturing
		}
	case event.PaymentHeld, event.PaymentOffline, event.PaymentVoiding, event.PaymentVoided, event.PaymentIncreasing, event.PaymentExpired, event.PaymentHouse:
	}
	v.out.Payment = &p
}

// capture adds up what was charged. A sum beyond 64 bits stays where it is.
func (m *Model) capture(a money.Amount) {
	i, found := slices.BinarySearchFunc(m.totals.Captured, a.Currency, func(x money.Amount, c money.Currency) int {
		return cmp.Compare(x.Currency, c)
	})
	if !found {
		m.totals.Captured = slices.Insert(m.totals.Captured, i, a)
		return
	}
	if sum, err := m.totals.Captured[i].Add(a); err == nil {
		m.totals.Captured[i] = sum
	}
}

// issue takes up a version of a receipt.
func (m *Model) issue(r event.Receipt) {
	number := m.number(r.Session)
	if v := m.session(r.Session); v != nil {
		v.out.Receipt, v.out.PendingUntil = r.ID, r.PendingUntil
		v.pending = m.pendingLines(r.Pending)
	}
	opened := uint64(0)
	if s := m.after.stories.of[r.Session]; s != nil {
		opened = s.opened
	}
	first, wasPending, gone := m.addReceipt(number, opened, Version{Seq: m.seq, At: m.at, Receipt: r})
	if gone != "" {
		m.forget(gone)
	}
	if first {
		m.totals.Receipts++
	}
	m.totals.InReview += truth(len(r.Pending) > 0) - truth(wasPending)
	m.changed.Receipts, m.changed.Totals = m.seq, m.seq

	b := Brief{ID: r.ID, Session: r.Session, Number: number, Version: r.Version, Closed: r.Closed, Pending: len(r.Pending),
		Total: r.Total, Payment: r.Payment}
	for _, l := range r.Lines {
		b.Units += l.Quantity
	}
	if i := slices.IndexFunc(m.recent, func(x Brief) bool { return x.ID == r.ID }); i >= 0 {
		b.Number = cmp.Or(number, m.recent[i].Number)
		m.recent[i] = b
		return
	}
	if first {
		m.recent = slices.Insert(m.recent, 0, b)
		m.recent = m.recent[:min(len(m.recent), KeptRecent)]
	}
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}
