package stripetest

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v84"
)

func replayed(r *stripe.APIResponse) bool { return r.Header.Get("Idempotent-Replayed") == "true" }

func TestSameKeyIsTheSameHold(t *testing.T) {
	clock := newClock()
	s := start(t, Options{Now: clock.Now})
	c := client(s)
	first := mustHold(t, c, "k1", 1500)
	if replayed(first.LastResponse) {
		t.Error("the first answer says it is a replay")
	}
	mustCapture(t, c, "k2", first.ID, 700)
	clock.add(defaultKeyWindow - time.Second)
	again := mustHold(t, c, "k1", 1500)
	if again.ID != first.ID || !replayed(again.LastResponse) || again.Status != stripe.PaymentIntentStatusRequiresCapture {
		t.Fatalf("got %s %s, want the first result as it was saved", again.ID, again.Status)
	}
	clock.add(time.Second)
	if third := mustHold(t, c, "k1", 1500); third.ID == first.ID || replayed(third.LastResponse) {
		t.Error("a key was remembered for longer than its window")
	}
}

func TestSameKeyForSomethingElse(t *testing.T) {
	s := start(t, Options{})
	c := client(s)
	in := mustHold(t, c, "k1", 1500)
	_, err := c.V1PaymentIntents.Create(t.Context(), holdParams("k1", 1501, visa))
	if e := refusal(t, err, 400, stripe.ErrorTypeIdempotency, ""); !strings.Contains(e.Msg, "same parameters") {
		t.Errorf("message %q", e.Msg)
	}
	_, err = c.V1PaymentIntents.Capture(t.Context(), in.ID, captureParams("k1", 100))
	if e := refusal(t, err, 400, stripe.ErrorTypeIdempotency, ""); !strings.Contains(e.Msg, "same endpoint") {
		t.Errorf("message %q", e.Msg)
	}
	wantLedger(t, s, row{visa, "k1", "authorize", 1500, "EUR"})
}

func TestWhatIsSavedUnderAKey(t *testing.T) {
	for _, tc := range []struct {
		name   string
		fault  Fault
		amount int64
		method string
		status int
		typ    stripe.ErrorType
		saved  bool
	}{
		{"decline", Fault{}, 1500, "pm_card_chargeDeclined", 402, stripe.ErrorTypeCard, true},
		{"server error", Fault{Kind: ServerError}, 1500, visa, 500, stripe.ErrorTypeAPI, true},
		{"server error after acting", Fault{Kind: ServerErrorAfter}, 1500, visa, 500, stripe.ErrorTypeAPI, true},
		{"invalid amount", Fault{}, 1, visa, 400, stripe.ErrorTypeInvalidRequest, false},
		{"unavailable", Fault{Kind: Unavailable}, 1500, visa, 503, stripe.ErrorTypeAPI, false},
		{"rate limit", Fault{Kind: RateLimit}, 1500, visa, 429, stripe.ErrorTypeInvalidRequest, false},
		{"lock", Fault{Kind: LockTimeout}, 1500, visa, 429, stripe.ErrorTypeInvalidRequest, false},
		{"in use", Fault{Kind: KeyInUse}, 1500, visa, 409, stripe.ErrorTypeIdempotency, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := start(t, Options{})
			c := client(s)
			if tc.fault.Kind != "" {
				mustFault(t, s, tc.fault)
			}
			_, err := c.V1PaymentIntents.Create(t.Context(), holdParams("k1", tc.amount, tc.method))
			first, ok := err.(*stripe.Error)
			if !ok || first.HTTPStatusCode != tc.status || first.Type != tc.typ {
				t.Fatalf("first: %v", err)
			}
			if tc.saved {
				_, err = c.V1PaymentIntents.Create(t.Context(), holdParams("k1", tc.amount, tc.method))
				e, ok := err.(*stripe.Error)
				if !ok || e.HTTPStatusCode != tc.status || e.Msg != first.Msg || !replayed(e.LastResponse) {
					t.Fatalf("again: %v, want the saved %v", err, first)
				}
			} else if in := mustHold(t, c, "k1", 1500); replayed(in.LastResponse) {
				t.Fatal("again: a replay of what was not to be saved")
			}
			acted := 0
			if tc.fault.Kind == ServerErrorAfter || !tc.saved {
				acted = 1
			}
			if got := len(s.Ledger()); got != acted {
				t.Errorf("%d movements, want %d", got, acted)
			}
		})
	}
}

