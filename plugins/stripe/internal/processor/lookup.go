package processor

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v84"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/payment"
)

// Limits of a search by key.
const (
	pageSize = 100
	// maxLooked is how many objects are looked through for a key before giving up without a result.
	maxLooked = 5000
	// clockMargin is how far Stripe's clock may be off the host's.
	clockMargin = 5 * time.Minute
)

// Lookup says what became of a movement: by the hold's id where it is known, else by its key. Absent means absent now: a
// request that is still on its way is found by a later Lookup.
func (p *processor) Lookup(ctx context.Context, r payment.LookupRequest) (payment.Outcome, error) {
	const op = "lookup"
	err := checkKey(r.Key)
	if err == nil && r.Reference != "" {
		err = checkReference(r.Reference)
	}
	if err != nil {
		return payment.Outcome{}, fault.During(op, err)
	}
	switch r.Operation {
	case payment.OperationAuthorize:
		return p.lookupIntent(ctx, r, metaKey, holdOutcome)
	case payment.OperationCapture:
		return p.lookupIntent(ctx, r, metaCaptureKey, captureOutcome)
	case payment.OperationVoid:
		if r.Reference == "" {
			return payment.Outcome{}, fault.During(op, fault.New(fault.Invalid, "a void is looked up by the hold's reference"))
		}
		return p.lookupIntent(ctx, r, metaKey, voidOutcome)
	case payment.OperationIncrease:
		name, _ := increaseNames(r.Key)
		return p.lookupIntent(ctx, r, name, increaseOutcome)
	case payment.OperationRefund:
		return p.lookupRefund(ctx, r)
	case payment.OperationUnknown:
	}
	return payment.Outcome{}, fault.During(op, fault.Errorf(fault.Invalid, "there is no operation %v", r.Operation))
}

// lookupIntent finds the PaymentIntent and reads the outcome from it.
func (p *processor) lookupIntent(ctx context.Context, r payment.LookupRequest, name string,
	read func(*stripe.PaymentIntent, string) payment.Outcome,
) (payment.Outcome, error) {
	id := r.Reference
	if id == "" {
		var err error
		if id, err = p.findIntent(ctx, r, name); err != nil {
			return payment.Outcome{}, asked(err)
		}
	}
	if id == "" {
		return payment.Outcome{State: payment.StateAbsent}, nil
	}
	params := &stripe.PaymentIntentRetrieveParams{}
	params.AddExpand("latest_charge")
	in, err := p.client.V1PaymentIntents.Retrieve(ctx, id, params)
	if err != nil {
		return payment.Outcome{}, asked(err)
	}
	if in.ID != id {
		return payment.Outcome{}, fault.Errorf(fault.Unavailable, "lookup: the answer is of %q, not of %q", in.ID, id)
	}
	p.remember(in)
	return read(in, r.Key), nil
}

// findIntent gives the id of the PaymentIntent whose metadata hold the key, or none. Search is one request, but its index
// lags by up to a minute and longer in an outage, so what it doesn't know is looked for in the list, which doesn't lag.
func (p *processor) findIntent(ctx context.Context, r payment.LookupRequest, name string) (string, error) {
	search := &stripe.PaymentIntentSearchParams{}
	search.Query = "metadata['" + name + "']:'" + quoted(r.Key) + "'"
	search.Limit = stripe.Int64(pageSize)
	for in, err := range p.client.V1PaymentIntents.Search(ctx, search) {
		if err != nil {
			break // search isn't there for accounts in some countries
		}
		if in.Metadata[name] == r.Key { // the index knows no case
			return in.ID, nil
		}
	}
	list := &stripe.PaymentIntentListParams{}
	list.Limit = stripe.Int64(pageSize)
	list.CreatedRange = since(r, name)
	looked := 0
	for in, err := range p.client.V1PaymentIntents.List(ctx, list) {
		if err != nil {
			return "", err
		}
		if in.Metadata[name] == r.Key {
			return in.ID, nil
		}
		if looked++; looked == maxLooked {
			return "", fault.Errorf(fault.Unavailable, "the key is not among the newest %d payments, and there are more", maxLooked)
		}
	}
	return "", nil
}

// since bounds a list by when the movement was first asked for. A capture is of a hold made earlier, for which there is no bound.
func since(r payment.LookupRequest, name string) *stripe.RangeQueryParams {
	if r.Since.IsZero() || name != metaKey {
		return nil
	}
	return &stripe.RangeQueryParams{GreaterThanOrEqual: r.Since.Add(-clockMargin).Unix()}
}

func quoted(s string) string {
	return strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s)
}

