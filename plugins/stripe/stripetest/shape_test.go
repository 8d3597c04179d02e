package stripetest

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stripe/stripe-go/v84"
)

func TestRefusals(t *testing.T) {
	s := start(t, Options{})
	for _, tc := range []struct {
		name, method, path, form string
		status                   int
		says                     string
	}{
		{"unknown parameter", "POST", "/v1/payment_intents", "amount=100&currency=eur&colour=red", 400, "additional properties"},
		{"missing parameter", "POST", "/v1/payment_intents", "amount=100", 400, "currency"},
		{"wrong type", "POST", "/v1/payment_intents", "amount=ten&currency=eur", 400, "numeric"},
		{"wrong choice", "POST", "/v1/payment_intents", "amount=100&currency=eur&capture_method=never", 400, "capture_method"},
		{"unknown path", "GET", "/v1/payment_hopes", "", 404, "Unrecognized request URL"},
		{"unknown object", "GET", "/v1/payment_intents/pi_none", "", 404, "No such payment_intent"},
		{"unknown refund", "GET", "/v1/refunds/re_none", "", 404, "No such refund"},
		{"refund of nothing", "POST", "/v1/refunds", "payment_intent=pi_none", 400, "No such payment_intent"},
		{"not kept here", "GET", "/v1/balance", "", 501, "gives no meaning"},
		{"parameter without meaning here", "POST", "/v1/payment_intents", "amount=100&currency=eur&transfer_group=a", 501, "transfer_group"},
		{"expansion without meaning here", "GET", "/v1/payment_intents?expand[]=data.customer", "", 501, "expansion"},
		{"long metadata key", "POST", "/v1/payment_intents", "amount=100&currency=eur&metadata[" + strings.Repeat("k", 41) + "]=v", 400, "40"},
		{"long metadata value", "POST", "/v1/payment_intents", "amount=100&currency=eur&metadata[k]=" + strings.Repeat("v", 501), 400, "500"},
		{"much metadata", "POST", "/v1/payment_intents", "amount=100&currency=eur" + metadata(51), 400, "50"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if strings.HasPrefix(tc.name, "expansion") {
				mustHold(t, client(s), "k", 100)
			}
			status, body := do(t, tc.method, s.URL+tc.path, tc.form, testKey, "")
			var e struct {
				Error struct{ Message, Type string }
			}
			if err := json.Unmarshal([]byte(body), &e); err != nil || e.Error.Type == "" {
				t.Fatalf("not an error of Stripe's shape: %s", body)
			}
			if status != tc.status || !strings.Contains(e.Error.Message, tc.says) {
				t.Errorf("got %d %s, want %d with %q", status, body, tc.status, tc.says)
			}
		})
	}
}

func metadata(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "&metadata[k%d]=v", i)
	}
	return b.String()
}

