package stripetest

// A refund gives back part or all of a capture.
type refund struct {
	id       string
	intent   *intent
	amount   int64
	status   string
	reason   string
	metadata map[string]string
	created  int64
}

// createRefund gives back at most what was captured and not yet refunded: docs.stripe.com/api/refunds/create.
func (j *job) createRefund() (map[string]any, *failure) {
	in, f := j.refunded()
	if f != nil {
		return nil, f
	}
	amount, given, f := j.form.positive("amount")
	if f != nil {
		return nil, f
	}
	metadata, f := j.form.metadata(nil)
	if f != nil {
		return nil, f
	}
	if in.charge == nil || in.charge.captured == 0 {
		return nil, refused("payment_intent", "payment_intent_unexpected_state",
			"This PaymentIntent (%s) does not have a successful charge to refund.", in.id)
	}
	if in.charge.disputed {
		return nil, refused("", "charge_disputed", "Charge %s has been charged back; cannot issue a refund.", in.charge.id)
	}
	left := in.charge.captured - in.charge.refunded
	if left == 0 {
		return nil, refused("", "charge_already_refunded", "Charge %s has already been refunded.", in.charge.id)
	}
	if !given {
		amount = left
	}
	if amount > left {
		return nil, refused("amount", "", "Refund amount (%d %s) is greater than unrefunded amount on charge (%d %s)",
			amount, in.currency, left, in.currency)
	}
	r := &refund{
		id: newID("re"), intent: in, amount: amount, status: succeeded, reason: j.form.str("reason"), metadata: metadata,
		created: j.now.Unix(),
	}
	if in.charge.card.refundFails {
		r.status = "failed"
	} else {
		if f := j.record(in, opRefund, j.ledgerKey(metadata, metaKey), amount); f != nil {
			return nil, f
		}
		in.charge.refunded += amount
	}
	j.refunds = append(j.refunds, r)
	j.told("refund.created", r.render())
	return j.viewRefund(r)
}

// refunded finds the intent that a refund or a list of refunds names, by its own id or by its charge.
func (j *job) refunded() (*intent, *failure) {
	id, ch := j.form.str("payment_intent"), j.form.str("charge")
	if (id == "") == (ch == "") {
		return nil, invalid("", "parameter_missing", "One of the following params should be provided for this request: payment_intent or charge.")
	}
	for _, in := range j.intents {
		if in.id == id || (in.charge != nil && in.charge.id == ch) {
			return in, nil
		}
	}
	if id != "" {
		return nil, missing("payment_intent", id, "payment_intent")
	}
	return nil, missing("charge", ch, "charge")
}

func (j *job) getRefund() (map[string]any, *failure) {
	for _, r := range j.refunds {
		if r.id == j.id {
			return j.viewRefund(r)
		}
	}
	return nil, missing("refund", j.id, "id")
}

func (j *job) getCharge() (map[string]any, *failure) {
	for _, in := range j.intents {
		if in.charge != nil && in.charge.id == j.id {
			if names := j.expansions(); len(names) > 0 {
				return nil, unmodelled("expand", "the expansion %s here", names[0])
			}
			return in.renderCharge(), nil
		}
	}
	return nil, missing("charge", j.id, "id")
}
