package paymenttest

import (
	"crypto/rand"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/payment"
)

// Harness is what the suite needs of a processor under test.
type Harness struct {
	classtest.Subject
	// Token works, Declined is declined by its issuer.
	Token, Declined string
	// Hold is what the suite holds, at least 100 minor units.
	Hold money.Amount
	// Currencies are others that the processor takes.
	Currencies []money.Currency
	// LoseAnswer makes the next movement of an operation happen and its answer
	// get lost; LoseRequest makes it not happen, and nobody is told. Nil where
	// that can't be done.
	LoseAnswer, LoseRequest func(t testing.TB, o payment.Operation)
	// Least is the least that can be captured; zero for one minor unit.
	Least money.Amount
	// Happened counts what really happened under a key, by another way than the
	// processor's own answers; nil where there is none.
	Happened func(t testing.TB, key string) int
	// Faults does more to the processor than LoseAnswer and LoseRequest, which
	// it takes the place of; nil for none.
	Faults Faults
	// Tokens are tokens that stand for something special.
	Tokens map[Trait]string
}

// bench is an open processor in a case.
type bench struct {
	h       Harness
	rig     *classtest.Rig
	p       host.Payment
	session string
	begun   time.Time
	able    *payment.Capabilities
}

// can is what the driver declares.
func (b *bench) can(t testing.TB) payment.Capabilities {
	t.Helper()
	if b.able == nil {
		d, err := b.rig.Plugin.Describe(b.rig.Context())
		if err != nil {
			t.Fatalf("describe: %v", err)
		}
		info, _ := d.Driver(b.h.Driver)
		if info.Processing == nil {
			t.Fatal("the driver declares nothing")
		}
		b.able = info.Processing
	}
	return *b.able
}

// needs skips a case of what the driver does not declare.
func (b *bench) needs(t testing.TB, has bool, what string) {
	t.Helper()
	if !has {
		t.Skipf("the driver declares no %s", what)
	}
}

func newBench(t testing.TB, h Harness) *bench {
	r := h.Open(t)
	return &bench{h: h, rig: r, p: r.Plugin.Payment(r.Handle, r.Epoch), session: rand.Text(), begun: time.Now().Add(-time.Minute)}
}

// key makes a key that no processor has seen.
func (b *bench) key() string { return b.session + "-" + rand.Text()[:8] }

// share is a part of the hold, in percent.
func (b *bench) share(percent int64) money.Amount {
	return money.New(b.h.Hold.Minor*percent/100, b.h.Hold.Currency)
}

func (b *bench) authorize(t testing.TB, key string) payment.Authorization {
	t.Helper()
	a, err := b.p.Authorize(b.rig.Context(), b.holdRequest(key))
	if err != nil {
		t.Fatalf("authorize: %v", err)
	}
	return a
}

func (b *bench) holdRequest(key string) payment.AuthorizeRequest {
	return payment.AuthorizeRequest{Key: key, Session: b.session, Token: b.h.Token, Amount: b.h.Hold}
}

func (b *bench) capture(t testing.TB, key, hold string, amount money.Amount) payment.Capture {
	t.Helper()
	c, err := b.p.Capture(b.rig.Context(), b.captureRequest(key, hold, amount))
	if err != nil {
		t.Fatalf("capture %v: %v", amount, err)
	}
	if c.Amount != amount {
		t.Fatalf("capture of %v took %v", amount, c.Amount)
	}
	return c
}

func (b *bench) captureRequest(key, hold string, amount money.Amount) payment.CaptureRequest {
	return payment.CaptureRequest{Key: key, Session: b.session, Reference: hold, Amount: amount}
}

func (b *bench) void(key, hold string) error {
	return b.p.Void(b.rig.Context(), payment.VoidRequest{Key: key, Session: b.session, Reference: hold})
}

func (b *bench) refund(t testing.TB, key, capture string, amount money.Amount) payment.Refund {
	t.Helper()
	f, err := b.p.Refund(b.rig.Context(), b.refundRequest(key, capture, amount))
	if err != nil {
		t.Fatalf("refund %v: %v", amount, err)
	}
	if f.Amount != amount {
		t.Fatalf("refund of %v gave back %v", amount, f.Amount)
	}
	return f
}

func (b *bench) refundRequest(key, capture string, amount money.Amount) payment.RefundRequest {
	return payment.RefundRequest{Key: key, Session: b.session, Reference: capture, Amount: amount, Reason: "returned"}
}

func (b *bench) lookup(t testing.TB, key string, o payment.Operation, reference string) payment.Outcome {
	t.Helper()
	out, err := b.p.Lookup(b.rig.Context(), payment.LookupRequest{Key: key, Operation: o, Reference: reference, Since: b.begun})
	if err != nil {
		t.Fatalf("lookup of %v: %v", o, err)
	}
	return out
}

// done checks that a lookup tells of a movement.
func (b *bench) done(t testing.TB, out payment.Outcome, amount money.Amount) {
	t.Helper()
	if out.State != payment.StateDone || out.Reference == "" || out.Amount != amount {
		t.Fatalf("lookup: %+v, want done with a reference and %v", out, amount)
	}
}

// happened checks how often something really happened under a key.
func (b *bench) happened(t testing.TB, key string, times int) {
	t.Helper()
	if b.h.Happened == nil {
		return
	}
	if got := b.h.Happened(t, key); got != times {
		t.Fatalf("under one key %d movements happened, want %d", got, times)
	}
}

// still checks that err says that nothing moved.
func still(t testing.TB, what string, err error) {
	t.Helper()
	if code := fault.CodeOf(err); code != fault.Refused && code != fault.Invalid {
		t.Fatalf("%s: %v (code %v), want refused or invalid", what, err, code)
	}
}

func wantCode(t testing.TB, what string, err error, code fault.Code) {
	t.Helper()
	if fault.CodeOf(err) != code {
		t.Fatalf("%s: %v (code %v), want code %v", what, err, fault.CodeOf(err), code)
	}
}
