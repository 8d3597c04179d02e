package paymenttest

import (
	"sync"
	"testing"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/payment"
)

// deed is a movement that a case asks for: what all plans ask of it is written
// once.
type deed struct {
	op payment.Operation
	// prepare makes what it acts on, and gives its reference and the amount that
	// it will move.
	prepare func(t testing.TB, b *bench) (on string, amount money.Amount)
	// ask asks for it.
	ask func(b *bench, key, on string, amount money.Amount) (reference string, moved money.Amount, err error)
}

var authorising = deed{payment.OperationAuthorize,
	func(_ testing.TB, b *bench) (string, money.Amount) { return "", b.h.Hold },
	func(b *bench, key, _ string, amount money.Amount) (string, money.Amount, error) {
		r := b.holdRequest(key)
		r.Amount = amount
		a, err := b.p.Authorize(b.rig.Context(), r)
		return a.Reference, a.Amount, err
	}}

var increasing = deed{payment.OperationIncrease,
	func(t testing.TB, b *bench) (string, money.Amount) {
		b.needs(t, b.can(t).Increment, "increments")
		return b.authorize(t, b.key()).Reference, b.share(150)
	},
	func(b *bench, key, on string, amount money.Amount) (string, money.Amount, error) {
		a, err := b.p.Increase(b.rig.Context(), payment.IncreaseRequest{Key: key, Session: b.session, Reference: on, Amount: amount})
		return a.Reference, a.Amount, err
	}}

var capturing = deed{payment.OperationCapture,
	func(t testing.TB, b *bench) (string, money.Amount) {
		return b.authorize(t, b.key()).Reference, b.share(60)
	},
	func(b *bench, key, on string, amount money.Amount) (string, money.Amount, error) {
		c, err := b.p.Capture(b.rig.Context(), b.captureRequest(key, on, amount))
		return c.Reference, c.Amount, err
	}}

var cancelling = deed{payment.OperationVoid,
	func(t testing.TB, b *bench) (string, money.Amount) {
		return b.authorize(t, b.key()).Reference, money.Amount{}
	},
	func(b *bench, key, on string, _ money.Amount) (string, money.Amount, error) {
		return on, money.Amount{}, b.void(key, on)
	}}

var refunding = deed{payment.OperationRefund,
	func(t testing.TB, b *bench) (string, money.Amount) {
		b.needs(t, b.can(t).RefundWindow > 0, "refunds")
		taken := b.capture(t, b.key(), b.authorize(t, b.key()).Reference, b.share(80)).Reference
		if b.can(t).PartialRefund {
			return taken, b.share(30)
		}
		return taken, b.share(80)
	},
	func(b *bench, key, on string, amount money.Amount) (string, money.Amount, error) {
		f, err := b.p.Refund(b.rig.Context(), b.refundRequest(key, on, amount))
		return f.Reference, f.Amount, err
	}}

// found checks what a look-up says became of a deed.
func (d deed) found(t testing.TB, b *bench, key, on string, want payment.State, amount money.Amount) {
	t.Helper()
	out := b.lookup(t, key, d.op, on)
	if out.State != want {
		t.Fatalf("lookup of the %v: %+v, want %v", d.op, out, want)
	}
	if want == payment.StateDone && amount != (money.Amount{}) && out.Amount != amount {
		t.Fatalf("lookup of the %v tells of %v, not %v", d.op, out.Amount, amount)
	}
}

// done asks for it and wants it done.
func (d deed) done(t testing.TB, b *bench, key, on string, amount money.Amount) (reference string) {
	t.Helper()
	reference, moved, err := d.ask(b, key, on, amount)
	if err != nil || moved != amount {
		t.Fatalf("%v of %v: %v, %v", d.op, amount, moved, err)
	}
	return reference
}

// unclear checks an error after which nobody knows what happened.
func unclear(t testing.TB, what string, err error) {
	t.Helper()
	if code := fault.CodeOf(err); code != fault.Unknown && code != fault.Internal {
		t.Fatalf("%s: %v (code %v), want unknown: it may have moved money", what, err, code)
	}
}

// lost: it happened, nobody was told. A look-up tells, and the same key again
// moves nothing more.
func (d deed) lost(t testing.TB, b *bench) {
	on, amount := d.prepare(t, b)
	b.next(t, d.op, LostAnswer)
	key := b.key()
	_, _, err := d.ask(b, key, on, amount)
	unclear(t, "a lost answer", err)
	d.found(t, b, key, on, payment.StateDone, amount)
	b.happened(t, key, 1)
}

func (d deed) lostAgain(t testing.TB, b *bench) {
	on, amount := d.prepare(t, b)
	b.next(t, d.op, LostAnswer)
	key := b.key()
	_, _, err := d.ask(b, key, on, amount)
	unclear(t, "a lost answer", err)
	d.done(t, b, key, on, amount)
	d.found(t, b, key, on, payment.StateDone, amount)
	b.happened(t, key, 1)
}

// unsent: it did not happen, nobody was told.
func (d deed) unsent(t testing.TB, b *bench) {
	on, amount := d.prepare(t, b)
	b.next(t, d.op, LostRequest)
	key := b.key()
	_, _, err := d.ask(b, key, on, amount)
	if code := fault.CodeOf(err); code != fault.Unknown && code != fault.Unavailable {
		t.Fatalf("a lost request: %v (code %v), want unknown or unavailable", err, code)
	}
	d.found(t, b, key, on, payment.StateAbsent, amount)
	b.happened(t, key, 0)
	d.done(t, b, key, on, amount)
	b.happened(t, key, 1)
}

