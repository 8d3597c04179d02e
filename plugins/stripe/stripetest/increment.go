package stripetest

// maxIncrements is how often a hold can be raised (docs.stripe.com/payments/incremental-authorization).
const maxIncrements = 10

// incrementIntent raises a hold to a new total.
func (j *job) incrementIntent() (map[string]any, *failure) {
	in, f := j.intentAt(j.id)
	if f != nil {
		return nil, f
	}
	amount, given, f := j.form.positive("amount")
	if f != nil {
		return nil, f
	}
	if !given {
		return nil, invalid("amount", "parameter_missing", "Missing required param: amount.")
	}
	metadata, f := j.form.metadata(in.metadata)
	if f != nil {
		return nil, f
	}
	switch {
	case in.status != needsCapture:
		return nil, unexpected(in, "incremented", needsCapture)
	case !in.incremental || in.charge.card.fixed:
		return nil, refused("", "", "This PaymentIntent is not eligible for incremental authorization.")
	case amount <= in.amount:
		return nil, refused("amount", "", "The amount (%d) must be greater than the currently authorized amount (%d).", amount, in.amount)
	case in.increments == maxIncrements:
		return nil, refused("", "", "This PaymentIntent has been incremented %d times already.", maxIncrements)
	case j.fault.Kind == Decline:
		f := declined(j.fault.decline())
		f.Intent = in.render()
		return nil, f
	}
	key := j.call.key
	if f := j.record(in, opIncrease, key, amount); f != nil {
		return nil, f
	}
	in.metadata, in.amount, in.capturable, in.charge.amount = metadata, amount, amount, amount
	in.increments++
	j.keep(in)
	return j.viewIntent(in)
}

// riskOf is what Radar says of a card (docs.stripe.com/radar/testing).
func (j *job) riskOf(c card) string {
	switch {
	case j.fault.Kind == NoRisk:
		return "not_assessed"
	case c.risk != "":
		return c.risk
	}
	return "normal"
}
