package stripetest

import (
	"fmt"
	"strings"
)

// captureIntent takes at most the held amount and releases the rest: docs.stripe.com/api/payment_intents/capture.
func (j *job) captureIntent() (map[string]any, *failure) {
	in, f := j.intentAt(j.id)
	if f != nil {
		return nil, f
	}
	amount, given, f := j.form.positive("amount_to_capture")
	if f != nil {
		return nil, f
	}
	metadata, f := j.form.metadata(in.metadata)
	if f != nil {
		return nil, f
	}
	if in.status != needsCapture {
		return nil, unexpected(in, "captured", needsCapture)
	}
	if !given {
		amount = in.capturable
	}
	if amount > in.capturable {
		return nil, refused("amount_to_capture", "amount_too_large",
			"The amount to capture (%d) is greater than the amount that can be captured (%d).", amount, in.capturable)
	}
	if j.fault.Kind == Decline {
		f := declined(j.fault.decline())
		f.Intent = in.render()
		return nil, f
	}
	asked, _ := j.form.metadata(nil) // checked above; the intent's older metadata are not this movement's
	if f := j.record(in, opCapture, j.ledgerKey(asked, metaCaptureKey), amount); f != nil {
		return nil, f
	}
	in.metadata = metadata
	in.status, in.capturable, in.received, in.charge.captured = succeeded, 0, amount, amount
	j.keep(in)
	j.told("charge.captured", in.renderCharge())
	return j.viewIntent(in)
}

// cancelIntent releases a hold, or drops an intent that holds nothing: docs.stripe.com/api/payment_intents/cancel.
func (j *job) cancelIntent() (map[string]any, *failure) {
	in, f := j.intentAt(j.id)
	if f != nil {
		return nil, f
	}
	if in.status == succeeded || in.status == canceled {
		return nil, unexpected(in, "canceled", needsMethod, needsCapture, needsConfirm, needsAction)
	}
	if f := j.release(in, j.call.key, j.form.str("cancellation_reason")); f != nil {
		return nil, f
	}
	return j.viewIntent(in)
}

// lapse releases the holds whose time is over, as the networks do by themselves.
func (j *job) lapse() *failure {
	for _, in := range j.intents {
		if in.status == needsCapture && !j.now.Before(in.holdUntil) {
			if f := j.release(in, "", "automatic"); f != nil {
				return f
			}
		}
	}
	return nil
}

func (j *job) release(in *intent, key, reason string) *failure {
	if in.status == needsCapture {
		if f := j.record(in, opVoid, key, in.capturable); f != nil {
			return f
		}
	}
	in.status, in.capturable, in.canceledAt, in.reason = canceled, 0, j.now.Unix(), reason
	j.keep(in)
	j.told("payment_intent.canceled", in.render())
	return nil
}

// unexpected refuses what an intent's status does not allow.
func unexpected(in *intent, deed string, allowed ...string) *failure {
	f := refused("", "payment_intent_unexpected_state", "%s", fmt.Sprintf(
		"This PaymentIntent could not be %s because it has a status of %s. Only a PaymentIntent with one of the following statuses may be %s: %s.",
		deed, in.status, deed, strings.Join(allowed, ", ")))
	f.Intent = in.render()
	return f
}
