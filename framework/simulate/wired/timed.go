package wired

import (
	"context"

	"github.com/openaisle/aisle/framework/dispatch"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/payment"
	"time"
)

// timedPayment is a processor whose calls are held to their deadline.
type timedPayment struct {
	dispatch.Payment
	w *world
}

func (p timedPayment) Authorize(ctx context.Context, r payment.AuthorizeRequest) (payment.Authorization, error) {
	defer p.w.timed(ctx, "authorize", dispatch.PaymentWithin)()
	return p.Payment.Authorize(ctx, r)
}

func (p timedPayment) Increase(ctx context.Context, r payment.IncreaseRequest) (payment.Authorization, error) {
	defer p.w.timed(ctx, "increase", dispatch.PaymentWithin)()
	return p.Payment.Increase(ctx, r)
}

func (p timedPayment) Capture(ctx context.Context, r payment.CaptureRequest) (payment.Capture, error) {
	defer p.w.timed(ctx, "capture", dispatch.PaymentWithin)()
	return p.Payment.Capture(ctx, r)
}

func (p timedPayment) Void(ctx context.Context, r payment.VoidRequest) error {
	defer p.w.timed(ctx, "void", dispatch.PaymentWithin)()
	return p.Payment.Void(ctx, r)
}

func (p timedPayment) Refund(ctx context.Context, r payment.RefundRequest) (payment.Refund, error) {
	defer p.w.timed(ctx, "refund", dispatch.PaymentWithin)()
	return p.Payment.Refund(ctx, r)
}

func (p timedPayment) Lookup(ctx context.Context, r payment.LookupRequest) (payment.Outcome, error) {
	defer p.w.timed(ctx, "lookup", dispatch.PaymentWithin)()
	return p.Payment.Lookup(ctx, r)
}

// checkAdmission holds a command to a gate against what is durable: G3, G4. The
// world's lock is held.
func (w *world) checkAdmission(a gate.Admission) {
	session := w.sessions[a.Session]
	switch {
	case session == "":
		w.violate("G4", "", "a gate is opened with leave %s that is not in the journal", a.Session)
	case !w.witness.Standing(session):
		w.violate("G4", session, "a gate is opened for a session without a durable hold")
	}
	if time.Until(a.Expires) > storedef.DefaultAdmitWithin {
		w.violate("G3", session, "an admission that does not end soon")
	}
}
