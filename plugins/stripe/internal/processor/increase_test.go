package processor

import (
	"fmt"
	"testing"

	"github.com/openaisle/aisle/plugins/stripe/stripetest"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/payment"
)

func raiseOf(key, hold string, a money.Amount) payment.IncreaseRequest {
	return payment.IncreaseRequest{Key: key, Session: "s", Reference: hold, Amount: a}
}

// Each increment is found by its own key, whatever came after, and so is the
// hold with the amount that it was made with.
func TestIncrements(t *testing.T) {
	s, api := rig(t, stripetest.Options{})
	p := api.(payment.Increaser)
	hold := mustHold(t, api, "h", 1500)
	for i, total := range []int64{1600, 2500} {
		a, err := p.Increase(t.Context(), raiseOf(fmt.Sprint("i", i), hold.Reference, eur(total)))
		if err != nil || a.Amount != eur(total) || a.Reference != hold.Reference || a.Expires.IsZero() {
			t.Fatalf("%+v, %v", a, err)
		}
	}
	look := func(key string, o payment.Operation, reference string, want int64) {
		t.Helper()
		if got := wantLookup(t, api, payment.LookupRequest{Key: key, Operation: o, Reference: reference}, payment.StateDone); got.Amount != eur(want) {
			t.Errorf("%s: %v, want %v", key, got.Amount, eur(want))
		}
	}
	for _, reference := range []string{"", hold.Reference} {
		look("h", payment.OperationAuthorize, reference, 1500)
		look("i0", payment.OperationIncrease, reference, 1600)
		look("i1", payment.OperationIncrease, reference, 2500)
	}
	wantLookup(t, api, payment.LookupRequest{Key: "i2", Operation: payment.OperationIncrease, Reference: hold.Reference}, payment.StateAbsent)
	if _, err := api.Capture(t.Context(), captureOf("c", hold.Reference, 2500)); err != nil {
		t.Fatal(err)
	}
	look("i0", payment.OperationIncrease, hold.Reference, 1600)
	wantOps(t, s, "authorize h", "increase i0", "increase i1", "capture c")
}

func TestIncrementsRefused(t *testing.T) {
	s, api := rig(t, stripetest.Options{})
	p := api.(payment.Increaser)
	fixed, err := api.Authorize(t.Context(), holdOf("f", "pm_card_visa_fixed", eur(1500)))
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Increase(t.Context(), raiseOf("i0", fixed.Reference, eur(1600)))
	wantCode(t, err, fault.Invalid) // this card has none
	hold := mustHold(t, api, "h", 1500)
	mustFault(t, s, stripetest.Fault{Kind: stripetest.Decline, On: "increase"})
	_, err = p.Increase(t.Context(), raiseOf("i1", hold.Reference, eur(1600)))
	wantCode(t, err, fault.Refused)
	_, err = p.Increase(t.Context(), raiseOf("i2", hold.Reference, money.New(1600, "USD")))
	wantCode(t, err, fault.Invalid)
	for range 10 {
		hold.Amount.Minor += 10
		if _, err := p.Increase(t.Context(), raiseOf(fmt.Sprint("n", hold.Amount.Minor), hold.Reference, hold.Amount)); err != nil {
			t.Fatal(err)
		}
	}
	_, err = p.Increase(t.Context(), raiseOf("once more", hold.Reference, eur(9900)))
	wantCode(t, err, fault.Invalid)
}

// Stripe is told of no currency with a capture or refund, and would move its own.
func TestForeignCurrency(t *testing.T) {
	s, api := rig(t, stripetest.Options{})
	hold := mustHold(t, api, "h", 1500)
	// Another processor, as after a restart, has to ask.
	_, again := rigOf(t, s)
	for _, p := range []payment.Processor{api, again} {
		_, err := p.Capture(t.Context(), payment.CaptureRequest{Key: "c", Reference: hold.Reference, Amount: money.New(100, "USD")})
		wantCode(t, err, fault.Invalid)
	}
	wantOps(t, s, "authorize h")
}
