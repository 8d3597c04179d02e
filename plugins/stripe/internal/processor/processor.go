// Package processor moves money through Stripe: it is all of plugins/stripe but its main.
//
// It holds money with PaymentIntents that are captured by hand, captures at most what was held, cancels, refunds, and looks
// movements up by id or by the key that they carry as metadata. It keeps no state of its own, retries nothing by itself
// and sees no card number: a token is the id of a payment method, or CUSTOMER/METHOD for one that is saved with a customer.
//
// The SDK calls it. It promises that what an answer says has been compared with what was asked; what does not fit is
// reported as unknown, never as done.
package processor

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/stripe/stripe-go/v84"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/payment"
)

// Names in the metadata. A capture's key lies beside the hold's in the PaymentIntent's metadata, so it has a name of its own.
const (
	metaKey        = "aisle_key"
	metaCaptureKey = "aisle_capture_key"
	metaSession    = "aisle_session"
	metaReason     = "aisle_reason"
	// metaHold is what was first held, in minor units: an increment changes the PaymentIntent's own amount.
	metaHold = "aisle_hold"
)

// Limits of Stripe.
const (
	maxKey      = 255 // of an Idempotency-Key
	maxMetadata = 500 // characters of a metadata value
)

// A processor moves money through Stripe. It keeps nothing: all it must remember is in the metadata.
type processor struct {
	client *stripe.Client
	http   *http.Client

	mu sync.Mutex
	// currencies are those of the newest holds, by id: a capture and a refund name none to Stripe.
	currencies map[string]money.Currency
}

// notifying is a processor whose config has webhooks.
type notifying struct {
	*processor
	*hooks
}

// Close ends both.
func (n notifying) Close() error { return errors.Join(n.hooks.Close(), n.processor.Close()) }

// Open makes a processor. It calls nobody: a key that Stripe refuses shows at the first hold.
func Open(ctx context.Context, env sdk.Env, c Config) (payment.Processor, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	client := &http.Client{Timeout: c.Timeout, Transport: http.DefaultTransport.(*http.Transport).Clone()}
	config := &stripe.BackendConfig{
		HTTPClient: client,
		// The host repeats, under the same key and for as long as it must; stripe-go would do so out of its sight.
		MaxNetworkRetries: stripe.Int64(0),
		EnableTelemetry:   stripe.Bool(false),
		LeveledLogger:     &stripe.LeveledLogger{Level: stripe.LevelNull}, // it logs whole objects
	}
	if c.BaseURL != "" {
		config.URL = stripe.String(strings.TrimRight(c.BaseURL, "/"))
	}
	backends := &stripe.Backends{API: stripe.GetBackendWithConfig(stripe.APIBackend, config)}
	p := &processor{client: stripe.NewClient(c.APIKey, stripe.WithBackends(backends)), http: client, currencies: map[string]money.Currency{}}
	if c.Webhook.Listen == "" {
		return p, nil
	}
	hooks, err := listen(ctx, c, env.Log)
	if err != nil {
		return nil, fault.At("webhook.listen", fault.Wrap(fault.Unavailable, "listen for webhooks", err))
	}
	return notifying{p, hooks}, nil
}

// maxCurrencies bounds the holds whose currency is remembered.
const maxCurrencies = 50_000

// remember keeps the currency of a hold.
func (p *processor) remember(in *stripe.PaymentIntent) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.currencies) >= maxCurrencies {
		clear(p.currencies)
	}
	p.currencies[in.ID] = money.Currency(strings.ToUpper(string(in.Currency)))
}

// sameCurrency refuses to move another currency than the hold's: Stripe isn't told of any, and would move its own. It
// asks Stripe where it doesn't know the hold. An error says that nothing moved.
func (p *processor) sameCurrency(ctx context.Context, reference string, a money.Amount) error {
	p.mu.Lock()
	known, ok := p.currencies[reference]
	p.mu.Unlock()
	if !ok {
		in, err := p.client.V1PaymentIntents.Retrieve(ctx, reference, &stripe.PaymentIntentRetrieveParams{})
		if err != nil {
			return asked(err)
		}
		p.remember(in)
		known = money.Currency(strings.ToUpper(string(in.Currency)))
	}
	if known != a.Currency {
		return fault.Errorf(fault.Invalid, "the hold is in %s, not %s", known, a.Currency)
	}
	return nil
}

// Close drops idle connections.
func (p *processor) Close() error {
	p.http.CloseIdleConnections()
	return nil
}