func holdOutcome(in *stripe.PaymentIntent, key string) payment.Outcome {
	switch {
	case in.Metadata[metaKey] != key:
		return payment.Outcome{State: payment.StateAbsent}
	case in.Status == stripe.PaymentIntentStatusProcessing:
		return payment.Outcome{State: payment.StatePending}
	case in.LatestCharge != nil && in.LatestCharge.Paid:
		// It may have been captured, released or lapsed since. Of a hold that is gone Expires lies in the past.
		return payment.Outcome{
			State: payment.StateDone, Reference: in.ID, Amount: firstHeld(in), Expires: expires(in),
		}
	}
	message := "status " + string(in.Status)
	if in.LastPaymentError != nil {
		message = in.LastPaymentError.Msg
	}
	return payment.Outcome{State: payment.StateDeclined, Message: message}
}

// firstHeld is the amount of the hold as it was made: an increment since is a movement of its own.
func firstHeld(in *stripe.PaymentIntent) money.Amount {
	minor, err := strconv.ParseInt(in.Metadata[metaHold], 10, 64)
	if err != nil {
		minor = in.Amount
	}
	return isoAmount(minor, string(in.Currency))
}

func captureOutcome(in *stripe.PaymentIntent, key string) payment.Outcome {
	switch {
	case in.Status == stripe.PaymentIntentStatusSucceeded && in.Metadata[metaCaptureKey] == key:
		return payment.Outcome{State: payment.StateDone, Reference: in.ID, Amount: isoAmount(in.AmountReceived, string(in.Currency))}
	case in.Status == stripe.PaymentIntentStatusRequiresCapture:
		return payment.Outcome{State: payment.StateAbsent}
	case in.Status == stripe.PaymentIntentStatusProcessing:
		return payment.Outcome{State: payment.StatePending}
	case in.Status == stripe.PaymentIntentStatusSucceeded:
		return payment.Outcome{State: payment.StateDeclined, Message: "captured under another key"}
	}
	return payment.Outcome{State: payment.StateDeclined, Message: "there is no hold: status " + string(in.Status)}
}

// voidOutcome reads the state alone: a hold that is gone is gone, whoever asked for it.
func voidOutcome(in *stripe.PaymentIntent, _ string) payment.Outcome {
	switch in.Status {
	case stripe.PaymentIntentStatusCanceled:
		return payment.Outcome{State: payment.StateDone, Reference: in.ID, Amount: isoAmount(in.Amount, string(in.Currency))}
	case stripe.PaymentIntentStatusSucceeded:
		return payment.Outcome{State: payment.StateDeclined, Message: "the money was taken"}
	case stripe.PaymentIntentStatusProcessing:
		return payment.Outcome{State: payment.StatePending}
	case stripe.PaymentIntentStatusRequiresAction, stripe.PaymentIntentStatusRequiresCapture,
		stripe.PaymentIntentStatusRequiresConfirmation, stripe.PaymentIntentStatusRequiresPaymentMethod:
		return payment.Outcome{State: payment.StateAbsent}
	default:
		return payment.Outcome{State: payment.StateUnknown}
	}
}

// lookupRefund looks through the refunds of the payment, or through those made since, for the key.
func (p *processor) lookupRefund(ctx context.Context, r payment.LookupRequest) (payment.Outcome, error) {
	list := &stripe.RefundListParams{}
	list.Limit = stripe.Int64(pageSize)
	if r.Reference != "" {
		list.PaymentIntent = stripe.String(r.Reference)
	} else {
		list.CreatedRange = since(r, metaKey)
	}
	looked := 0
	for back, err := range p.client.V1Refunds.List(ctx, list) {
		if err != nil {
			return payment.Outcome{}, asked(err)
		}
		if back.Metadata[metaKey] == r.Key {
			return refundOutcome(back), nil
		}
		if looked++; looked == maxLooked {
			return payment.Outcome{}, fault.Errorf(fault.Unavailable,
				"lookup: the key is not among the newest %d refunds, and there are more", maxLooked)
		}
	}
	return payment.Outcome{State: payment.StateAbsent}, nil
}

func refundOutcome(back *stripe.Refund) payment.Outcome {
	switch back.Status {
	case stripe.RefundStatusSucceeded:
		return payment.Outcome{State: payment.StateDone, Reference: back.ID, Amount: isoAmount(back.Amount, string(back.Currency))}
	case stripe.RefundStatusPending, stripe.RefundStatusRequiresAction:
		return payment.Outcome{State: payment.StatePending}
	case stripe.RefundStatusFailed, stripe.RefundStatusCanceled:
		return payment.Outcome{State: payment.StateDeclined, Message: "the refund " + string(back.Status)}
	default:
		return payment.Outcome{State: payment.StateUnknown}
	}
}

// asked maps an error of a question: a question moves nothing, so it may be asked again.
func asked(err error) error {
	err = mapped("lookup", err)
	if fault.CodeOf(err) == fault.Unknown {
		return fault.Wrap(fault.Unavailable, "", err)
	}
	return err
}
