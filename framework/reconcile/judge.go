package reconcile

import (
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/ledger"
	"github.com/openaisle/aisle/sdk/money"
)

// judgeHold compares one hold with its rows.
func (m *Matcher) judgeHold(h *holding) {
	m.judgeAuthorization(h)
	m.judgeVoid(h)
	if h.Captured != nil {
		m.judgeBooked(h)
	} else {
		m.judgeUnbooked(h)
	}
	m.judgeOpen(h)
	for _, v := range h.capture.done {
		if !h.Expires.IsZero() && v.Created.After(h.Expires.Add(m.opt.Skew)) {
			m.found(CaptureAfterExpiry, h.Session, &v, nil, "", "the hold lapsed "+stamp(h.Expires))
		}
	}
	taken := map[money.Currency]int64{}
	for _, v := range h.capture.done {
		taken[v.Amount.Currency] += v.Amount.Minor
	}
	if len(h.capture.done) == 0 && h.Captured != nil {
		taken[h.Captured.Currency] = h.Captured.Minor
	}
	for cur, back := range h.refunded {
		if back > taken[cur] {
			sum := money.New(taken[cur], cur)
			m.found(RefundExceeds, h.Session, &h.back, &sum, "", "refunded in all "+money.New(back, cur).String())
		}
	}
}

func (m *Matcher) judgeAuthorization(h *holding) {
	first := true
	for _, v := range h.auth.done {
		raised := h.Reference == "" || v.Reference == h.Reference
		switch {
		case h.HeldAt.IsZero() && m.young(v.Created):
			m.note(HoldUnbooked, h.Session, &v, nil, "it is new")
		case h.HeldAt.IsZero():
			m.found(HoldUnbooked, h.Session, &v, nil, "", "the store has it as "+string(h.State))
		case !raised:
			if len(h.auth.done) > 1 {
				m.found(SecondHold, h.Session, &v, &h.Held, "", "the store knows "+h.Reference)
			} else {
				m.found(ReferenceDiffers, h.Session, &v, &h.Held, "", "the store knows "+h.Reference)
			}
		case v.Amount.Currency != h.Held.Currency:
			m.found(CurrencyDiffers, h.Session, &v, &h.Held, "", "")
		case !slices.Contains(h.Was, v.Amount):
			m.found(HoldAmountDiffers, h.Session, &v, &h.Held, "", "")
		case first:
			first = false
			m.res.Matched++
			m.day(h.Session, v, h.HeldAt)
		}
	}
	if m.covers[Authorization] && h.auth.none() && !h.HeldAt.IsZero() && m.covered(h.HeldAt) {
		m.missing(HoldNotInReport, h.Session, h.HeldAt, h.Held)
	}
}

func (m *Matcher) judgeVoid(h *holding) {
	released := h.State == event.PaymentVoided || h.State == event.PaymentVoiding || h.State == event.PaymentExpired || h.State == event.PaymentFailed
	for i, v := range h.void.done {
		switch {
		case released || h.HeldAt.IsZero():
			if i == 0 {
				m.res.Matched++
			}
		case m.young(v.Created):
			m.note(VoidUnbooked, h.Session, &v, &h.Held, "it is new")
		default:
			m.found(VoidUnbooked, h.Session, &v, &h.Held, "", "the store has it as "+string(h.State))
		}
	}
	if m.covers[Void] && h.State == event.PaymentVoided && !h.HeldAt.IsZero() && h.void.none() && h.capture.none() && m.covered(h.VoidedAt) {
		m.missing(VoidMissing, h.Session, h.VoidedAt, h.Held)
	}
}

// judgeBooked compares a capture that the store booked.
func (m *Matcher) judgeBooked(h *holding) {
	booked := *h.Captured
	if !m.covers[Capture] && m.res.Rows > 0 && !m.covers[Authorization] {
		return // a report of something else
	}
	if h.capture.none() {
		switch {
		case len(h.capture.failed) > 0:
			m.found(FailedButBooked, h.Session, &h.capture.failed[len(h.capture.failed)-1], &booked, "", "")
			m.at(m.opt.DayOf(h.CapturedAt), booked.Currency)[0] += booked.Minor
		case m.covered(h.CapturedAt):
			m.missing(CapturedNotInReport, h.Session, h.CapturedAt, booked)
			if !m.young(h.CapturedAt) {
				m.at(m.opt.DayOf(h.CapturedAt), booked.Currency)[0] += booked.Minor
			}
		}
		return
	}
	if len(h.capture.done) == 0 {
		return // pending
	}
	day := m.opt.DayOf(h.CapturedAt)
	m.at(day, booked.Currency)[0] += booked.Minor
	for i, v := range h.capture.done {
		m.at(day, v.Amount.Currency)[1] += v.Amount.Minor
		switch {
		case i > 0:
			m.found(CapturedTwice, h.Session, &v, &booked, "", "")
			continue
		case v.Amount.Currency != booked.Currency:
			m.found(CurrencyDiffers, h.Session, &v, &booked, "", "")
		case v.Amount != booked:
			m.found(AmountDiffers, h.Session, &v, &booked, "", "")
		case v.Reference != "" && h.Capture != "" && v.Reference != h.Capture && v.Reference != h.Reference:
			m.found(ReferenceDiffers, h.Session, &v, &booked, "", "the store knows "+h.Capture)
		default:
			m.res.Matched++
		}
		m.day(h.Session, v, h.CapturedAt)
	}
}

