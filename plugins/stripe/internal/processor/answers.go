package processor

import (
	"github.com/stripe/stripe-go/v84"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/payment"
)

// The functions here refuse an answer that is not the answer to what was asked. Money may have moved all the same, so
// the code is Unknown: the host looks the movement up and acts on what it finds.

func held(in *stripe.PaymentIntent, r payment.AuthorizeRequest) error {
	switch {
	case in.ID == "":
		return odd("authorize", "has no id")
	case in.Status != stripe.PaymentIntentStatusRequiresCapture:
		return odd("authorize", "has status %q, not %q", in.Status, stripe.PaymentIntentStatusRequiresCapture)
	case in.CaptureMethod != stripe.PaymentIntentCaptureMethodManual:
		return odd("authorize", "has capture method %q, not %q", in.CaptureMethod, stripe.PaymentIntentCaptureMethodManual)
	case in.Metadata[metaKey] != r.Key:
		return odd("authorize", "belongs to another key")
	}
	if err := sameAmount("authorize", "amount", isoAmount(in.Amount, string(in.Currency)), r.Amount); err != nil {
		return err
	}
	return sameAmount("authorize", "amount held", isoAmount(in.AmountCapturable, string(in.Currency)), r.Amount)
}

func captured(in *stripe.PaymentIntent, r payment.CaptureRequest) error {
	switch {
	case in.ID != r.Reference:
		return odd("capture", "is of %q, not of %q", in.ID, r.Reference)
	case in.Status != stripe.PaymentIntentStatusSucceeded:
		return odd("capture", "has status %q, not %q", in.Status, stripe.PaymentIntentStatusSucceeded)
	case in.Metadata[metaCaptureKey] != r.Key:
		return odd("capture", "belongs to another key")
	}
	return sameAmount("capture", "amount taken", isoAmount(in.AmountReceived, string(in.Currency)), r.Amount)
}

func voided(in *stripe.PaymentIntent, r payment.VoidRequest) error {
	switch {
	case in.ID != r.Reference:
		return odd("void", "is of %q, not of %q", in.ID, r.Reference)
	case in.Status != stripe.PaymentIntentStatusCanceled:
		return odd("void", "has status %q, not %q", in.Status, stripe.PaymentIntentStatusCanceled)
	case in.AmountReceived != 0:
		return odd("void", "says that money was taken")
	}
	return nil
}

func refunded(back *stripe.Refund, r payment.RefundRequest) error {
	switch {
	case back.ID == "":
		return odd("refund", "has no id")
	case back.Status == stripe.RefundStatusFailed, back.Status == stripe.RefundStatusCanceled:
		return &fault.Error{Code: fault.Refused, Op: "refund", Message: "the refund " + string(back.Status) + " (" + string(back.FailureReason) + ")"}
	case back.Status != stripe.RefundStatusSucceeded:
		return odd("refund", "has status %q, not %q", back.Status, stripe.RefundStatusSucceeded)
	case back.Metadata[metaKey] != r.Key:
		return odd("refund", "belongs to another key")
	case back.PaymentIntent == nil || back.PaymentIntent.ID != r.Reference:
		return odd("refund", "is not of %q", r.Reference)
	}
	return sameAmount("refund", "amount", isoAmount(back.Amount, string(back.Currency)), r.Amount)
}

func sameAmount(op, what string, got, asked money.Amount) error {
	if got != asked {
		return odd(op, "has an %s of %v, not %v", what, got, asked)
	}
	return nil
}

func odd(op, format string, args ...any) error {
	return fault.During(op, fault.Errorf(fault.Unknown, "the answer "+format, args...))
}
