package stripetest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v84"
)

// post sends a form as it stands, for what stripe-go would not send.
func post(t *testing.T, s *Server, path, form, key string) (int, string) {
	t.Helper()
	return do(t, http.MethodPost, s.URL+path, form, testKey, key)
}

func do(t *testing.T, method, url, body, secret, key string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "Bearer "+secret)
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(got)
}

func TestLostAnswers(t *testing.T) {
	for _, tc := range []struct {
		kind  FaultKind
		acted bool
	}{{DropBefore, false}, {DropAfter, true}, {Torn, true}} {
		t.Run(string(tc.kind), func(t *testing.T) {
			s := start(t, Options{})
			c := client(s)
			in := mustHold(t, c, "k1", 1500)
			mustFault(t, s, Fault{Kind: tc.kind, On: "capture"})
			_, err := c.V1PaymentIntents.Capture(t.Context(), in.ID, captureParams("k2", 700))
			var told *stripe.Error
			if err == nil || errors.As(err, &told) {
				t.Fatalf("got %v, want a broken connection", err)
			}
			if acted := len(s.Ledger()) == 2; acted != tc.acted {
				t.Fatalf("acted %v, want %v", acted, tc.acted)
			}
			got := mustCapture(t, c, "k2", in.ID, 700)
			if replayed(got.LastResponse) != tc.acted || got.AmountReceived != 700 {
				t.Errorf("again: %+v", got)
			}
			wantLedger(t, s, row{visa, "k1", "authorize", 1500, "EUR"}, row{visa, "k2", "capture", 700, "EUR"})
		})
	}
}

func TestAnswerThatComesTooLate(t *testing.T) {
	for _, kind := range []FaultKind{DelayBefore, DelayAfter} {
		t.Run(string(kind), func(t *testing.T) {
			s := start(t, Options{})
			c := client(s)
			mustFault(t, s, Fault{Kind: kind, On: "authorize", DelayMS: time.Hour.Milliseconds()})
			ctx, giveUp := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() {
				_, err := c.V1PaymentIntents.Create(ctx, holdParams("k1", 1500, visa))
				done <- err
			}()
			if err := s.AwaitHeld(bounded(t), 1); err != nil {
				t.Fatal(err)
			}
			if acted := len(s.Ledger()) == 1; acted != (kind == DelayAfter) {
				t.Errorf("acted before the delay: %v", acted)
			}
			giveUp()
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Fatalf("got %v", err)
			}
			s.Release()
			if err := s.AwaitQuiet(bounded(t)); err != nil {
				t.Fatal(err)
			}
			wantLedger(t, s, row{visa, "k1", "authorize", 1500, "EUR"})
			if in := mustHold(t, c, "k1", 1500); !replayed(in.LastResponse) {
				t.Error("held twice")
			}
		})
	}
}

func TestRequestThatArrivesTwice(t *testing.T) {
	s := start(t, Options{})
	c := client(s)
	mustFault(t, s, Fault{Kind: Duplicate})
	if in := mustHold(t, c, "k1", 1500); !replayed(in.LastResponse) {
		t.Error("the second delivery was not answered from the key")
	}
	wantLedger(t, s, row{visa, "k1", "authorize", 1500, "EUR"})
	mustFault(t, s, Fault{Kind: Duplicate}) // without a key it really happens twice
	if status, _ := post(t, s, "/v1/payment_intents", "amount=100&currency=eur&confirm=true&payment_method=pm_card_visa&"+
		"payment_method_types[]=card&capture_method=manual", ""); status != 200 {
		t.Errorf("got %d", status)
	}
	if n := len(s.Ledger()); n != 3 {
		t.Errorf("%d movements, want 3", n)
	}
}

func TestLies(t *testing.T) {
	s := start(t, Options{})
	c := client(s)
	mustFault(t, s, Fault{Kind: Lie, On: "authorize", Set: map[string]any{"amount": 1, "currency": "usd", "status": "succeeded"}})
	in := mustHold(t, c, "k1", 1500)
	if in.Amount != 1 || in.Currency != "usd" || in.Status != "succeeded" {
		t.Errorf("told the truth: %d %s %s", in.Amount, in.Currency, in.Status)
	}
	truth, err := c.V1PaymentIntents.Retrieve(t.Context(), in.ID, nil)
	if err != nil || truth.Amount != 1500 || truth.Currency != "eur" || truth.Status != stripe.PaymentIntentStatusRequiresCapture {
		t.Fatalf("got %+v, %v", truth, err)
	}
	if again := mustHold(t, c, "k1", 1500); again.Amount != 1500 {
		t.Error("the lie was saved")
	}
	mustFault(t, s, Fault{Kind: Lie, On: "lookup", Set: map[string]any{"amount": 2}})
	for got, err := range c.V1PaymentIntents.List(t.Context(), nil) {
		if err != nil || got.Amount != 2 {
			t.Errorf("listed %+v, %v", got, err)
		}
	}
}