func TestMetadataUpToTheLimit(t *testing.T) {
	s := start(t, Options{})
	form := "amount=100&currency=eur&metadata[" + strings.Repeat("k", 40) + "]=" + strings.Repeat("v", 500) + metadata(49)
	if status, body := post(t, s, "/v1/payment_intents", form, ""); status != 200 {
		t.Errorf("got %d %s", status, body)
	}
	c := client(s)
	in := mustHold(t, c, "k1", 100)
	p := &stripe.PaymentIntentUpdateParams{Metadata: map[string]string{metaKey: "", "trip": "7"}}
	got, err := c.V1PaymentIntents.Update(t.Context(), in.ID, p)
	if err != nil || !maps.Equal(got.Metadata, map[string]string{"trip": "7"}) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestSecretKeys(t *testing.T) {
	s := start(t, Options{APIKey: "sk_test_right"})
	for key, want := range map[string]int{"sk_test_right": 200, "sk_test_wrong": 401, "nonsense": 401, "": 401} {
		if status, body := do(t, "GET", s.URL+"/v1/payment_intents", "", key, ""); status != want {
			t.Errorf("%q: %d %s", key, status, body)
		}
	}
}

// TestAnswersHaveStripesShape compares every field answered here with the fixture of the same object in stripe-mock,
// which is drawn from Stripe's OpenAPI description: none that it doesn't have, none of another JSON type.
func TestAnswersHaveStripesShape(t *testing.T) {
	s := start(t, Options{})
	c := client(s)
	in := mustHold(t, c, "k1", 1500)
	mustCapture(t, c, "k2", in.ID, 700)
	r, err := c.V1Refunds.Create(t.Context(), refundParams("r1", in.ID, 100))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{
		"/v1/payment_intents/" + in.ID, "/v1/charges/" + in.LatestCharge.ID, "/v1/refunds/" + r.ID,
		"/v1/payment_methods/" + in.PaymentMethod.ID, "/v1/payment_intents", "/v1/refunds",
	} {
		var ours, theirs map[string]any
		for url, into := range map[string]*map[string]any{s.URL: &ours, "http://" + shared.addr: &theirs} {
			status, body := do(t, "GET", url+path, "", testKey, "")
			if err := json.Unmarshal([]byte(body), into); err != nil || status != 200 {
				t.Fatalf("%s: %d %v", path, status, err)
			}
		}
		compareShape(t, path, ours, theirs)
	}
}

// optional are fields that Stripe documents and the fixtures leave out.
var optional = []string{"capture_before", "risk_level"}

func compareShape(t *testing.T, where string, ours, theirs any) {
	t.Helper()
	switch o := ours.(type) {
	case map[string]any:
		f, _ := theirs.(map[string]any)
		if strings.HasSuffix(where, ".metadata") {
			return
		}
		for k, v := range o {
			w, ok := f[k]
			if !ok && !slices.Contains(optional, k) {
				t.Errorf("%s.%s is not in Stripe's object", where, k)
				continue
			}
			compareShape(t, where+"."+k, v, w)
		}
	case []any:
		if f, _ := theirs.([]any); len(o) > 0 && len(f) > 0 {
			compareShape(t, where+"[]", o[0], f[0])
		}
	default:
		if ours != nil && theirs != nil && reflect.TypeOf(ours) != reflect.TypeOf(theirs) {
			t.Errorf("%s is %T, Stripe's is %T", where, ours, theirs)
		}
	}
}

func TestLedgerFileOutlivesTheProcess(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ledger.jsonl")
	first := start(t, Options{LedgerFile: file})
	mustHold(t, client(first), "k1", 1500)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	torn, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := torn.WriteString(`{"credential":"pm_`); err != nil {
		t.Fatal(err)
	}
	if err := torn.Close(); err != nil {
		t.Fatal(err)
	}
	second := start(t, Options{LedgerFile: file})
	mustHold(t, client(second), "k2", 800)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for line := range strings.Lines(string(text)) {
		var m Movement
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		keys = append(keys, m.Key)
	}
	if !slices.Equal(keys, []string{"k1", "k2"}) {
		t.Errorf("keys %v", keys)
	}
	if _, err := Start(Options{LedgerFile: t.TempDir(), Mock: shared}); err == nil {
		t.Error("a folder was taken for a ledger")
	}
}

func TestNothingMovesWithoutTheLedger(t *testing.T) {
	s := start(t, Options{LedgerFile: filepath.Join(t.TempDir(), "ledger.jsonl")})
	c := client(s)
	in := mustHold(t, c, "k1", 1500)
	s.mu.Lock()
	good := s.books.ledger.file
	s.books.ledger.file, _ = os.Open(good.Name()) // can't be written
	s.mu.Unlock()
	_, err := c.V1PaymentIntents.Capture(t.Context(), in.ID, captureParams("k2", 700))
	wantError(t, err, 500, "api_error", "")
	s.mu.Lock()
	bad := s.books.ledger.file
	s.books.ledger.file = good
	s.mu.Unlock()
	if err := bad.Close(); err != nil {
		t.Fatal(err)
	}
	mustCapture(t, c, "k2", in.ID, 700)
}
