package stripetest

import "time"

// A Happening is what comes over a movement by itself.
type Happening string

// The happenings.
const (
	HoldLapses   Happening = "hold_lapses"
	CaptureFails Happening = "capture_fails"
	RefundFails  Happening = "refund_fails"
	Dispute      Happening = "dispute"
)

// Happen has something happen to a PaymentIntent or Refund, and tells the webhook. It is false where there is none, or its state doesn't
// allow it.
func (s *Server) Happen(what Happening, id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.books
	j := &job{books: b, call: &call{}, now: s.opts.Now()}
	for _, r := range b.refunds {
		if r.id == id && what == RefundFails && r.status == succeeded {
			r.status = "failed"
			r.intent.charge.refunded -= r.amount
			b.told("refund.failed", r.render())
			return true
		}
	}
	for _, in := range b.intents {
		if in.id != id {
			continue
		}
		switch {
		case what == HoldLapses && in.status == needsCapture:
			in.holdUntil = j.now
			return j.lapse() == nil
		case what == CaptureFails && in.status == succeeded:
			in.status, in.received, in.charge.captured = needsMethod, 0, 0
			in.lastError = declined("card_declined", "reversed")
			j.keep(in)
			b.told("payment_intent.payment_failed", in.render())
			return true
		case what == Dispute && in.status == succeeded && !in.charge.disputed:
			in.charge.disputed = true
			b.told("charge.dispute.created", map[string]any{
				"id": newID("du"), "object": "dispute", "amount": in.received, "currency": in.currency, "charge": in.charge.id,
				"payment_intent": in.id, "reason": "fraudulent", "status": "needs_response", "created": j.now.Unix(), "metadata": map[string]string{},
			})
			return true
		}
	}
	return false
}

// Pass has the clock go on.
func (s *Server) Pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opts.Now
	s.opts.Now = func() time.Time { return now().Add(d) }
	s.books.opts.Now = s.opts.Now
}
