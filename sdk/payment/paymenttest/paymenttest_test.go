package paymenttest

import (
	"context"
	"errors"
	"net/rpc"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/payment"
)

func TestMain(m *testing.M) {
	fake := NewFake()
	if classtest.ServeFake(fake.Plugin(), &Control{fake}) {
		return
	}
	goleak.VerifyTestMain(m)
}

// Control is the fake's door for tests when it runs in a process of its own.
type Control struct{ fake *Fake }

// Order is a loss to come.
type Order struct {
	Operation payment.Operation
	Loss      Loss
}

// Lose is Fake.Lose.
func (c *Control) Lose(o Order, _ *struct{}) error { c.fake.Lose(o.Operation, o.Loss); return nil }

// Happened counts the ledger's movements under a key.
func (c *Control) Happened(key string, n *int) error { *n = count(c.fake, key); return nil }

func count(f *Fake, key string) (n int) {
	for _, m := range f.Ledger() {
		if m.Key == key {
			n++
		}
	}
	return n
}

func inProcess(breach broken) Harness {
	var fake *Fake
	lose := func(l Loss) func(testing.TB, payment.Operation) {
		return func(_ testing.TB, o payment.Operation) { fake.Lose(o, l) }
	}
	return Harness{
		Subject: classtest.Subject{Driver: "fake", Config: FakeConfig, Start: func(t testing.TB) *host.Plugin {
			fake = NewFake()
			fake.broken = breach
			return classtest.InProcess(t, fake.Plugin())
		}},
		Token: "tok_1", Declined: TokenDeclined, Hold: money.New(15_00, "EUR"), Currencies: []money.Currency{"JPY", "KWD"},
		LoseAnswer: lose(LossAnswer), LoseRequest: lose(LossRequest),
		Happened: func(_ testing.TB, key string) int { return count(fake, key) },
	}
}

func TestFakeConforms(t *testing.T) { Run(t, inProcess(broken{})) }

func TestFakeConformsAsProcess(t *testing.T) {
	var control *rpc.Client
	lose := func(l Loss) func(testing.TB, payment.Operation) {
		return func(t testing.TB, o payment.Operation) {
			if err := control.Call("Control.Lose", Order{o, l}, &struct{}{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	h := inProcess(broken{})
	h.Start = func(t testing.TB) (p *host.Plugin) {
		p, control = classtest.StartFake(t)
		return p
	}
	h.LoseAnswer, h.LoseRequest = lose(LossAnswer), lose(LossRequest)
	h.Happened = func(t testing.TB, key string) (n int) {
		if err := control.Call("Control.Happened", key, &n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	Run(t, h)
}

func TestSuiteFindsBreaches(t *testing.T) {
	for name, c := range map[string]struct {
		breach broken
		finds  string
	}{
		"freshEveryTime":         {broken{freshEveryTime: true}, "a hold asked for again is the same hold"},
		"freshEveryTime at once": {broken{freshEveryTime: true}, "one key asked for at once is one movement"},
		"freshEveryTime lost":    {broken{freshEveryTime: true}, "a lost answer asked for again is the first movement"},
		"freshEveryTime open":    {broken{freshEveryTime: true}, "movements outlive an opening"},
		"freshEveryTime refund":  {broken{freshEveryTime: true}, "a refund asked for again is the same refund"},
		"ignoresRequest":         {broken{ignoresRequest: true}, "a key with another request is refused as invalid"},
		"ignoresRequest taking":  {broken{ignoresRequest: true}, "a capture asked for again is the same capture"},
		"overCaptures":           {broken{overCaptures: true}, "a capture over the hold moves nothing"},
		"overRefunds":            {broken{overRefunds: true}, "refunds together are at most the capture"},
		"capturesTwice":          {broken{capturesTwice: true}, "a hold is captured once"},
		"voidOnce":               {broken{voidOnce: true}, "voiding twice is no error"},
		"voidsTaken":             {broken{voidsTaken: true}, "a captured hold can't be voided"},
		"capturesVoid":           {broken{capturesVoid: true}, "a void releases the hold"},
		"holdsLess":              {broken{holdsLess: true}, "a hold is of the amount asked for"},
		"declinesUnknown":        {broken{declinesUnknown: true}, "a declined card is refused, and again under the same key"},
		"forgetsKeys":            {broken{forgetsKeys: true}, "a lost answer is found by lookup"},
		"needsReference":         {broken{needsReference: true}, "lookup finds each movement by its key alone"},
		"inventsKeys":            {broken{inventsKeys: true}, "lookup of a key never used is absent"},
		"inventsKeys lost":       {broken{inventsKeys: true}, "a lost request is absent, and possible under the same key"},
		"lookupForgetsDeclined":  {broken{lookupForgetsDeclined: true}, "lookup tells a declined hold"},
		"forgetsGone":            {broken{forgetsGone: true}, "lookup finds a hold that was voided or captured since"},
		"minorMistake":           {broken{minorMistake: true}, "currencies have their own decimals"},
		"noReference":            {broken{noReference: true}, "a capture takes the amount asked for"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := inProcess(c.breach)
			h.Patience = 2 * time.Second
			classtest.Finds(t, Cases(h), c.finds)
		})
	}
}

// An answer that never comes is unknown to the host, and one movement.
func TestHang(t *testing.T) {
	fake := NewFake()
	r := classtest.Subject{Driver: "fake", Config: FakeConfig, Start: func(t testing.TB) *host.Plugin {
		return classtest.InProcess(t, fake.Plugin())
	}}.Open(t)
	p := r.Plugin.Payment(r.Handle, r.Epoch)
	fake.Lose(payment.OperationAuthorize, LossHang)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	request := payment.AuthorizeRequest{Key: "k", Session: "s", Token: "tok_1", Amount: money.New(500, "EUR")}
	_, err := p.Authorize(ctx, request)
	if fault.CodeOf(err) != fault.Unknown || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("no answer: %v (code %v)", err, fault.CodeOf(err))
	}
	a, err := p.Authorize(t.Context(), request)
	if err != nil || a.Amount != request.Amount || count(fake, "k") != 1 {
		t.Fatalf("asked again: %+v, %v, %d movements", a, err, count(fake, "k"))
	}
}

// A caller that gave up before it called has certainly moved nothing.
func TestNeverSent(t *testing.T) {
	fake := NewFake()
	r := classtest.Subject{Driver: "fake", Config: FakeConfig, Start: func(t testing.TB) *host.Plugin {
		return classtest.InProcess(t, fake.Plugin())
	}}.Open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := r.Plugin.Payment(r.Handle, r.Epoch).Authorize(ctx, payment.AuthorizeRequest{
		Key: "k", Session: "s", Token: "tok_1", Amount: money.New(500, "EUR"),
	})
	if fault.CodeOf(err) != fault.Unavailable || len(fake.Ledger()) != 0 {
		t.Fatalf("never sent: %v, %v", err, fake.Ledger())
	}
}
