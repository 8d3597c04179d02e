package stripetest

import (
	"strings"
	"time"
)

// Statuses of a PaymentIntent (docs.stripe.com/payments/paymentintents/lifecycle).
const (
	needsMethod  = "requires_payment_method"
	needsConfirm = "requires_confirmation"
	needsAction  = "requires_action"
	needsCapture = "requires_capture"
	succeeded    = "succeeded"
	canceled     = "canceled"
)

// Names in the metadata that carry a movement's own key to the ledger.
const (
	metaKey        = "aisle_key"
	metaCaptureKey = "aisle_capture_key"
)

// An intent is a PaymentIntent with its charge.
type intent struct {
	id, secret, currency string
	amount               int64
	capturable, received int64
	manual               bool
	status               string
	method, customer     string // ids; a shared test token gives each intent a method of its own, as at Stripe
	credential           string // what the host named
	description          string
	metadata             map[string]string
	created              int64
	canceledAt           int64
	reason               string
	lastError            *failure
	charge               *charge
	incremental          bool // asked for, where the card has it
	increments           int
	holdUntil            time.Time
	allowRedirects       bool
	types                []string
	history              []version
}

// A version is what an intent looked like from a time on: what a search index that lags still shows.
type version struct {
	at   time.Time
	view map[string]any
}

// A charge is one attempt at the card that the issuer accepted.
type charge struct {
	id               string
	amount, captured int64
	refunded         int64
	card             card
	risk             string
	disputed         bool
	created          int64
	captureBefore    int64
}

// createIntent: docs.stripe.com/api/payment_intents/create.
func (j *job) createIntent() (map[string]any, *failure) {
	amount, _, f := j.form.positive("amount")
	if f != nil {
		return nil, f
	}
	currency := strings.ToLower(j.form.str("currency"))
	if f := checkCharge(amount, currency); f != nil {
		return nil, f
	}
	metadata, f := j.form.metadata(nil)
	if f != nil {
		return nil, f
	}
	if j.form.yes("off_session") && !j.form.yes("confirm") {
		return nil, invalid("off_session", "", "You can only set `off_session` when confirming (`confirm=true`).")
	}
	if customer := j.form.str("customer"); customer != "" && j.customers[customer] == nil {
		return nil, missing("customer", customer, "customer")
	}
	method, f := j.useMethod(j.form.str("payment_method"), j.form.str("customer"))
	if f != nil {
		return nil, f
	}
	in := &intent{
		id: newID("pi"), currency: currency, amount: amount, manual: j.form.str("capture_method") == "manual",
		status: needsMethod, customer: j.form.str("customer"), description: j.form.str("description"), metadata: metadata,
		created: j.now.Unix(), incremental: j.form.str("payment_method_options[card][request_incremental_authorization]") == "if_available", types: j.form.list("payment_method_types"),
	}
	in.secret = in.id + "_secret_" + newID("t")
	in.credential = in.customer
	in.allowRedirects = len(in.types) == 0 && j.form.str("automatic_payment_methods[allow_redirects]") != "never"
	if len(in.types) == 0 {
		in.types = []string{"card"}
	}
	if method != nil {
		in.method, in.status, in.credential = method.id, needsConfirm, j.form.str("payment_method")
	}
	if j.form.yes("confirm") {
		if f := j.canConfirm(in); f != nil {
			f.executed = false // refused before the intent exists
			return nil, f
		}
	}
	j.intents = append(j.intents, in)
	defer j.keep(in)
	if j.form.yes("confirm") {
		if f := j.attempt(in); f != nil {
			return nil, f
		}
	}
	return j.viewIntent(in)
}

// intentAt finds the intent that the path names.
func (j *job) intentAt(id string) (*intent, *failure) {
	for _, in := range j.intents {
		if in.id == id {
			return in, nil
		}
	}
	return nil, missing("payment_intent", id, "intent")
}

func (j *job) getIntent() (map[string]any, *failure) {
	in, f := j.intentAt(j.id)
	if f != nil {
		return nil, f
	}
	return j.viewIntent(in)
}

func (j *job) updateIntent() (map[string]any, *failure) {
	in, f := j.intentAt(j.id)
	if f != nil {
		return nil, f
	}
	metadata, f := j.form.metadata(in.metadata)
	if f != nil {
		return nil, f
	}
	if token := j.form.str("payment_method"); token != "" {
		if in.status != needsMethod && in.status != needsConfirm {
			return nil, unexpected(in, "updated", needsMethod, needsConfirm)
		}
		m, f := j.useMethod(token, in.customer)
		if f != nil {
			return nil, f
		}
		in.method, in.status, in.credential = m.id, needsConfirm, token
	}
	in.metadata = metadata
	if j.form.has("description") {
		in.description = j.form.str("description")
	}
	j.keep(in)
	return j.viewIntent(in)
}

func (j *job) confirmIntent() (map[string]any, *failure) {
	in, f := j.intentAt(j.id)
	if f != nil {
		return nil, f
	}
	if in.status != needsMethod && in.status != needsConfirm {
		return nil, unexpected(in, "confirmed", needsMethod, needsConfirm)
	}
	if token := j.form.str("payment_method"); token != "" {
		m, f := j.useMethod(token, in.customer)
		if f != nil {
			return nil, f
		}
		in.method, in.status, in.credential = m.id, needsConfirm, token
	}
	if f := j.canConfirm(in); f != nil {
		return nil, f
	}
	defer j.keep(in)
	if f := j.attempt(in); f != nil {
		return nil, f
	}
	return j.viewIntent(in)
}

func (j *job) canConfirm(in *intent) *failure {
	if in.method == "" {
		return refused("payment_method", "payment_intent_unexpected_state",
			"You cannot confirm this PaymentIntent because it's missing a payment method.")
	}
	if in.allowRedirects && !j.form.has("return_url") {
		return refused("return_url", "", "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because "+
			"some of these payment methods might redirect your customer off of your page, you must provide a `return_url`. If you don't "+
			"want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and "+
			"`automatic_payment_methods[allow_redirects]` to `never`.")
	}
	return nil
}

// attempt asks the card's issuer for the amount.
func (j *job) attempt(in *intent) *failure {
	kept := j.methods[in.method].card
	if j.fault.Kind == Decline {
		kept.code, kept.decline = j.fault.decline()
	}
	if kept.challenge {
		if !j.form.yes("off_session") && !j.form.yes("error_on_requires_action") {
			in.status = needsAction
			return nil
		}
		kept.code, kept.decline = "authentication_required", "authentication_required"
	}
	if kept.code != "" {
		f := declined(kept.code, kept.decline)
		f.Charge = newID("ch")
		in.status, in.method, in.lastError = needsMethod, "", f
		told := *f
		told.Intent = in.render()
		return &told
	}
	key := j.ledgerKey(in.metadata, metaKey)
	if f := j.record(in, opAuthorize, key, in.amount); f != nil {
		return f
	}
	in.charge = &charge{id: newID("ch"), amount: in.amount, card: kept, risk: j.riskOf(kept), created: j.now.Unix()}
	if in.manual {
		in.status, in.capturable, in.holdUntil = needsCapture, in.amount, j.now.Add(j.opts.HoldLife)
		in.charge.captureBefore = in.holdUntil.Unix()
		return nil
	}
	if f := j.record(in, opCapture, key, in.amount); f != nil {
		return f
	}
	in.status, in.received, in.charge.captured = succeeded, in.amount, in.amount
	return nil
}
