package stripetest

import (
	"crypto/rand"
	"fmt"
	"path"
	"strings"
	"time"
)

// books are the state of the account: all that Stripe would remember. Server.mu guards them.
type books struct {
	opts      Options
	ledger    *ledger
	intents   []*intent // oldest first
	refunds   []*refund // oldest first
	methods   map[string]*method
	customers map[string]*customer
	// tell hears of events; nil where there is no webhook.
	tell func(kind string, object map[string]any)
}

// told makes an event of an object as it is now.
func (b *books) told(kind string, object map[string]any) {
	if b.tell != nil {
		b.tell(kind, object)
	}
}

func newBooks(opts Options, l *ledger) *books {
	return &books{opts: opts, ledger: l, methods: map[string]*method{}, customers: map[string]*customer{}}
}

// A job is one request at work on the books.
type job struct {
	*books
	call  *call
	form  params
	id    string // from the path
	fault Fault
	now   time.Time
}

// A route is an endpoint. Its pattern is one of path.Match; what * matches is the job's id.
type route struct {
	method, pattern string
	params          string // those it gives a meaning to, or that may be ignored because they change no money
	do              func(*job) (map[string]any, *failure)
}

// inert parameters change texts only.
const inert = "description metadata statement_descriptor statement_descriptor_suffix receipt_email return_url shipping use_stripe_sdk"

var routes = []route{
	{"GET", "/v1/payment_intents/search", "query limit page", (*job).searchIntents},
	{"GET", "/v1/payment_intents", "limit starting_after ending_before created customer", (*job).listIntents},
	{"POST", "/v1/payment_intents", inert + " amount currency capture_method confirm customer payment_method payment_method_types " +
		"payment_method_options automatic_payment_methods off_session error_on_requires_action confirmation_method", (*job).createIntent},
	{"GET", "/v1/payment_intents/*", "", (*job).getIntent},
	{"POST", "/v1/payment_intents/*", inert + " payment_method", (*job).updateIntent},
	{"POST", "/v1/payment_intents/*/confirm", "payment_method return_url off_session error_on_requires_action receipt_email shipping " +
		"use_stripe_sdk", (*job).confirmIntent},
	{"POST", "/v1/payment_intents/*/capture", "amount_to_capture metadata statement_descriptor statement_descriptor_suffix", (*job).captureIntent},
	{"POST", "/v1/payment_intents/*/increment_authorization", "amount description metadata statement_descriptor", (*job).incrementIntent},
	{"POST", "/v1/payment_intents/*/cancel", "cancellation_reason", (*job).cancelIntent},
	{"GET", "/v1/charges/*", "", (*job).getCharge},
	{"GET", "/v1/refunds", "limit starting_after ending_before created payment_intent charge", (*job).listRefunds},
	{"POST", "/v1/refunds", "payment_intent charge amount reason metadata", (*job).createRefund},
	{"GET", "/v1/refunds/*", "", (*job).getRefund},
	{"POST", "/v1/payment_methods", "type card[token] metadata", (*job).createMethod},
	{"GET", "/v1/payment_methods/*", "", (*job).getMethod},
	{"POST", "/v1/payment_methods/*/attach", "customer", (*job).attachMethod},
	{"POST", "/v1/customers", "name email description metadata", (*job).createCustomer},
	{"GET", "/v1/customers/*", "", (*job).getCustomer},
}

// handle carries out a request whose shape is right.
func (b *books) handle(c *call, fault Fault) (map[string]any, *failure) {
	j := &job{books: b, call: c, form: c.form, fault: fault, now: b.opts.Now()}
	if f := j.lapse(); f != nil {
		return nil, f
	}
	for _, r := range routes {
		if ok, _ := path.Match(r.pattern, c.path); !ok || r.method != c.method {
			continue
		}
		if before, _, ok := strings.Cut(r.pattern, "*"); ok {
			j.id, _, _ = strings.Cut(strings.TrimPrefix(c.path, before), "/")
		}
		if f := j.form.only(r.params); f != nil {
			return nil, f
		}
		return r.do(j)
	}
	return nil, unmodelled("", "%s %s", c.method, c.path)
}

// record writes a movement of an intent to the ledger. Where that fails nothing may change.
func (j *job) record(in *intent, op, key string, amount int64) *failure {
	err := j.ledger.add(Movement{
		Credential: in.credential, Key: key, Op: op, AmountMinor: amount,
		Currency: strings.ToUpper(in.currency), At: stamp(j.now), Reference: in.id,
	})
	if err != nil {
		return &failure{status: 500, Type: "api_error", Message: fmt.Sprintf("stripetest: write the ledger: %v", err)}
	}
	return nil
}

// ledgerKey is the movement's own key: that of the named metadata, or else the request's idempotency key.
func (j *job) ledgerKey(metadata map[string]string, name string) string {
	if key := metadata[name]; key != "" {
		return key
	}
	return j.call.key
}

// newID mints an identifier in Stripe's manner. It is random because ids of an earlier process may be in the ledger.
func newID(prefix string) string { return prefix + "_" + rand.Text() }
