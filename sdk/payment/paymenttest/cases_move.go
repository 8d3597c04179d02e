package paymenttest

import (
	"testing"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/payment"
)

func holds(t testing.TB, b *bench) {
	key := b.key()
	a := b.authorize(t, key)
	if a.Amount != b.h.Hold {
		t.Errorf("a hold of %v is of %v", b.h.Hold, a.Amount)
	}
	if !a.Expires.IsZero() && a.Expires.Before(b.begun) {
		t.Errorf("the hold lapsed at %v, before it was made", a.Expires)
	}
	b.happened(t, key, 1)
}

func declined(t testing.TB, b *bench) {
	r := b.holdRequest(b.key())
	r.Token = b.h.Declined
	for range 2 {
		_, err := b.p.Authorize(b.rig.Context(), r)
		wantCode(t, "a declined card", err, fault.Refused)
	}
	b.happened(t, r.Key, 0)
}

func nothing(t testing.TB, b *bench) {
	for _, minor := range []int64{0, -1} {
		r := b.holdRequest(b.key())
		r.Amount.Minor = minor
		_, err := b.p.Authorize(b.rig.Context(), r)
		wantCode(t, "a hold of nothing", err, fault.Invalid)
		b.happened(t, r.Key, 0)
	}
}

func holdAgain(t testing.TB, b *bench) {
	key := b.key()
	first := b.authorize(t, key)
	for range 3 {
		if again := b.authorize(t, key); again.Reference != first.Reference || again.Amount != first.Amount {
			t.Fatalf("hold %s of %v, asked for again, is %s of %v", first.Reference, first.Amount, again.Reference, again.Amount)
		}
	}
	b.happened(t, key, 1)
}

func otherRequest(t testing.TB, b *bench) {
	r := b.holdRequest(b.key())
	first := b.authorize(t, r.Key)
	r.Amount = b.share(50)
	_, err := b.p.Authorize(b.rig.Context(), r)
	wantCode(t, "a hold of another amount under the same key", err, fault.Invalid)
	if again := b.authorize(t, r.Key); again.Reference != first.Reference {
		t.Fatalf("the key's hold %s became %s", first.Reference, again.Reference)
	}
	b.happened(t, r.Key, 1)
}

func currencies(t testing.TB, b *bench) {
	for _, c := range b.h.Currencies {
		r := b.holdRequest(b.key())
		r.Amount = money.New(12_340, c)
		a, err := b.p.Authorize(b.rig.Context(), r)
		if err != nil {
			t.Fatalf("hold %v: %v", r.Amount, err)
		}
		if a.Amount != r.Amount {
			t.Errorf("a hold of %v is of %v", r.Amount, a.Amount)
		}
	}
}

func captures(t testing.TB, b *bench) {
	key := b.key()
	b.capture(t, key, b.authorize(t, b.key()).Reference, b.h.Hold)
	b.happened(t, key, 1)
}

func capturesLess(t testing.TB, b *bench) {
	b.capture(t, b.key(), b.authorize(t, b.key()).Reference, b.share(37))
}

func overCapture(t testing.TB, b *bench) {
	hold := b.authorize(t, b.key()).Reference
	r := b.captureRequest(b.key(), hold, b.above(t))
	r.Amount.Minor++
	_, err := b.p.Capture(b.rig.Context(), r)
	still(t, "a capture of more than was held", err)
	b.happened(t, r.Key, 0)
	b.capture(t, b.key(), hold, b.share(40))
}

func captureAgain(t testing.TB, b *bench) {
	hold, key := b.authorize(t, b.key()).Reference, b.key()
	first := b.capture(t, key, hold, b.share(40))
	if again := b.capture(t, key, hold, b.share(40)); again.Reference != first.Reference {
		t.Fatalf("capture %s, asked for again, is %s", first.Reference, again.Reference)
	}
	_, err := b.p.Capture(b.rig.Context(), b.captureRequest(key, hold, b.share(50)))
	wantCode(t, "a capture of another amount under the same key", err, fault.Invalid)
	b.happened(t, key, 1)
}

func captureTwice(t testing.TB, b *bench) {
	b.needs(t, !b.can(t).MultipleCapture, "single capture")
	hold, second := b.authorize(t, b.key()).Reference, b.key()
	b.capture(t, b.key(), hold, b.share(40))
	_, err := b.p.Capture(b.rig.Context(), b.captureRequest(second, hold, b.share(40)))
	still(t, "a second capture of one hold", err)
	b.happened(t, second, 0)
}

func captureNowhere(t testing.TB, b *bench) {
	key := b.key()
	_, err := b.p.Capture(b.rig.Context(), b.captureRequest(key, "no-such-hold", b.share(40)))
	still(t, "a capture of an unknown hold", err)
	b.happened(t, key, 0)
}

func voids(t testing.TB, b *bench) {
	hold, key := b.authorize(t, b.key()).Reference, b.key()
	if err := b.void(key, hold); err != nil {
		t.Fatalf("void: %v", err)
	}
	b.happened(t, key, 1)
	late := b.key()
	_, err := b.p.Capture(b.rig.Context(), b.captureRequest(late, hold, b.share(40)))
	still(t, "a capture of a hold that was voided", err)
	b.happened(t, late, 0)
}

func voidTwice(t testing.TB, b *bench) {
	hold, key := b.authorize(t, b.key()).Reference, b.key()
	for _, k := range []string{key, key, b.key()} {
		if err := b.void(k, hold); err != nil {
			t.Fatalf("void: %v", err)
		}
	}
}

func voidCaptured(t testing.TB, b *bench) {
	hold := b.authorize(t, b.key()).Reference
	b.capture(t, b.key(), hold, b.share(40))
	key := b.key()
	still(t, "a void of a captured hold", b.void(key, hold))
	b.happened(t, key, 0)
}

func refunds(t testing.TB, b *bench) {
	taken := b.capture(t, b.key(), b.authorize(t, b.key()).Reference, b.share(80))
	key := b.key()
	b.refund(t, key, taken.Reference, b.share(80))
	b.happened(t, key, 1)
}

func refundsAtMost(t testing.TB, b *bench) {
	taken := b.capture(t, b.key(), b.authorize(t, b.key()).Reference, b.share(80))
	b.refund(t, b.key(), taken.Reference, b.share(50))
	key := b.key()
	_, err := b.p.Refund(b.rig.Context(), b.refundRequest(key, taken.Reference, b.share(50)))
	still(t, "a refund of more than is left", err)
	b.happened(t, key, 0)
	b.refund(t, b.key(), taken.Reference, b.share(30))
}

func refundAgain(t testing.TB, b *bench) {
	taken := b.capture(t, b.key(), b.authorize(t, b.key()).Reference, b.share(80))
	key := b.key()
	first := b.refund(t, key, taken.Reference, b.share(20))
	if again := b.refund(t, key, taken.Reference, b.share(20)); again.Reference != first.Reference {
		t.Fatalf("refund %s, asked for again, is %s", first.Reference, again.Reference)
	}
	b.happened(t, key, 1)
}

func outlive(t testing.TB, b *bench) {
	key := b.key()
	first := b.authorize(t, key)
	b.rig.Reopen()
	b.p = b.rig.Plugin.Payment(b.rig.Handle, b.rig.Epoch)
	if again := b.authorize(t, key); again.Reference != first.Reference {
		t.Fatalf("hold %s is %s after the processor was opened again", first.Reference, again.Reference)
	}
	b.done(t, b.lookup(t, key, payment.OperationAuthorize, ""), b.h.Hold)
	b.happened(t, key, 1)
}
