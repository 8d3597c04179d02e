package stripetest

import (
	"testing"
	"time"

	"github.com/stripe/stripe-go/v84"
)

func TestCaptureAtMostTheHold(t *testing.T) {
	s := start(t, Options{})
	c := client(s)
	in := mustHold(t, c, "k1", 1500)
	if in.Status != stripe.PaymentIntentStatusRequiresCapture || in.AmountCapturable != 1500 || in.AmountReceived != 0 {
		t.Fatalf("held: %s %d %d", in.Status, in.AmountCapturable, in.AmountReceived)
	}
	if in.PaymentMethod.ID == visa {
		t.Error("a shared test token came back as the method's own id")
	}
	_, err := c.V1PaymentIntents.Capture(t.Context(), in.ID, captureParams("k2", 1501))
	wantError(t, err, 400, "invalid_request_error", stripe.ErrorCodeAmountTooLarge)
	for _, amount := range []int64{0, -1} {
		_, err = c.V1PaymentIntents.Capture(t.Context(), in.ID, captureParams("k3", amount))
		wantError(t, err, 400, "invalid_request_error", stripe.ErrorCodeParameterInvalidInteger)
	}
	got := mustCapture(t, c, "k4", in.ID, 1180)
	if got.Status != stripe.PaymentIntentStatusSucceeded || got.AmountReceived != 1180 || got.AmountCapturable != 0 || got.Amount != 1500 {
		t.Fatalf("captured: %s %d %d %d", got.Status, got.AmountReceived, got.AmountCapturable, got.Amount)
	}
	if got.Metadata[metaKey] != "k1" || got.Metadata[metaCaptureKey] != "k4" {
		t.Errorf("metadata %v", got.Metadata)
	}
	_, err = c.V1PaymentIntents.Capture(t.Context(), in.ID, captureParams("k5", 10))
	e := refusal(t, err, 400, "invalid_request_error", stripe.ErrorCodePaymentIntentUnexpectedState)
	if e.PaymentIntent == nil || e.PaymentIntent.Status != stripe.PaymentIntentStatusSucceeded {
		t.Errorf("the error's intent: %+v", e.PaymentIntent)
	}
	wantLedger(t, s, row{visa, "k1", "authorize", 1500, "EUR"}, row{visa, "k4", "capture", 1180, "EUR"})
	if ref := s.Ledger()[1].Reference; ref != in.ID {
		t.Errorf("reference %q, want %q", ref, in.ID)
	}
}

func TestCaptureWithoutAmountTakesAll(t *testing.T) {
	s := start(t, Options{})
	c := client(s)
	in := mustHold(t, c, "k1", 1500)
	got, err := c.V1PaymentIntents.Capture(t.Context(), in.ID, nil)
	if err != nil || got.AmountReceived != 1500 {
		t.Fatalf("got %+v, %v", got, err)
	}
}

func TestCancelReleasesOnce(t *testing.T) {
	s := start(t, Options{})
	c := client(s)
	in := mustHold(t, c, "k1", 1500)
	p := &stripe.PaymentIntentCancelParams{}
	p.SetIdempotencyKey("k2")
	for range 2 {
		got, err := c.V1PaymentIntents.Cancel(t.Context(), in.ID, p)
		if err != nil || got.Status != stripe.PaymentIntentStatusCanceled || got.AmountCapturable != 0 {
			t.Fatalf("got %+v, %v", got, err)
		}
	}
	_, err := c.V1PaymentIntents.Cancel(t.Context(), in.ID, nil)
	wantError(t, err, 400, "invalid_request_error", stripe.ErrorCodePaymentIntentUnexpectedState)
	_, err = c.V1PaymentIntents.Capture(t.Context(), in.ID, captureParams("k3", 100))
	wantError(t, err, 400, "invalid_request_error", stripe.ErrorCodePaymentIntentUnexpectedState)
	wantLedger(t, s, row{visa, "k1", "authorize", 1500, "EUR"}, row{visa, "k2", "void", 1500, "EUR"})
}

func TestHoldLapses(t *testing.T) {
	clock := newClock()
	s := start(t, Options{Now: clock.Now, HoldLife: time.Hour, KeyWindow: 2 * time.Hour})
	c := client(s)
	in := mustHold(t, c, "k1", 1500)
	clock.add(time.Hour - time.Second)
	if got, _ := c.V1PaymentIntents.Retrieve(t.Context(), in.ID, nil); got.Status != stripe.PaymentIntentStatusRequiresCapture {
		t.Fatalf("lapsed too early: %s", got.Status)
	}
	clock.add(time.Second)
	_, err := c.V1PaymentIntents.Capture(t.Context(), in.ID, captureParams("k2", 100))
	e := refusal(t, err, 400, "invalid_request_error", stripe.ErrorCodePaymentIntentUnexpectedState)
	if e.PaymentIntent.CancellationReason != stripe.PaymentIntentCancellationReasonAutomatic {
		t.Errorf("reason %q", e.PaymentIntent.CancellationReason)
	}
	wantLedger(t, s, row{visa, "k1", "authorize", 1500, "EUR"}, row{visa, "", "void", 1500, "EUR"})
}

