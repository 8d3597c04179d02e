package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/openaisle/aisle/plugins/stripe/stripetest"
	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/payment"
	"github.com/openaisle/aisle/sdk/payment/paymenttest"
)

// TestConforms runs the suite of payment processors against the plugin's binary
// and one Stripe that outlives all cases: their keys never meet.
func TestConforms(t *testing.T) {
	s := stripetest.Run(t, stripetest.Options{})
	binary := filepath.Join(t.TempDir(), "stripe")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	lose := func(k stripetest.FaultKind) func(testing.TB, payment.Operation) {
		return func(t testing.TB, o payment.Operation) {
			t.Helper()
			if err := s.Fault(stripetest.Fault{Kind: k, On: o.String()}); err != nil {
				t.Fatal(err)
			}
		}
	}
	paymenttest.Run(t, paymenttest.Harness{
		Subject: classtest.Subject{
			Driver: "stripe", Address: "payment.cards", Config: fmt.Sprintf(`{"api_key":"sk_test_123","base_url":%q}`, s.URL),
			Start: func(t testing.TB) *host.Plugin { return classtest.Binary(t, binary) },
		},
		Token: "pm_card_visa", Declined: "pm_card_chargeDeclined",
		Hold: money.New(5000, "EUR"), Currencies: []money.Currency{"USD", "JPY", "KWD"},
		LoseAnswer: lose(stripetest.DropAfter), LoseRequest: lose(stripetest.DropBefore),
		Happened: func(_ testing.TB, key string) (n int) {
			for _, m := range s.Ledger() {
				if m.Key == key {
					n++
				}
			}
			return n
		},
	})
}