// checkKey refuses keys that Stripe would not take as an Idempotency-Key or not give back whole.
func checkKey(key string) error {
	if key == "" || len(key) > maxKey {
		return fault.Errorf(fault.Invalid, "a key has 1 to %d bytes; this one has %d", maxKey, len(key))
	}
	for _, r := range key {
		if r < '!' || r > '~' {
			return fault.New(fault.Invalid, "a key holds printable ASCII only, since it travels in a header")
		}
	}
	return nil
}

// Authorize makes a PaymentIntent that holds the amount until it is captured or cancelled.
func (p *processor) Authorize(ctx context.Context, r payment.AuthorizeRequest) (payment.Authorization, error) {
	const op = "authorize"
	amount, currency, err := stripeAmount(r.Amount)
	if err == nil {
		err = checkKey(r.Key)
	}
	if err == nil && r.Token == "" {
		err = fault.New(fault.Invalid, "there is no token")
	}
	if err != nil {
		return payment.Authorization{}, fault.During(op, err)
	}
	params := &stripe.PaymentIntentCreateParams{
		Amount: stripe.Int64(amount), Currency: stripe.String(currency),
		CaptureMethod: stripe.String(string(stripe.PaymentIntentCaptureMethodManual)),
		Confirm:       stripe.Bool(true), OffSession: stripe.Bool(true),
		PaymentMethodTypes: []*string{stripe.String("card")},
		PaymentMethodOptions: &stripe.PaymentIntentCreatePaymentMethodOptionsParams{Card: &stripe.PaymentIntentCreatePaymentMethodOptionsCardParams{
			RequestIncrementalAuthorization: stripe.String(string(stripe.PaymentIntentPaymentMethodOptionsCardRequestIncrementalAuthorizationIfAvailable)),
		}},
	}
	// A method that is saved with a customer can only be used together with it.
	if customer, method, saved := strings.Cut(r.Token, "/"); saved {
		params.Customer, params.PaymentMethod = stripe.String(customer), stripe.String(method)
	} else {
		params.PaymentMethod = stripe.String(r.Token)
	}
	params.AddMetadata(metaKey, r.Key)
	params.AddMetadata(metaHold, strconv.FormatInt(amount, 10))
	addText(params.AddMetadata, metaSession, r.Session)
	params.AddExpand("latest_charge")
	params.SetIdempotencyKey(r.Key)
	in, err := p.client.V1PaymentIntents.Create(ctx, params)
	if err != nil {
		return payment.Authorization{}, mapped(op, err)
	}
	if err := held(in, r); err != nil {
		return payment.Authorization{}, err
	}
	p.remember(in)
	out := payment.Authorization{Reference: in.ID, Amount: isoAmount(in.AmountCapturable, string(in.Currency)), Expires: expires(in), Risk: riskOf(in)}
	if card := cardOf(in); card != nil {
		out.Brand, out.Last4, out.Funding, out.Network = string(card.Brand), card.Last4, funding(card.Funding), string(card.Network)
	}
	return out, nil
}

// addText adds metadata that may be empty or too long.
func addText(add func(key, value string), key, value string) {
	if value == "" {
		return
	}
	if runes := []rune(value); len(runes) > maxMetadata {
		value = string(runes[:maxMetadata])
	}
	add(key, value)
}

// Capture takes at most the held amount; Stripe releases the rest.
func (p *processor) Capture(ctx context.Context, r payment.CaptureRequest) (payment.Capture, error) {
	const op = "capture"
	amount, _, err := stripeAmount(r.Amount)
	if err == nil {
		err = checkKey(r.Key)
	}
	if err == nil {
		err = checkReference(r.Reference)
	}
	if err != nil {
		return payment.Capture{}, fault.During(op, err)
	}
	if err := p.sameCurrency(ctx, r.Reference, r.Amount); err != nil {
		return payment.Capture{}, fault.During(op, err)
	}
	params := &stripe.PaymentIntentCaptureParams{AmountToCapture: stripe.Int64(amount)}
	params.AddMetadata(metaCaptureKey, r.Key)
	params.SetIdempotencyKey(r.Key)
	in, err := p.client.V1PaymentIntents.Capture(ctx, r.Reference, params)
	if now := stateIn(err); now != nil && now.Status == stripe.PaymentIntentStatusSucceeded && now.Metadata[metaCaptureKey] == r.Key {
		in, err = now, nil // Stripe forgets keys after a day; the metadata does not
	}
	if err != nil {
		return payment.Capture{}, mapped(op, err)
	}
	if err := captured(in, r); err != nil {
		return payment.Capture{}, err
	}
	return payment.Capture{Reference: in.ID, Amount: isoAmount(in.AmountReceived, string(in.Currency))}, nil
}

