package processor

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/stripe/stripetest"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/payment"
)

const (
	visa = "pm_card_visa"
	// limit bounds what a test waits for; nothing is expected to come near it.
	limit = 30 * time.Second
)

// mock is the stripe-mock of all tests here; nil where there is none, so that stripetest.Run says why.
var mock *stripetest.Mock

func TestMain(m *testing.M) {
	mock, _ = stripetest.StartMock()
	code := m.Run()
	if mock != nil {
		mock.Close()
	}
	os.Exit(code)
}

// rig is a processor before a Stripe of its own.
func rig(t *testing.T, opts stripetest.Options) (*stripetest.Server, payment.Processor) {
	t.Helper()
	opts.Mock = mock
	return rigOf(t, stripetest.Run(t, opts))
}

// rigOf is another processor before the same Stripe.
func rigOf(t *testing.T, s *stripetest.Server) (*stripetest.Server, payment.Processor) {
	t.Helper()
	p, err := Open(t.Context(), sdk.Env{}, Config{APIKey: "sk_test_123", BaseURL: s.URL, Timeout: limit})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.(*processor).Close() })
	return s, p
}

func eur(minor int64) money.Amount { return money.New(minor, "EUR") }

func holdOf(key, token string, amount money.Amount) payment.AuthorizeRequest {
	return payment.AuthorizeRequest{Key: key, Session: "s1", Token: token, Amount: amount}
}

func mustHold(t *testing.T, p payment.Processor, key string, minor int64) payment.Authorization {
	t.Helper()
	a, err := p.Authorize(t.Context(), holdOf(key, visa, eur(minor)))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func captureOf(key, reference string, minor int64) payment.CaptureRequest {
	return payment.CaptureRequest{Key: key, Session: "s1", Reference: reference, Amount: eur(minor)}
}

func mustCapture(t *testing.T, p payment.Processor, key, reference string, minor int64) {
	t.Helper()
	if _, err := p.Capture(t.Context(), captureOf(key, reference, minor)); err != nil {
		t.Fatal(err)
	}
}

func wantCode(t *testing.T, err error, want fault.Code) {
	t.Helper()
	if got := fault.CodeOf(err); got != want {
		t.Fatalf("got %v (%v), want %v", got, err, want)
	}
	if err != nil && (strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "sk_test")) {
		t.Errorf("the error gives a secret away: %v", err)
	}
}

func wantOps(t *testing.T, s *stripetest.Server, want ...string) {
	t.Helper()
	var got []string
	for _, m := range s.Ledger() {
		got = append(got, m.Op+" "+m.Key)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("ledger %q, want %q", got, want)
	}
}

func wantLookup(t *testing.T, p payment.Processor, r payment.LookupRequest, want payment.State) payment.Outcome {
	t.Helper()
	o, err := p.Lookup(t.Context(), r)
	if err != nil || o.State != want {
		t.Fatalf("%v %s by %q: %+v, %v; want %v", r.Operation, r.Key, r.Reference, o, err, want)
	}
	return o
}

func mustFault(t *testing.T, s *stripetest.Server, f stripetest.Fault) {
	t.Helper()
	if err := s.Fault(f); err != nil {
		t.Fatal(err)
	}
}

func bounded(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	return ctx
}
