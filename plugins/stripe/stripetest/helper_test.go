package stripetest

import (
	"context"
	"errors"
	"net/http"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v84"
)

const testKey = "sk_test_123"

// limit bounds what a test waits for; nothing is expected to come near it.
const limit = 30 * time.Second

// client is a real stripe-go that does not repeat anything by itself.
func client(s *Server) *stripe.Client {
	backend := stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{
		URL: stripe.String(s.URL), MaxNetworkRetries: stripe.Int64(0), EnableTelemetry: stripe.Bool(false),
		LeveledLogger: &stripe.LeveledLogger{Level: stripe.LevelNull}, HTTPClient: &http.Client{Timeout: limit},
	})
	return stripe.NewClient(testKey, stripe.WithBackends(&stripe.Backends{API: backend}))
}

// A clock stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// holdParams ask for a hold as the plugin does.
func holdParams(key string, amount int64, method string) *stripe.PaymentIntentCreateParams {
	p := &stripe.PaymentIntentCreateParams{
		Amount: stripe.Int64(amount), Currency: stripe.String("eur"), CaptureMethod: stripe.String("manual"),
		Confirm: stripe.Bool(true), OffSession: stripe.Bool(true), PaymentMethod: stripe.String(method),
		PaymentMethodTypes: []*string{stripe.String("card")},
	}
	p.AddMetadata(metaKey, key)
	p.SetIdempotencyKey(key)
	return p
}

func mustHold(t *testing.T, c *stripe.Client, key string, amount int64) *stripe.PaymentIntent {
	t.Helper()
	in, err := c.V1PaymentIntents.Create(t.Context(), holdParams(key, amount, "pm_card_visa"))
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func captureParams(key string, amount int64) *stripe.PaymentIntentCaptureParams {
	p := &stripe.PaymentIntentCaptureParams{AmountToCapture: stripe.Int64(amount)}
	p.AddMetadata(metaCaptureKey, key)
	p.SetIdempotencyKey(key)
	return p
}

func mustCapture(t *testing.T, c *stripe.Client, key, id string, amount int64) *stripe.PaymentIntent {
	t.Helper()
	in, err := c.V1PaymentIntents.Capture(t.Context(), id, captureParams(key, amount))
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func refundParams(key, id string, amount int64) *stripe.RefundCreateParams {
	p := &stripe.RefundCreateParams{PaymentIntent: stripe.String(id), Amount: stripe.Int64(amount)}
	p.AddMetadata(metaKey, key)
	p.SetIdempotencyKey(key)
	return p
}

// wantError checks Stripe's error as stripe-go decodes it.
func wantError(t *testing.T, err error, status int, typ stripe.ErrorType, code stripe.ErrorCode) {
	t.Helper()
	_ = refusal(t, err, status, typ, code)
}

// refusal is wantError for tests that look closer.
func refusal(t *testing.T, err error, status int, typ stripe.ErrorType, code stripe.ErrorCode) *stripe.Error {
	t.Helper()
	var e *stripe.Error
	if !errors.As(err, &e) {
		t.Fatalf("got error %v, want a Stripe error", err)
	}
	if e.HTTPStatusCode != status || e.Type != typ || e.Code != code {
		t.Fatalf("got %d %s %q (%s), want %d %s %q", e.HTTPStatusCode, e.Type, e.Code, e.Msg, status, typ, code)
	}
	return e
}

// row is a movement without its time and reference.
type row struct {
	credential, key, op string
	amount              int64
	currency            string
}

func wantLedger(t *testing.T, s *Server, want ...row) {
	t.Helper()
	var got []row
	for _, m := range s.Ledger() {
		got = append(got, row{m.Credential, m.Key, m.Op, m.AmountMinor, m.Currency})
	}
	if !slices.Equal(got, want) {
		t.Fatalf("ledger\n got %v\nwant %v", got, want)
	}
}

func bounded(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	return ctx
}

func mustFault(t *testing.T, s *Server, faults ...Fault) {
	t.Helper()
	if err := s.Fault(faults...); err != nil {
		t.Fatal(err)
	}
}

const visa = "pm_card_visa"

// shared is the stripe-mock of all tests here; nil where there is none, so that Run says why.
var shared *Mock

func TestMain(m *testing.M) {
	if os.Getenv(orphanEnv) != "" {
		os.Exit(beParent())
	}
	shared, _ = StartMock()
	code := m.Run()
	if shared != nil {
		shared.Close()
	}
	os.Exit(code)
}

// start runs a server that shares stripe-mock with the other tests.
func start(t *testing.T, opts Options) *Server {
	t.Helper()
	opts.Mock = shared
	return Run(t, opts)
}