// judgeUnbooked sees to captures of a hold of which the store booked none.
func (m *Matcher) judgeUnbooked(h *holding) {
	for _, v := range h.capture.done {
		if m.young(v.Created) && h.State == event.PaymentCapturing {
			m.note(InReportNotCaptured, h.Session, &v, nil, "the store is still finding out")
			continue
		}
		code := InReportNotCaptured
		if h.State == event.PaymentVoided || len(h.void.done) > 0 {
			code = CaptureAfterVoid
		}
		m.count(v, 1)
		m.found(code, h.Session, &v, nil, "", "the store has the hold as "+string(h.State))
	}
}

// judgeOpen finds holds that stand although their time is over, by the store's
// own books and the report.
func (m *Matcher) judgeOpen(h *holding) {
	if h.HeldAt.IsZero() || h.Expires.IsZero() || h.State.Final() || !h.capture.none() || !h.void.none() {
		return
	}
	switch {
	case m.opt.AsOf.After(h.Expires):
		m.found(HoldExpiredUntaken, h.Session, nil, &h.Held, "", "it lapsed "+stamp(h.Expires)+"; the store has it as "+string(h.State))
	case m.opt.AsOf.After(h.Expires.Add(-m.opt.Early)) && h.Expires.Sub(h.HeldAt) > 2*m.opt.Early:
		m.found(HoldOpenPastDue, h.Session, nil, &h.Held, "", "it lapses "+stamp(h.Expires)+"; the store has it as "+string(h.State))
	}
}

// day finds rows of another business day than the store's.
func (m *Matcher) day(session string, v Row, at time.Time) {
	if v.Created.Sub(at).Abs() > m.opt.Skew && m.opt.DayOf(v.Created) != m.opt.DayOf(at) {
		m.found(WrongDay, session, &v, nil, m.opt.DayOf(at), "the report has "+m.opt.DayOf(v.Created))
	}
}

func (m *Matcher) judgeRefund(r *ledger.Refund) {
	got := m.refunds[r]
	booked := r.State == event.RefundRefunded
	day := m.opt.DayOf(r.Done)
	switch {
	case booked && got.none() && len(got.failed) > 0:
		m.found(FailedButBooked, r.Session, &got.failed[len(got.failed)-1], &r.Amount, "", "")
		m.at(day, r.Amount.Currency)[0] -= r.Amount.Minor
	case booked && got.none() && m.covered(r.Done) && (m.covers[Refund] || m.covers[Capture]):
		m.missing(RefundMissing, r.Session, r.Done, r.Amount)
		if !m.young(r.Done) {
			m.at(day, r.Amount.Currency)[0] -= r.Amount.Minor
		}
	case booked && len(got.done) > 0:
		m.at(day, r.Amount.Currency)[0] -= r.Amount.Minor
	}
	for i, v := range got.done {
		if booked {
			m.at(day, v.Amount.Currency)[1] -= v.Amount.Minor
		} else if !m.young(v.Created) {
			m.count(v, -1)
		}
		switch {
		case i > 0:
			m.found(RefundTwice, r.Session, &v, &r.Amount, "", "")
		case !booked && m.young(v.Created):
			m.note(RefundUnknown, r.Session, &v, &r.Amount, "the store is still finding out")
		case !booked:
			m.found(RefundUnknown, r.Session, &v, &r.Amount, "", "the store has it as "+string(r.State))
		case v.Amount.Currency != r.Amount.Currency:
			m.found(CurrencyDiffers, r.Session, &v, &r.Amount, "", "")
		case v.Amount != r.Amount:
			m.found(RefundAmountDiffers, r.Session, &v, &r.Amount, "", "")
		case r.Reference != "" && v.Reference != "" && v.Reference != r.Reference:
			m.found(ReferenceDiffers, r.Session, &v, &r.Amount, "", "the store knows "+r.Reference)
		default:
			m.res.Matched++
			m.day(r.Session, v, r.Done)
		}
	}
}
