package paymenttest

import (
	"crypto/rand"
	"sync"
	"testing"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/payment"
)

func lookupAbsent(t testing.TB, b *bench) {
	hold := b.authorize(t, b.key()).Reference
	for _, o := range []payment.Operation{payment.OperationAuthorize, payment.OperationCapture, payment.OperationRefund} {
		if out := b.lookup(t, b.key(), o, ""); out.State != payment.StateAbsent {
			t.Errorf("%v that never was: %+v", o, out)
		}
	}
	// A reference to what it acted on is no proof that it happened.
	for _, o := range []payment.Operation{payment.OperationCapture, payment.OperationVoid} {
		if out := b.lookup(t, b.key(), o, hold); out.State != payment.StateAbsent {
			t.Errorf("%v that never was, of a hold that is: %+v", o, out)
		}
	}
}

// all makes one movement of each kind and looks each up: a void by the hold in
// any case, since no host asks otherwise.
func all(t testing.TB, b *bench, withReference bool) {
	reference := func(s string) string {
		if withReference {
			return s
		}
		return ""
	}
	k := b.key()
	hold := b.authorize(t, k).Reference
	b.done(t, b.lookup(t, k, payment.OperationAuthorize, reference(hold)), b.h.Hold)
	k = b.key()
	taken := b.capture(t, k, hold, b.share(60)).Reference
	b.done(t, b.lookup(t, k, payment.OperationCapture, reference(hold)), b.share(60))
	k = b.key()
	b.refund(t, k, taken, b.share(10))
	b.done(t, b.lookup(t, k, payment.OperationRefund, reference(taken)), b.share(10))
	k = b.key()
	released := b.authorize(t, b.key()).Reference
	if err := b.void(k, released); err != nil {
		t.Fatal(err)
	}
	if out := b.lookup(t, k, payment.OperationVoid, released); out.State != payment.StateDone {
		t.Fatalf("lookup of a void: %+v", out)
	}
}

func lookupByKey(t testing.TB, b *bench) { all(t, b, false) }

func lookupWithReference(t testing.TB, b *bench) { all(t, b, true) }

func lookupGone(t testing.TB, b *bench) {
	k := b.key()
	if err := b.void(b.key(), b.authorize(t, k).Reference); err != nil {
		t.Fatal(err)
	}
	b.done(t, b.lookup(t, k, payment.OperationAuthorize, ""), b.h.Hold)
	k = b.key()
	b.capture(t, b.key(), b.authorize(t, k).Reference, b.share(30))
	b.done(t, b.lookup(t, k, payment.OperationAuthorize, ""), b.h.Hold)
}

func lookupDeclined(t testing.TB, b *bench) {
	r := b.holdRequest(b.key())
	r.Token = b.h.Declined
	_, err := b.p.Authorize(b.rig.Context(), r)
	wantCode(t, "a declined card", err, fault.Refused)
	if out := b.lookup(t, r.Key, payment.OperationAuthorize, ""); out.State != payment.StateDeclined {
		t.Errorf("lookup of a declined hold: %+v", out)
	}
}

// atOnce is how many calls run at once.
const atOnce = 16

func sameKeyAtOnce(t testing.TB, b *bench) {
	key := b.key()
	references := make([]string, atOnce)
	errs := make([]error, atOnce)
	ctx := b.rig.Context()
	var calls sync.WaitGroup
	for i := range atOnce {
		calls.Go(func() {
			a, err := b.p.Authorize(ctx, b.holdRequest(key))
			references[i], errs[i] = a.Reference, err
		})
	}
	calls.Wait()
	first := b.authorize(t, key).Reference
	for i := range atOnce {
		if errs[i] != nil || references[i] != first {
			t.Fatalf("call %d of %d: %q, %v; want %q", i, atOnce, references[i], errs[i], first)
		}
	}
	b.happened(t, key, 1)
}

func manySessions(t testing.TB, b *bench) {
	references := make([]string, atOnce)
	errs := make([]error, atOnce)
	ctx := b.rig.Context()
	var calls sync.WaitGroup
	for i := range atOnce {
		calls.Go(func() {
			r := b.holdRequest(b.key())
			r.Session = rand.Text()
			a, err := b.p.Authorize(ctx, r)
			references[i], errs[i] = a.Reference, err
		})
	}
	calls.Wait()
	seen := map[string]bool{}
	for i := range atOnce {
		if errs[i] != nil || seen[references[i]] {
			t.Fatalf("session %d of %d: %q, %v", i, atOnce, references[i], errs[i])
		}
		seen[references[i]] = true
	}
}
