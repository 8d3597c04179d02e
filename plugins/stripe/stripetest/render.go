package stripetest

import "maps"

// render is the PaymentIntent object as the API answers it, nothing expanded.
func (in *intent) render() map[string]any {
	latest := any(nil)
	if in.charge != nil {
		latest = in.charge.id
	}
	capture := "automatic_async"
	if in.manual {
		capture = "manual"
	}
	lastError := any(nil)
	if f := in.lastError; f != nil {
		lastError = map[string]any{
			"code": f.Code, "decline_code": orNull(f.DeclineCode), "message": f.Message, "type": f.Type, "charge": f.Charge,
		}
	}
	next := any(nil)
	if in.status == needsAction {
		next = map[string]any{"type": "use_stripe_sdk"}
	}
	return map[string]any{
		"id": in.id, "object": "payment_intent", "livemode": false, "created": in.created, "client_secret": in.secret,
		"amount": in.amount, "amount_capturable": in.capturable, "amount_received": in.received, "currency": in.currency,
		"status": in.status, "capture_method": capture, "confirmation_method": "automatic",
		"payment_method": orNull(in.method), "payment_method_types": in.types, "customer": orNull(in.customer),
		"description": orNull(in.description), "metadata": maps.Clone(in.metadata),
		"canceled_at": orZeroNull(in.canceledAt), "cancellation_reason": orNull(in.reason),
		"latest_charge": latest, "last_payment_error": lastError, "next_action": next,
	}
}

// renderCharge is the Charge object of an intent.
func (in *intent) renderCharge() map[string]any {
	c := in.charge
	details := c.card.render()
	details["amount_authorized"] = c.amount
	if c.captureBefore != 0 {
		details["capture_before"] = c.captureBefore
	}
	if in.incremental {
		details["incremental_authorization"] = map[string]any{"status": map[bool]string{true: "unavailable", false: "available"}[c.card.fixed]}
	}
	return map[string]any{
		"id": c.id, "object": "charge", "livemode": false, "created": c.created, "paid": true, "status": succeeded,
		"amount": c.amount, "amount_captured": c.captured, "amount_refunded": c.refunded, "currency": in.currency,
		"captured": c.captured > 0, "refunded": c.captured > 0 && c.refunded == c.captured,
		"payment_intent": in.id, "payment_method": in.method, "customer": orNull(in.customer), "metadata": maps.Clone(in.metadata),
		"payment_method_details": map[string]any{"type": "card", "card": details},
		"disputed":               c.disputed,
		"outcome": map[string]any{
			"type": "authorized", "network_status": "approved_by_network", "risk_level": c.risk, "seller_message": "Payment complete.",
		},
	}
}

// render is a refund object.
func (r *refund) render() map[string]any {
	out := map[string]any{
		"id": r.id, "object": "refund", "created": r.created, "amount": r.amount, "currency": r.intent.currency,
		"status": r.status, "reason": orNull(r.reason), "metadata": maps.Clone(r.metadata),
		"payment_intent": r.intent.id, "charge": r.intent.charge.id,
	}
	if r.status == "failed" {
		out["failure_reason"] = "expired_or_canceled_card"
	}
	return out
}

func (c card) render() map[string]any {
	return map[string]any{
		"brand": c.brand, "last4": c.last4, "funding": c.funding, "exp_month": 12, "exp_year": 2034, "country": "US", "network": c.brand,
	}
}

func (m *method) render() map[string]any {
	details := m.card.render()
	delete(details, "network")
	return map[string]any{
		"id": m.id, "object": "payment_method", "type": "card", "livemode": false, "created": m.created,
		"customer": orNull(m.customer), "metadata": orEmpty(m.metadata), "card": details,
	}
}

func (c *customer) render() map[string]any {
	return map[string]any{
		"id": c.id, "object": "customer", "livemode": false, "created": c.created,
		"name": orNull(c.name), "email": orNull(c.email), "description": orNull(c.description), "metadata": orEmpty(c.metadata),
	}
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func orZeroNull(n int64) any {
	if n == 0 {
		return nil
	}
	return n
}

func orEmpty(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}