// Void cancels the PaymentIntent.
func (p *processor) Void(ctx context.Context, r payment.VoidRequest) error {
	const op = "void"
	if err := errors.Join(checkKey(r.Key), checkReference(r.Reference)); err != nil {
		return fault.Wrap(fault.Invalid, op, err)
	}
	params := &stripe.PaymentIntentCancelParams{}
	params.SetIdempotencyKey(r.Key)
	in, err := p.client.V1PaymentIntents.Cancel(ctx, r.Reference, params)
	if now := stateIn(err); now != nil && now.Status == stripe.PaymentIntentStatusCanceled {
		in, err = now, nil
	}
	if err != nil {
		return mapped(op, err)
	}
	return voided(in, r)
}

// Refund gives back part or all of a capture.
func (p *processor) Refund(ctx context.Context, r payment.RefundRequest) (payment.Refund, error) {
	const op = "refund"
	amount, _, err := stripeAmount(r.Amount)
	if err == nil {
		err = checkKey(r.Key)
	}
	if err == nil {
		err = checkReference(r.Reference)
	}
	if err != nil {
		return payment.Refund{}, fault.During(op, err)
	}
	if err := p.sameCurrency(ctx, r.Reference, r.Amount); err != nil {
		return payment.Refund{}, fault.During(op, err)
	}
	params := &stripe.RefundCreateParams{PaymentIntent: stripe.String(r.Reference), Amount: stripe.Int64(amount)}
	params.AddMetadata(metaKey, r.Key)
	addText(params.AddMetadata, metaSession, r.Session)
	addText(params.AddMetadata, metaReason, r.Reason)
	params.SetIdempotencyKey(r.Key)
	back, err := p.client.V1Refunds.Create(ctx, params)
	if err != nil {
		return payment.Refund{}, mapped(op, err)
	}
	if err := refunded(back, r); err != nil {
		return payment.Refund{}, err
	}
	return payment.Refund{Reference: back.ID, Amount: isoAmount(back.Amount, string(back.Currency))}, nil
}

// checkReference refuses what could become another path of the API.
func checkReference(reference string) error {
	if !strings.HasPrefix(reference, "pi_") || strings.ContainsAny(reference, "/?#% ") {
		return fault.Errorf(fault.Invalid, "%q is no PaymentIntent's id", reference)
	}
	return nil
}

// stateIn is the PaymentIntent as it is, out of an error that says that its state doesn't allow the request.
func stateIn(err error) *stripe.PaymentIntent {
	var told *stripe.Error
	if errors.As(err, &told) && told.Code == stripe.ErrorCodePaymentIntentUnexpectedState {
		return told.PaymentIntent
	}
	return nil
}

func cardOf(in *stripe.PaymentIntent) *stripe.ChargePaymentMethodDetailsCard {
	if in.LatestCharge == nil || in.LatestCharge.PaymentMethodDetails == nil {
		return nil
	}
	return in.LatestCharge.PaymentMethodDetails.Card
}

// expires is when the hold lapses; zero where Stripe doesn't say.
func expires(in *stripe.PaymentIntent) time.Time {
	if in.Status == stripe.PaymentIntentStatusCanceled && in.CanceledAt != 0 {
		return time.Unix(in.CanceledAt, 0).UTC()
	}
	if card := cardOf(in); card != nil && card.CaptureBefore != 0 {
		return time.Unix(card.CaptureBefore, 0).UTC()
	}
	return time.Time{}
}

// riskOf is what Radar thinks of a payment that it let pass (docs.stripe.com/radar/risk-evaluation).
func riskOf(in *stripe.PaymentIntent) payment.Risk {
	if in.LatestCharge == nil || in.LatestCharge.Outcome == nil {
		return payment.Risk{}
	}
	o := in.LatestCharge.Outcome
	switch o.RiskLevel {
	case "normal":
		return payment.Risk{Level: payment.RiskLow, Message: o.SellerMessage}
	case "elevated":
		return payment.Risk{Level: payment.RiskElevated, Message: o.SellerMessage}
	case "highest":
		return payment.Risk{Level: payment.RiskDenied, Message: o.SellerMessage}
	}
	return payment.Risk{} // not_assessed, unknown
}

func funding(f stripe.CardFunding) payment.Funding {
	switch f {
	case stripe.CardFundingCredit:
		return payment.FundingCredit
	case stripe.CardFundingDebit:
		return payment.FundingDebit
	case stripe.CardFundingPrepaid:
		return payment.FundingPrepaid
	case stripe.CardFundingUnknown:
		return payment.FundingUnknown
	default:
		return payment.FundingUnknown
	}
}
