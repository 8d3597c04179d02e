package processor

import (
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/stripe/stripetest"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/config"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/payment"
)

func TestHoldCaptureRefund(t *testing.T) {
	s, p := rig(t, stripetest.Options{})
	a, err := p.Authorize(t.Context(), holdOf("k1", "pm_card_mastercard_prepaid", eur(1500)))
	if err != nil {
		t.Fatal(err)
	}
	if a.Amount != eur(1500) || a.Brand != "mastercard" || a.Last4 != "5100" || a.Funding != payment.FundingPrepaid {
		t.Errorf("held %+v", a)
	}
	if left := time.Until(a.Expires); left < 6*24*time.Hour || left > 7*24*time.Hour {
		t.Errorf("expires %v", a.Expires)
	}
	c, err := p.Capture(t.Context(), captureOf("k2", a.Reference, 1180))
	if err != nil || c.Amount != eur(1180) || c.Reference != a.Reference {
		t.Fatalf("captured %+v, %v", c, err)
	}
	for _, key := range []string{"k3", "k4"} {
		r, err := p.Refund(t.Context(), payment.RefundRequest{Key: key, Reference: c.Reference, Amount: eur(500), Reason: "carton was open"})
		if err != nil || r.Amount != eur(500) || r.Reference == "" {
			t.Fatalf("refunded %+v, %v", r, err)
		}
	}
	_, err = p.Refund(t.Context(), payment.RefundRequest{Key: "k5", Reference: c.Reference, Amount: eur(181)})
	wantCode(t, err, fault.Invalid)
	wantOps(t, s, "authorize k1", "capture k2", "refund k3", "refund k4")
}

func TestVoid(t *testing.T) {
	s, p := rig(t, stripetest.Options{})
	a := mustHold(t, p, "k1", 1500)
	for _, key := range []string{"k2", "k2", "k3"} { // voiding a hold that is void is no error
		if err := p.Void(t.Context(), payment.VoidRequest{Key: key, Reference: a.Reference}); err != nil {
			t.Fatal(err)
		}
	}
	_, err := p.Capture(t.Context(), captureOf("k4", a.Reference, 100))
	wantCode(t, err, fault.Refused)
	b := mustHold(t, p, "k5", 900)
	mustCapture(t, p, "k6", b.Reference, 900)
	wantCode(t, p.Void(t.Context(), payment.VoidRequest{Key: "k7", Reference: b.Reference}), fault.Refused)
	wantOps(t, s, "authorize k1", "void k2", "authorize k5", "capture k6")
}

func TestSameKey(t *testing.T) {
	clock := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	s, p := rig(t, stripetest.Options{Now: func() time.Time { return clock }})
	a := mustHold(t, p, "k1", 1500)
	if again := mustHold(t, p, "k1", 1500); again != a {
		t.Errorf("got %+v, want %+v", again, a)
	}
	_, err := p.Authorize(t.Context(), holdOf("k1", visa, eur(1600)))
	wantCode(t, err, fault.Invalid)
	mustCapture(t, p, "k2", a.Reference, 700)
	clock = clock.Add(48 * time.Hour) // Stripe has forgotten the keys
	mustCapture(t, p, "k2", a.Reference, 700)
	clock = clock.Add(48 * time.Hour)
	_, err = p.Capture(t.Context(), captureOf("k2", a.Reference, 800))
	wantCode(t, err, fault.Unknown)
	_, err = p.Capture(t.Context(), captureOf("k3", a.Reference, 700))
	wantCode(t, err, fault.Refused)
	wantOps(t, s, "authorize k1", "capture k2")
}

