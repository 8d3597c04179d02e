package processor

import (
	"cmp"
	"time"

	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/payment"
)

// stripeEvent is what is read of an event. It is read without stripe-go's types: an event has the shape of the API
// version that the endpoint was set up with, and these fields are the same in all.
type stripeEvent struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	Created int64  `json:"created"`
	Live    bool   `json:"livemode"`
	Data    struct {
		Object eventObject `json:"object"`
	} `json:"data"`
}

// eventObject is a PaymentIntent, Charge, Refund or Dispute.
type eventObject struct {
	ID            string            `json:"id"`
	Object        string            `json:"object"`
	Intent        string            `json:"payment_intent"`
	Currency      string            `json:"currency"`
	Amount        int64             `json:"amount"`
	Captured      int64             `json:"amount_captured"`
	Status        string            `json:"status"`
	Reason        string            `json:"reason"`
	Cancelled     string            `json:"cancellation_reason"`
	FailureReason string            `json:"failure_reason"`
	Metadata      map[string]string `json:"metadata"`
}

// lapsed is the reason of a cancellation that nobody asked for.
const lapsed = "automatic"

// notice is what an event tells; false for one that tells nothing of a movement.
func (e stripeEvent) notice() (payment.Notice, bool) {
	o := e.Data.Object
	n := payment.Notice{ID: e.ID, Reference: cmp.Or(o.Intent, o.ID)}
	if e.Created > 0 {
		n.At = time.Unix(e.Created, 0).UTC()
	}
	amount := o.Amount
	switch e.Type {
	case "charge.captured":
		n.Kind, n.Key, amount = payment.NoticeCaptured, o.Metadata[metaCaptureKey], o.Captured
	case "payment_intent.payment_failed":
		if o.Metadata[metaCaptureKey] == "" {
			return n, false // a hold that was declined: whoever asked has been told
		}
		n.Kind, n.Key = payment.NoticeCaptureFailed, o.Metadata[metaCaptureKey]
	case "payment_intent.canceled":
		n.Kind = payment.NoticeVoided
		if o.Cancelled == lapsed {
			n.Kind, n.Key = payment.NoticeHoldExpired, o.Metadata[metaKey]
		}
	case "refund.created", "refund.updated", "refund.failed", "charge.refund.updated":
		n.Reference, n.Key = o.ID, o.Metadata[metaKey]
		switch o.Status {
		case "succeeded":
			n.Kind = payment.NoticeRefunded
		case "failed", "canceled":
			n.Kind, n.Message = payment.NoticeRefundFailed, o.FailureReason
		default:
			return n, false
		}
	case "charge.dispute.created":
		n.Kind, n.Message = payment.NoticeChargeback, o.Reason
	default:
		return n, false
	}
	if a := isoAmount(amount, o.Currency); a.Currency.Valid() && amount > 0 {
		n.Amount = a
	} else {
		n.Amount = money.Amount{}
	}
	return n, true
}