func TestShapeRefusalIsNotSaved(t *testing.T) {
	s := start(t, Options{})
	form := "amount=1500&currency=eur&capture_method=manual&confirm=true&payment_method=pm_card_visa&payment_method_types[]=card"
	if status, body := post(t, s, "/v1/payment_intents", form+"&colour=red", "k1"); status != 400 || !strings.Contains(body, "validat") {
		t.Fatalf("got %d %s", status, body)
	}
	if status, body := post(t, s, "/v1/payment_intents", form, "k1"); status != 200 {
		t.Fatalf("got %d %s", status, body)
	}
}

func TestSameKeyAtTheSameTime(t *testing.T) {
	s := start(t, Options{})
	c := client(s)
	mustFault(t, s, Fault{Kind: DelayBefore, DelayMS: time.Hour.Milliseconds()})
	type result struct {
		in  *stripe.PaymentIntent
		err error
	}
	first := make(chan result, 1)
	go func() {
		in, err := c.V1PaymentIntents.Create(t.Context(), holdParams("k1", 1500, visa))
		first <- result{in, err}
	}()
	if err := s.AwaitHeld(bounded(t), 1); err != nil {
		t.Fatal(err)
	}
	_, err := c.V1PaymentIntents.Create(t.Context(), holdParams("k1", 1500, visa))
	wantError(t, err, 409, stripe.ErrorTypeIdempotency, stripe.ErrorCodeIdempotencyKeyInUse)
	_, err = c.V1PaymentIntents.Create(t.Context(), holdParams("k1", 1501, visa))
	wantError(t, err, 400, stripe.ErrorTypeIdempotency, "")
	s.Release()
	r := <-first
	if r.err != nil {
		t.Fatal(r.err)
	}
	if again := mustHold(t, c, "k1", 1500); again.ID != r.in.ID {
		t.Error("two holds under one key")
	}
	wantLedger(t, s, row{visa, "k1", "authorize", 1500, "EUR"})
}

func TestKeysOfOddLengthAndReads(t *testing.T) {
	s := start(t, Options{})
	form := "amount=1500&currency=eur&payment_method_types[]=card"
	if status, _ := post(t, s, "/v1/payment_intents", form, strings.Repeat("k", maxKey)); status != 200 {
		t.Errorf("a key of %d characters: %d", maxKey, status)
	}
	if status, _ := post(t, s, "/v1/payment_intents", form, strings.Repeat("k", maxKey+1)); status != 400 {
		t.Errorf("a key of %d characters: %d", maxKey+1, status)
	}
	c := client(s)
	in := mustHold(t, c, "k1", 1500)
	for range 2 { // a key on a GET means nothing
		p := &stripe.PaymentIntentRetrieveParams{}
		p.Headers = http.Header{"Idempotency-Key": {"k1"}}
		got, err := c.V1PaymentIntents.Retrieve(t.Context(), in.ID, p)
		if err != nil || replayed(got.LastResponse) {
			t.Fatalf("got %v", err)
		}
	}
	// The same parameters in another order are the same request.
	a := "amount=1500&currency=eur&metadata[a]=1&metadata[b]=2"
	b := "metadata[b]=2&currency=eur&metadata[a]=1&amount=1500"
	_, one := post(t, s, "/v1/payment_intents", a, "k9")
	status, two := post(t, s, "/v1/payment_intents", b, "k9")
	if status != 200 || one != two {
		t.Errorf("got %d %s, want %s", status, two, one)
	}
}
