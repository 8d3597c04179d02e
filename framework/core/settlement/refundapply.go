package settlement

import (
	"cmp"
	"time"

	"github.com/openaisle/aisle/framework/event"
)

// applyRefund folds what became of a refund.
func (s *State) applyRefund(f event.RefundMoved) {
	p := s.payment(f.Session)
	payer := s.payment(cmp.Or(f.Paid, f.Session))
	if p == nil || f.Hold < 1 {
		return
	}
	r := p.refundNamed(f.Refund)
	if r == nil {
		if payer == nil || f.Hold > len(payer.Holds) {
			return
		}
		h := &payer.Holds[f.Hold-1]
		p.Refunds = append(p.Refunds, Refund{ID: f.Refund, Of: f.Of, Paid: f.Paid, Kind: f.Kind, Hold: f.Hold - 1, Lines: f.Lines, Parts: f.Parts, Reason: f.Reason, Actor: f.Actor,
			Moved: Hold{Reference: cmp.Or(h.Capture, h.Reference), Due: f.Amount, Amount: f.Amount}})
		r = &p.Refunds[len(p.Refunds)-1]
	}
	s.forgetNames(r.names())
	h := &r.Moved
	if f.Key != h.Key {
		r.Ordinal += 1 + f.Skipped
		h.Key, h.Began, h.First, h.Attempt, h.Sends, h.Absent, h.Told = f.Key, f.At, time.Time{}, 0, 0, 0, time.Time{}
		h.Contested, h.Since, h.Loose = "", time.Time{}, time.Time{}
		if f.Doubtful || f.Check { // another host asked for it, and not before now is it known to have been told
			h.Told = f.At
		}
	}
	r.State, r.Amount, h.Check, h.Doubtful = f.State, f.Amount, "", f.Doubtful
	if f.Check {
		h.Check = event.OpRefund
	}
	switch {
	case !r.giving():
		h.Contested = ""
	case h.Contested == "" && h.Check == "" && s.undone[h.Key]:
		h.Contested = "-" // as of a capture: another host asked for it, and it is undone already
	}
	h.doubted(f.At, f.Doubtful || f.Check, f.RetryAt != nil)
	if f.Absent {
		h.Absent++
	} else if f.RetryAt == nil || !f.Doubtful && !f.Check {
		h.Absent = 0
	}
	h.stands(f.Doubtful || f.Check)
	if f.Reference != "" {
		h.Capture = f.Reference
	}
	r.Undone = f.Undone || r.Undone && f.State != event.RefundRefunded
	h.RetryAt, h.Reason = time.Time{}, f.Message
	if f.RetryAt != nil {
		h.RetryAt = *f.RetryAt
	}
	s.own(f.Session, p)
}
