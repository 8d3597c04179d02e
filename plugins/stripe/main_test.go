package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/stripe/stripetest"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/payment"
)

// servedEnv makes this test binary the plugin.
const servedEnv = "AISLE_STRIPE_TEST_SERVE"

const (
	handle = 1
	epoch  = 7
)

func TestMain(m *testing.M) {
	if os.Getenv(servedEnv) != "" {
		sdk.Serve(plugin())
		return
	}
	os.Exit(m.Run())
}

// started is the plugin in a process of its own, as a host starts it.
func started(t *testing.T) *host.Plugin {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), servedEnv+"=1")
	return classtest.Command(t, cmd)
}

func request(t *testing.T, config map[string]any) host.OpenRequest {
	t.Helper()
	doc, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	return host.OpenRequest{Handle: handle, Epoch: epoch, Driver: "stripe", Address: "payment.cards", Config: doc}
}

func TestOverTheWire(t *testing.T) {
	s := stripetest.Run(t, stripetest.Options{})
	p := started(t)
	if _, err := p.Open(t.Context(), request(t, map[string]any{"api_key": "sk_test_123", "base_url": s.URL})); err != nil {
		t.Fatal(err)
	}
	cards, amount := p.Payment(handle, epoch), money.New(1500, "EUR")
	authorize := payment.AuthorizeRequest{Key: "k1", Session: "s1", Token: "pm_card_visa_debit", Amount: amount}
	a, err := cards.Authorize(t.Context(), authorize)
	if err != nil || a.Amount != amount || a.Brand != "visa" || a.Last4 != "5556" || a.Funding != payment.FundingDebit || a.Expires.IsZero() {
		t.Fatalf("held %+v, %v", a, err)
	}
	part := money.New(1180, "EUR")
	if err := s.Fault(stripetest.Fault{Kind: stripetest.DropAfter, On: "capture"}); err != nil {
		t.Fatal(err)
	}
	_, err = cards.Capture(t.Context(), payment.CaptureRequest{Key: "k2", Session: "s1", Reference: a.Reference, Amount: part})
	wantCode(t, err, fault.Unknown)
	o, err := cards.Lookup(t.Context(), payment.LookupRequest{Key: "k2", Operation: payment.OperationCapture, Reference: a.Reference, Since: time.Now()})
	if err != nil || o.State != payment.StateDone || o.Amount != part {
		t.Fatalf("looked up %+v, %v", o, err)
	}
	r, err := cards.Refund(t.Context(), payment.RefundRequest{Key: "k3", Session: "s1", Reference: o.Reference, Amount: money.New(80, "EUR")})
	if err != nil || r.Amount != money.New(80, "EUR") {
		t.Fatalf("refunded %+v, %v", r, err)
	}
	wantCode(t, cards.Void(t.Context(), payment.VoidRequest{Key: "k4", Session: "s1", Reference: a.Reference}), fault.Refused)
	authorize.Key, authorize.Token = "k5", "pm_card_chargeDeclined"
	_, err = cards.Authorize(t.Context(), authorize)
	wantCode(t, err, fault.Refused)
	var ops []string
	for _, m := range s.Ledger() {
		ops = append(ops, m.Op+" "+m.Key)
	}
	if want := []string{"authorize k1", "capture k2", "refund k3"}; !slices.Equal(ops, want) {
		t.Errorf("ledger %q, want %q", ops, want)
	}
}

func TestConfigOverTheWire(t *testing.T) {
	p := started(t)
	d, err := p.Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	driver, ok := d.Driver("stripe")
	if !ok || driver.Class != "payment" {
		t.Fatalf("drivers %+v", d.Drivers)
	}
	if a, ok := driver.Schema.Attribute("api_key"); !ok || !a.Sensitive || !a.Required {
		t.Errorf("api_key is %+v", a)
	}
	_, err = p.Open(t.Context(), request(t, map[string]any{"api_key": "pk_live_1"}))
	wantCode(t, err, fault.Invalid)
	if path := fault.PathOf(err); path != "api_key" {
		t.Errorf("the fault is at %q: %v", path, err)
	}
}

func wantCode(t *testing.T, err error, want fault.Code) {
	t.Helper()
	if got := fault.CodeOf(err); got != want {
		t.Fatalf("got %v (%v), want %v", got, err, want)
	}
}