func TestRefusals(t *testing.T) {
	s, p := rig(t, stripetest.Options{})
	a := mustHold(t, p, "k1", 1500)
	for _, tc := range []struct {
		name  string
		token string
		key   string
		want  fault.Code
		amt   money.Amount
	}{
		{"declined", "pm_card_chargeDeclined", "d1", fault.Refused, eur(1500)},
		{"no funds", "pm_card_chargeDeclinedInsufficientFunds", "d2", fault.Refused, eur(1500)},
		{"expired", "pm_card_chargeDeclinedExpiredCard", "d3", fault.Refused, eur(1500)},
		{"wants its holder", "pm_card_authenticationRequired", "d4", fault.Refused, eur(1500)},
		{"unknown token", "pm_nobody", "d5", fault.Refused, eur(1500)},
		{"unknown customer", "cus_nobody/pm_card_visa", "d6", fault.Refused, eur(1500)},
		{"no token", "", "d7", fault.Invalid, eur(1500)},
		{"no amount", visa, "d8", fault.Invalid, eur(0)},
		{"negative", visa, "d9", fault.Invalid, eur(-5)},
		{"too small for Stripe", visa, "d10", fault.Invalid, eur(1)},
		{"no currency", visa, "d11", fault.Invalid, money.New(100, "XXX")},
		{"other units", visa, "d12", fault.Unsupported, money.New(100, "ISK")},
		{"third decimal", visa, "d13", fault.Unsupported, money.New(1234, "KWD")},
		{"no key", visa, "", fault.Invalid, eur(1500)},
		{"long key", visa, strings.Repeat("k", 256), fault.Invalid, eur(1500)},
		{"key with a line break", visa, "k\r\nX: y", fault.Invalid, eur(1500)},
	} {
		_, err := p.Authorize(t.Context(), holdOf(tc.key, tc.token, tc.amt))
		if got := fault.CodeOf(err); got != tc.want {
			t.Errorf("%s: %v (%v), want %v", tc.name, got, err, tc.want)
		}
	}
	_, err := p.Capture(t.Context(), captureOf("c1", a.Reference, 1501))
	wantCode(t, err, fault.Invalid)
	_, err = p.Capture(t.Context(), captureOf("c2", "pi_nobody", 100))
	wantCode(t, err, fault.Invalid)
	_, err = p.Capture(t.Context(), captureOf("c3", "pi_1/../../refunds", 100))
	wantCode(t, err, fault.Invalid)
	wantCode(t, p.Void(t.Context(), payment.VoidRequest{Key: "v1", Reference: "ch_1"}), fault.Invalid)
	_, err = p.Refund(t.Context(), payment.RefundRequest{Key: "r1", Reference: a.Reference, Amount: eur(100)})
	wantCode(t, err, fault.Refused)
	wantOps(t, s, "authorize k1")
}

func TestKeysAndCurrenciesAtTheEdge(t *testing.T) {
	s, p := rig(t, stripetest.Options{})
	key := strings.Repeat("k", 255)
	for _, amount := range []money.Amount{money.New(50, "JPY"), money.New(1230, "KWD"), money.New(99_999_999, "EUR")} {
		a, err := p.Authorize(t.Context(), holdOf(key, visa, amount))
		if err != nil || a.Amount != amount {
			t.Errorf("%v: %+v, %v", amount, a, err)
		}
		key = key[1:]
	}
	if got := s.Ledger()[1]; got.Currency != "KWD" || got.AmountMinor != 1230 {
		t.Errorf("ledger %+v", got)
	}
}

func TestRefundThatFails(t *testing.T) {
	s, p := rig(t, stripetest.Options{})
	a, err := p.Authorize(t.Context(), holdOf("k1", "pm_card_refundFail", eur(1500)))
	if err != nil {
		t.Fatal(err)
	}
	mustCapture(t, p, "k2", a.Reference, 1500)
	_, err = p.Refund(t.Context(), payment.RefundRequest{Key: "k3", Reference: a.Reference, Amount: eur(100)})
	wantCode(t, err, fault.Refused)
	wantLookup(t, p, payment.LookupRequest{Key: "k3", Operation: payment.OperationRefund, Reference: a.Reference}, payment.StateDeclined)
	wantOps(t, s, "authorize k1", "capture k2")
}

func TestConfig(t *testing.T) {
	for _, tc := range []struct{ key, base, path string }{
		{"sk_test_1", "", ""}, {"rk_test_1", "https://stripe.example", ""}, {"sk_test_1", "http://127.0.0.1:12111/", ""},
		{"sk_test_1", "http://[::1]:1", ""}, {"sk_test_1", "http://localhost:1", ""},
		{"pk_test_1", "", "api_key"}, {"", "", "api_key"},
		{"sk_test_1", "http://stripe.example", "base_url"}, {"sk_test_1", "127.0.0.1:1", "base_url"},
		{"sk_test_1", "ftp://localhost", "base_url"}, {"sk_test_1", "https://stripe.example/v1", "base_url"},
		{"sk_test_1", "https://u:p@stripe.example", "base_url"},
	} {
		_, err := Open(t.Context(), sdk.Env{}, Config{APIKey: tc.key, BaseURL: tc.base, Timeout: limit})
		if fault.PathOf(err) != tc.path || (err == nil) != (tc.path == "") {
			t.Errorf("%q %q: %v, want a fault at %q", tc.key, tc.base, err, tc.path)
		}
	}
	schema, err := config.SchemaOf[Config]()
	if err != nil {
		t.Fatal(err)
	}
	if a, ok := schema.Attribute("api_key"); !ok || !a.Sensitive || !a.Required {
		t.Errorf("api_key is %+v", a)
	}
}
