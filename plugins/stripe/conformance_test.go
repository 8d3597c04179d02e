package main

import (
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

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
	port := freePort(t)
	const secret = "whsec_test"
	s.Webhook("http://127.0.0.1:"+port+"/", secret)
	paymenttest.Run(t, paymenttest.Harness{
		Subject: classtest.Subject{
			Driver: "stripe", Address: "payment.cards", Config: fmt.Sprintf(`{"api_key":"sk_test_123","base_url":%q,"webhook":{"listen":"127.0.0.1:%s","secret":%q}}`, s.URL, port, secret),
			Start: func(t testing.TB) *host.Plugin { return classtest.Binary(t, binary) },
		},
		Token: "pm_card_visa", Declined: "pm_card_chargeDeclined",
		Hold: money.New(5000, "EUR"), Currencies: []money.Currency{"USD", "JPY", "KWD"},
		Faults: knobs{s},
		// Stripe has no funding types for gift cards and EBT: those two cases are skipped.
		Tokens: map[paymenttest.Trait]string{
			paymenttest.TraitUnknown: "pm_card_nobody", paymenttest.TraitExpired: "pm_card_chargeDeclinedExpiredCard",
			paymenttest.TraitFraud: "pm_card_chargeDeclinedFraudulent", paymenttest.TraitLowRisk: "pm_card_visa",
			paymenttest.TraitElevatedRisk: "pm_card_riskLevelElevated", paymenttest.TraitCredit: "pm_card_visa",
			paymenttest.TraitDebit: "pm_card_visa_debit", paymenttest.TraitPrepaid: "pm_card_mastercard_prepaid",
		},
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

// freePort gives a port that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer lis.Close()
	_, port, err := net.SplitHostPort(lis.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// knobs are what the suite may do to stripetest.
type knobs struct{ s *stripetest.Server }

func (k knobs) Next(t testing.TB, o payment.Operation, f paymenttest.Fault) bool {
	t.Helper()
	fault := stripetest.Fault{On: o.String()}
	lie := func(set map[string]any) {
		fault.Kind, fault.Set = stripetest.Lie, set
	}
	switch f {
	case paymenttest.LostAnswer:
		fault.Kind = stripetest.DropAfter
	case paymenttest.LostRequest:
		fault.Kind = stripetest.DropBefore
	case paymenttest.ServerError:
		fault.Kind = stripetest.ServerError
	case paymenttest.ServerErrorAfter:
		fault.Kind = stripetest.ServerErrorAfter
	case paymenttest.RateLimited:
		fault.Kind = stripetest.RateLimit
	case paymenttest.FraudDown:
		fault.Kind = stripetest.NoRisk
	case paymenttest.Altered:
		lie(map[string]any{"amount": 1, "amount_capturable": 1, "amount_received": 1})
	case paymenttest.OtherCurrency:
		lie(map[string]any{"currency": "usd"})
	}
	if o == payment.OperationUnknown {
		fault.On, fault.Times = "lookup", 2 // the search, and the list after it
	}
	if err := k.s.Fault(fault); err != nil {
		t.Fatal(err)
	}
	return true
}

func (k knobs) Happen(t testing.TB, e paymenttest.Event, reference string) bool {
	t.Helper()
	switch e {
	case paymenttest.AdjustmentsDeclined:
		return k.s.Fault(stripetest.Fault{Kind: stripetest.Decline, On: "increase"}) == nil
	case paymenttest.SaidTwice:
		return k.s.Again(reference)
	case paymenttest.HoldLapses:
		return k.s.Happen(stripetest.HoldLapses, reference)
	case paymenttest.CaptureFails:
		return k.s.Happen(stripetest.CaptureFails, reference)
	case paymenttest.RefundFails:
		return k.s.Happen(stripetest.RefundFails, reference)
	case paymenttest.ChargedBack:
		return k.s.Happen(stripetest.Dispute, reference)
	}
	return false
}

func (k knobs) Pass(_ testing.TB, d time.Duration) bool {
	k.s.Pass(d)
	return true
}
