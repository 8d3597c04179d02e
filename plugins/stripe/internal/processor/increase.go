package processor

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"github.com/stripe/stripe-go/v84"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/payment"
)

// An increment leaves its key and its total in the PaymentIntent's metadata, under names of its own: a hold can be raised
// up to ten times (docs.stripe.com/payments/incremental-authorization), and a look-up must find each.
const (
	metaIncrease       = "aisle_inc_"
	metaIncreaseAmount = "aisle_inc_amount_"
	nameBytes          = 10 // of the key's hash: a metadata key has 40 characters at most
)

func increaseNames(key string) (name, amount string) {
	sum := sha256.Sum256([]byte(key))
	short := hex.EncodeToString(sum[:nameBytes])
	return metaIncrease + short, metaIncreaseAmount + short
}

// Increase raises a hold to a new total. Stripe does so for some cards and merchant categories; for others the answer is
// no, and the hold stands as it was.
func (p *processor) Increase(ctx context.Context, r payment.IncreaseRequest) (payment.Authorization, error) {
	const op = "increase"
	amount, _, err := stripeAmount(r.Amount)
	if err == nil {
		err = checkKey(r.Key)
	}
	if err == nil {
		err = checkReference(r.Reference)
	}
	if err == nil {
		err = p.sameCurrency(ctx, r.Reference, r.Amount)
	}
	if err != nil {
		return payment.Authorization{}, fault.During(op, err)
	}
	name, total := increaseNames(r.Key)
	params := &stripe.PaymentIntentIncrementAuthorizationParams{Amount: stripe.Int64(amount)}
	params.AddMetadata(name, r.Key)
	params.AddMetadata(total, strconv.FormatInt(amount, 10))
	params.AddExpand("latest_charge")
	params.SetIdempotencyKey(r.Key)
	in, err := p.client.V1PaymentIntents.IncrementAuthorization(ctx, r.Reference, params)
	if err != nil {
		return payment.Authorization{}, mapped(op, err)
	}
	if err := increased(in, r, name, total); err != nil {
		return payment.Authorization{}, err
	}
	return payment.Authorization{Reference: in.ID, Amount: isoAmount(in.AmountCapturable, string(in.Currency)), Expires: expires(in)}, nil
}

func increased(in *stripe.PaymentIntent, r payment.IncreaseRequest, name, total string) error {
	switch {
	case in.ID != r.Reference:
		return odd("increase", "is of %q, not of %q", in.ID, r.Reference)
	case in.Status != stripe.PaymentIntentStatusRequiresCapture:
		return odd("increase", "has status %q, not %q", in.Status, stripe.PaymentIntentStatusRequiresCapture)
	case in.Metadata[name] != r.Key || in.Metadata[total] != strconv.FormatInt(r.Amount.Minor, 10):
		return odd("increase", "belongs to another key")
	}
	if err := sameAmount("increase", "amount", isoAmount(in.Amount, string(in.Currency)), r.Amount); err != nil {
		return err
	}
	return sameAmount("increase", "amount held", isoAmount(in.AmountCapturable, string(in.Currency)), r.Amount)
}

// increaseOutcome reads the increment out of the metadata: what came after it changes nothing about it.
func increaseOutcome(in *stripe.PaymentIntent, key string) payment.Outcome {
	name, total := increaseNames(key)
	amount, err := strconv.ParseInt(in.Metadata[total], 10, 64)
	switch {
	case in.Metadata[name] != key:
		return payment.Outcome{State: payment.StateAbsent}
	case err != nil:
		return payment.Outcome{State: payment.StateUnknown}
	}
	return payment.Outcome{State: payment.StateDone, Reference: in.ID, Amount: isoAmount(amount, string(in.Currency)), Expires: expires(in)}
}