// failed: the processor said that it failed, and nothing happened. Where it
// keeps that under the key another is needed, once a look-up has shown it.
func (d deed) failed(t testing.TB, b *bench) {
	on, amount := d.prepare(t, b)
	b.next(t, d.op, ServerError)
	key := b.key()
	_, _, err := d.ask(b, key, on, amount)
	if code := fault.CodeOf(err); code != fault.Unknown && code != fault.Unavailable && code != fault.Internal {
		t.Fatalf("a server error: %v (code %v), want unknown or unavailable", err, code)
	}
	d.found(t, b, key, on, payment.StateAbsent, amount)
	b.happened(t, key, 0)
	if _, _, err := d.ask(b, key, on, amount); err != nil {
		if !b.can(t).SavesErrors {
			t.Fatalf("asked again under the key: %v, and the driver declares that errors are not saved", err)
		}
		b.happened(t, key, 0)
		key = b.key()
		d.done(t, b, key, on, amount)
	}
	b.happened(t, key, 1)
}

// failedAfter: the processor said that it failed, and it happened.
func (d deed) failedAfter(t testing.TB, b *bench) {
	on, amount := d.prepare(t, b)
	b.next(t, d.op, ServerErrorAfter)
	key := b.key()
	_, _, err := d.ask(b, key, on, amount)
	unclear(t, "a server error", err)
	d.found(t, b, key, on, payment.StateDone, amount)
	_, _, _ = d.ask(b, key, on, amount) // whatever it says, nothing more happens
	b.happened(t, key, 1)
}

// limited: too many requests. Nothing happened, and it may be asked again.
func (d deed) limited(t testing.TB, b *bench) {
	on, amount := d.prepare(t, b)
	b.next(t, d.op, RateLimited)
	key := b.key()
	_, _, err := d.ask(b, key, on, amount)
	wantCode(t, "too many requests", err, fault.Unavailable)
	d.found(t, b, key, on, payment.StateAbsent, amount)
	b.happened(t, key, 0)
	d.done(t, b, key, on, amount)
	b.happened(t, key, 1)
}

// altered: the answer tells another amount or currency than was asked for. It
// is never passed on as if it were right.
func (d deed) altered(f Fault) func(t testing.TB, b *bench) {
	return func(t testing.TB, b *bench) {
		on, amount := d.prepare(t, b)
		b.next(t, d.op, f)
		key := b.key()
		_, moved, err := d.ask(b, key, on, amount)
		if err == nil && moved == amount {
			t.Fatalf("%v: passed on as %v", f, moved)
		}
		if err != nil {
			unclear(t, f.String(), err)
		}
		b.happened(t, key, 1)
	}
}

// again: a repeat is the first movement.
func (d deed) again(t testing.TB, b *bench) {
	on, amount := d.prepare(t, b)
	key := b.key()
	first := d.done(t, b, key, on, amount)
	for range 3 {
		if again := d.done(t, b, key, on, amount); again != first {
			t.Fatalf("%v %s, asked for again, is %s", d.op, first, again)
		}
	}
	b.happened(t, key, 1)
}

// other: the key with another amount is refused, and the first stands.
func (d deed) other(t testing.TB, b *bench) {
	on, amount := d.prepare(t, b)
	key := b.key()
	first := d.done(t, b, key, on, amount)
	less := amount
	less.Minor--
	_, _, err := d.ask(b, key, on, less)
	wantCode(t, "another amount under the same key", err, fault.Invalid)
	if again := d.done(t, b, key, on, amount); again != first {
		t.Fatalf("the key's %v %s became %s", d.op, first, again)
	}
	b.happened(t, key, 1)
}

// nowhere: of something that the processor does not know nothing is moved.
func (d deed) nowhere(t testing.TB, b *bench) {
	_, amount := d.prepare(t, b)
	key := b.key()
	_, _, err := d.ask(b, key, "no-such-trip", amount)
	still(t, "of an unknown trip", err)
	b.happened(t, key, 0)
}

// foreign: another currency than that of what it acts on moves nothing.
func (d deed) foreign(t testing.TB, b *bench) {
	on, amount := d.prepare(t, b)
	if len(b.h.Currencies) == 0 {
		t.Skip("the harness names no other currency")
	}
	amount.Currency = b.h.Currencies[0]
	key := b.key()
	_, _, err := d.ask(b, key, on, amount)
	still(t, "in another currency", err)
	b.happened(t, key, 0)
}

// none: an amount of nothing, or less, is refused as invalid.
func (d deed) none(t testing.TB, b *bench) {
	on, amount := d.prepare(t, b)
	for _, minor := range []int64{0, -1} {
		key := b.key()
		amount.Minor = minor
		_, _, err := d.ask(b, key, on, amount)
		wantCode(t, "an amount of nothing", err, fault.Invalid)
		b.happened(t, key, 0)
	}
}

// atOnceSame: one key asked for by many at once is one movement. A call that
// meets another at work may be told so.
func (d deed) atOnceSame(t testing.TB, b *bench) {
	on, amount := d.prepare(t, b)
	key := b.key()
	errs := make([]error, atOnce)
	var calls sync.WaitGroup
	for i := range atOnce {
		calls.Go(func() { _, _, errs[i] = d.ask(b, key, on, amount) })
	}
	calls.Wait()
	for _, err := range errs {
		if err != nil {
			t.Errorf("%v under one key at once: %v", d.op, err)
		}
	}
	d.found(t, b, key, on, payment.StateDone, amount)
	b.happened(t, key, 1)
}