func TestRefundsNeverAboveTheCapture(t *testing.T) {
	s := start(t, Options{})
	c := client(s)
	in := mustHold(t, c, "k1", 1500)
	_, err := c.V1Refunds.Create(t.Context(), refundParams("r0", in.ID, 100))
	wantError(t, err, 400, "invalid_request_error", stripe.ErrorCodePaymentIntentUnexpectedState)
	mustCapture(t, c, "k2", in.ID, 1000)
	first, err := c.V1Refunds.Create(t.Context(), refundParams("r1", in.ID, 300))
	if err != nil || first.Amount != 300 || first.Status != stripe.RefundStatusSucceeded || first.Metadata[metaKey] != "r1" {
		t.Fatalf("got %+v, %v", first, err)
	}
	_, err = c.V1Refunds.Create(t.Context(), refundParams("r2", in.ID, 701))
	wantError(t, err, 400, "invalid_request_error", "")
	_, err = c.V1Refunds.Create(t.Context(), refundParams("r3", in.ID, -5)) // stripe-mock itself accepts that
	wantError(t, err, 400, "invalid_request_error", stripe.ErrorCodeParameterInvalidInteger)
	rest, err := c.V1Refunds.Create(t.Context(), &stripe.RefundCreateParams{Charge: stripe.String(in.LatestCharge.ID)})
	if err != nil || rest.Amount != 700 {
		t.Fatalf("got %+v, %v", rest, err)
	}
	_, err = c.V1Refunds.Create(t.Context(), refundParams("r4", in.ID, 1))
	wantError(t, err, 400, "invalid_request_error", stripe.ErrorCodeChargeAlreadyRefunded)
	got, err := c.V1Refunds.Retrieve(t.Context(), first.ID, nil)
	if err != nil || got.PaymentIntent.ID != in.ID {
		t.Fatalf("got %+v, %v", got, err)
	}
	var ids []string
	for r, err := range c.V1Refunds.List(t.Context(), &stripe.RefundListParams{PaymentIntent: stripe.String(in.ID)}) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, r.ID)
	}
	if len(ids) != 2 || ids[0] != rest.ID || ids[1] != first.ID {
		t.Errorf("listed %v", ids)
	}
	moves := s.Ledger()
	if m := moves[2]; m.Op != "refund" || m.Key != "r1" || m.AmountMinor != 300 || m.Reference != in.ID {
		t.Errorf("ledger %+v", m)
	}
	if len(moves) != 4 {
		t.Errorf("%d movements, want 4", len(moves))
	}
}

func TestRefundThatFails(t *testing.T) {
	s := start(t, Options{})
	c := client(s)
	in, err := c.V1PaymentIntents.Create(t.Context(), holdParams("k1", 1500, "pm_card_refundFail"))
	if err != nil {
		t.Fatal(err)
	}
	mustCapture(t, c, "k2", in.ID, 1500)
	r, err := c.V1Refunds.Create(t.Context(), refundParams("r1", in.ID, 300))
	if err != nil || r.Status != stripe.RefundStatusFailed {
		t.Fatalf("got %+v, %v", r, err)
	}
	if n := len(s.Ledger()); n != 2 {
		t.Errorf("%d movements: a failed refund moved money", n)
	}
}

func TestAmounts(t *testing.T) {
	for _, tc := range []struct {
		currency string
		amount   int64
		code     string
	}{
		{"eur", 50, ""}, {"eur", 49, "amount_too_small"}, {"eur", 99_999_999, ""}, {"eur", 100_000_000, "amount_too_large"},
		{"jpy", 50, ""}, {"jpy", 49, "amount_too_small"}, {"kwd", 1230, ""}, {"kwd", 1234, "parameter_invalid_integer"},
		{"xxx", 100, "-"}, {"eu", 100, "-"}, {" eu", 100, "-"},
	} {
		f := checkCharge(tc.amount, tc.currency)
		switch {
		case (f == nil) != (tc.code == ""):
			t.Errorf("%d %s: %+v", tc.amount, tc.currency, f)
		case f != nil && tc.code != "-" && f.Code != tc.code:
			t.Errorf("%d %s: code %s, want %s", tc.amount, tc.currency, f.Code, tc.code)
		}
	}
}
