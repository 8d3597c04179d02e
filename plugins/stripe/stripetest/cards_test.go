package stripetest

import (
	"testing"

	"github.com/stripe/stripe-go/v84"
)

func TestDeclines(t *testing.T) {
	s := start(t, Options{})
	c := client(s)
	for _, tc := range []struct {
		method  string
		code    stripe.ErrorCode
		decline stripe.DeclineCode
	}{
		{"pm_card_chargeDeclined", "card_declined", "generic_decline"},
		{"pm_card_visa_chargeDeclined", "card_declined", "generic_decline"},
		{"pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"},
		{"pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card"},
		{"pm_card_chargeDeclinedExpiredCard", "expired_card", ""},
		{"pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", ""},
		{"pm_card_chargeDeclinedProcessingError", "processing_error", ""},
		{"pm_card_authenticationRequired", "authentication_required", "authentication_required"},
	} {
		_, err := c.V1PaymentIntents.Create(t.Context(), holdParams(tc.method, 1500, tc.method))
		e := refusal(t, err, 402, "card_error", tc.code)
		if e.DeclineCode != tc.decline {
			t.Errorf("%s: decline code %q, want %q", tc.method, e.DeclineCode, tc.decline)
		}
		in := e.PaymentIntent
		if in == nil || in.Status != stripe.PaymentIntentStatusRequiresPaymentMethod || in.Metadata[metaKey] != tc.method {
			t.Errorf("%s: intent %+v", tc.method, in)
			continue
		}
		again, err := c.V1PaymentIntents.Retrieve(t.Context(), in.ID, nil)
		if err != nil || again.LastPaymentError.Code != tc.code {
			t.Errorf("%s: retrieved %+v, %v", tc.method, again, err)
		}
	}
	wantLedger(t, s)
}

func TestCardsSayWhatTheyAre(t *testing.T) {
	s := start(t, Options{Methods: map[string]string{"pm_sim_*": "mastercard_prepaid"}})
	c := client(s)
	for _, tc := range []struct{ method, brand, last4, funding string }{
		{"pm_card_visa", "visa", "4242", "credit"},
		{"pm_card_visa_debit", "visa", "5556", "debit"},
		{"pm_card_mastercard_prepaid", "mastercard", "5100", "prepaid"},
		{"pm_sim_palm17", "mastercard", "5100", "prepaid"},
	} {
		p := holdParams(tc.method, 1500, tc.method)
		p.AddExpand("latest_charge")
		in, err := c.V1PaymentIntents.Create(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		card := in.LatestCharge.PaymentMethodDetails.Card
		if string(card.Brand) != tc.brand || card.Last4 != tc.last4 || string(card.Funding) != tc.funding {
			t.Errorf("%s: %s %s %s", tc.method, card.Brand, card.Last4, card.Funding)
		}
		if card.CaptureBefore-in.Created != int64(defaultHoldLife.Seconds()) {
			t.Errorf("%s: capture before %d, created %d", tc.method, card.CaptureBefore, in.Created)
		}
	}
	_, err := c.V1PaymentIntents.Create(t.Context(), holdParams("k", 1500, "pm_nobody"))
	wantError(t, err, 400, "invalid_request_error", stripe.ErrorCodeResourceMissing)
	if got := s.Ledger()[3].Credential; got != "pm_sim_palm17" {
		t.Errorf("credential %q is not what the host named", got)
	}
}

func TestUnknownCardsAreRefusedAtStart(t *testing.T) {
	for _, methods := range []map[string]string{{"pm_x": "no_such_card"}, {"pm_[": "visa"}} {
		if s, err := Start(Options{Methods: methods}); err == nil {
			_ = s.Close()
			t.Errorf("%v was taken", methods)
		}
	}
}

func TestOwnMethodAndCustomer(t *testing.T) {
	s := start(t, Options{})
	c := client(s)
	customer, err := c.V1Customers.Create(t.Context(), &stripe.CustomerCreateParams{Name: stripe.String("A. Shopper")})
	if err != nil {
		t.Fatal(err)
	}
	method, err := c.V1PaymentMethods.Create(t.Context(), &stripe.PaymentMethodCreateParams{
		Type: stripe.String("card"), Card: &stripe.PaymentMethodCreateCardParams{Token: stripe.String("tok_visa_debit")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = c.V1PaymentMethods.Attach(t.Context(), method.ID, &stripe.PaymentMethodAttachParams{Customer: &customer.ID}); err != nil {
		t.Fatal(err)
	}
	_, err = c.V1PaymentIntents.Create(t.Context(), holdParams("k1", 1500, method.ID))
	wantError(t, err, 400, "invalid_request_error", "")
	p := holdParams("k2", 1500, method.ID)
	p.Customer = &customer.ID
	in, err := c.V1PaymentIntents.Create(t.Context(), p)
	if err != nil || in.PaymentMethod.ID != method.ID || in.Customer.ID != customer.ID {
		t.Fatalf("got %+v, %v", in, err)
	}
	wantLedger(t, s, row{method.ID, "k2", "authorize", 1500, "EUR"})
}

func TestConfirmLater(t *testing.T) {
	s := start(t, Options{})
	c := client(s)
	in, err := c.V1PaymentIntents.Create(t.Context(), &stripe.PaymentIntentCreateParams{
		Amount: stripe.Int64(1500), Currency: stripe.String("usd"), PaymentMethodTypes: []*string{stripe.String("card")},
	})
	if err != nil || in.Status != stripe.PaymentIntentStatusRequiresPaymentMethod {
		t.Fatalf("got %+v, %v", in, err)
	}
	_, err = c.V1PaymentIntents.Confirm(t.Context(), in.ID, nil)
	wantError(t, err, 400, "invalid_request_error", stripe.ErrorCodePaymentIntentUnexpectedState)
	got, err := c.V1PaymentIntents.Confirm(t.Context(), in.ID, &stripe.PaymentIntentConfirmParams{PaymentMethod: stripe.String("pm_card_authenticationRequired")})
	if err != nil || got.Status != stripe.PaymentIntentStatusRequiresAction {
		t.Fatalf("got %+v, %v", got, err)
	}
	wantLedger(t, s)

	// Automatic capture takes the money at once.
	auto := holdParams("k2", 900, visa)
	auto.CaptureMethod = nil
	got, err = c.V1PaymentIntents.Create(t.Context(), auto)
	if err != nil || got.Status != stripe.PaymentIntentStatusSucceeded || got.AmountReceived != 900 {
		t.Fatalf("got %+v, %v", got, err)
	}
	wantLedger(t, s, row{visa, "k2", "authorize", 900, "EUR"}, row{visa, "k2", "capture", 900, "EUR"})

	// A method that might send the customer elsewhere needs somewhere to come back to.
	redirect := holdParams("k3", 900, visa)
	redirect.PaymentMethodTypes = nil
	_, err = c.V1PaymentIntents.Create(t.Context(), redirect)
	if e := refusal(t, err, 400, "invalid_request_error", ""); e.Param != "return_url" {
		t.Errorf("param %q", e.Param)
	}
	if in := mustHold(t, c, "k3", 900); replayed(in.LastResponse) {
		t.Error("what was refused before it began was saved")
	}
}