func TestDeclineByFault(t *testing.T) {
	s := start(t, Options{})
	c := client(s)
	mustFault(t, s, Fault{Kind: Decline, On: "authorize", Code: "lost_card", Times: 2})
	for _, key := range []string{"k1", "k2"} {
		_, err := c.V1PaymentIntents.Create(t.Context(), holdParams(key, 1500, visa))
		if e := refusal(t, err, 402, stripe.ErrorTypeCard, stripe.ErrorCodeCardDeclined); e.DeclineCode != "lost_card" {
			t.Errorf("decline code %q", e.DeclineCode)
		}
	}
	in := mustHold(t, c, "k3", 1500)
	mustFault(t, s, Fault{Kind: Decline, On: "capture"})
	_, err := c.V1PaymentIntents.Capture(t.Context(), in.ID, captureParams("k4", 100))
	if e := refusal(t, err, 402, stripe.ErrorTypeCard, stripe.ErrorCodeCardDeclined); e.DeclineCode != "generic_decline" {
		t.Errorf("decline code %q", e.DeclineCode)
	}
	mustCapture(t, c, "k5", in.ID, 100)
}

func TestFaultsAreCheckedAndUsedInOrder(t *testing.T) {
	s := start(t, Options{})
	for _, f := range []Fault{
		{}, {Kind: "nonsense"}, {Kind: RateLimit, On: "everything"}, {Kind: DelayAfter}, {Kind: Lie}, {Kind: Decline}, {Kind: Decline, On: "refund"},
	} {
		if s.Fault(f) == nil {
			t.Errorf("%+v was taken", f)
		}
	}
	mustFault(t, s, Fault{Kind: RateLimit, On: "refund"}, Fault{Kind: Unavailable, Times: -1}, Fault{Kind: LockTimeout})
	for range 3 {
		if f := s.takeFault("capture"); f.Kind != Unavailable {
			t.Errorf("got %+v", f)
		}
	}
	if f := s.takeFault("refund"); f.Kind != RateLimit {
		t.Errorf("got %+v", f)
	}
	if left := s.Faults(); len(left) != 2 {
		t.Errorf("left %+v", left)
	}
	s.ClearFaults()
	if f := s.takeFault("capture"); f.Kind != "" {
		t.Errorf("got %+v", f)
	}
}

func TestAnotherProcessMaySetFaults(t *testing.T) {
	s := start(t, Options{})
	c := client(s)
	for body, status := range map[string]int{
		`{"kind":"rate_limit","on":"authorize"}`: 204,
		`[{"kind":"unavailable","times":2}]`:     204,
		`{"kind":"rate_limit","once":true}`:      400,
		`{"kind":"none"}`:                        400,
		`not json`:                               400,
	} {
		if got, text := do(t, "POST", s.URL+"/_faults", body, "", ""); got != status {
			t.Errorf("%s: %d %s", body, got, text)
		}
	}
	if _, text := do(t, "GET", s.URL+"/_faults", "", "", ""); strings.Count(text, "\n") != 2 {
		t.Errorf("faults: %s", text)
	}
	if got, _ := do(t, "DELETE", s.URL+"/_faults", "", "", ""); got != 204 {
		t.Errorf("got %d", got)
	}
	in := mustHold(t, c, "k1", 1500)
	_, text := do(t, "GET", s.URL+"/_ledger", "", "", "")
	var m map[string]any
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	delete(m, "at")
	want := map[string]any{
		"credential": visa, "key": "k1", "op": "authorize", "amount_minor": 1500.0, "currency": "EUR", "reference": in.ID,
	}
	if got, wanted := encode(t, m), encode(t, want); got != wanted {
		t.Errorf("ledger %s, want %s", got, wanted)
	}
	if got, _ := do(t, "POST", s.URL+"/_release", "", "", ""); got != 204 {
		t.Errorf("release: %d", got)
	}
	if got, _ := do(t, "GET", s.URL+"/_nothing", "", "", ""); got != 404 {
		t.Errorf("nothing: %d", got)
	}
	_, text = do(t, "GET", s.URL+"/_requests", "", "", "")
	if strings.Contains(text, testKey) {
		t.Error("the log holds the secret key")
	}
	log := s.Requests()
	i := slices.IndexFunc(log, func(r Request) bool { return r.Operation == "authorize" })
	if i < 0 || log[i].Status != 200 || log[i].Key != "k1" || !strings.Contains(log[i].Params, "amount=1500") {
		t.Errorf("log %+v", log)
	}
}

func encode(t *testing.T, v any) string {
	t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
