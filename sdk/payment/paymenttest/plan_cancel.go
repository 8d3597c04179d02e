package paymenttest

import (
	"sync"
	"testing"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/payment"
)

func cancellations() []clause {
	d := cancelling
	return []clause{
		{planCancel, "empty cart", "A void releases the hold: nothing can be captured of it.", voids},
		{planCancel, "cancelled twice", "Voiding twice is no error, under the same key and another.", voidTwice},
		{planCancel, "duplicates at once", "One key asked for at once is one release.", d.atOnceSame},
		{planCancel, "after capture", "A captured hold can't be voided.", voidCaptured},
		{planCancel, "unknown trip", "A void of an unknown hold moves nothing.", d.nowhere},
		{planCancel, "expired hold", "A void of a hold that lapsed releases nothing and takes nothing.", voidLapsed},
		{planCancel, "cancel against capture", "Of a void and a capture at once at most one happens.", voidRace},
		{planCancel, "hold found after cancel", "Look-up finds a hold that was voided or captured since.", lookupGone},
		{planCancel, "duplicate of another trip", "A void's key with another hold is refused as invalid.", voidOther},
		{planCancel, "ambiguous answer, released", "A lost answer of a void is found by the hold.", d.lost},
		{planCancel, "ambiguous answer, asked again", "A void asked for again after a lost answer is no error.", d.lostAgain},
		{planCancel, "ambiguous answer, not released", "A lost void is absent, and possible under the same key.", d.unsent},
		{planCancel, "server error", "A failure of the processor releases nothing; one release comes of it in the end.", d.failed},
		{planCancel, "server error after the release", "A void whose answer was a failure is found.", d.failedAfter},
		{planCancel, "rate limit", "Too many requests: nothing is released, and it may be asked again.", d.limited},
	}
}

func voidLapsed(t testing.TB, b *bench) {
	hold := b.authorize(t, b.key()).Reference
	b.happen(t, HoldLapses, hold)
	if err := b.void(b.key(), hold); err != nil {
		still(t, "a void of a hold that lapsed", err)
	}
	late := b.key()
	_, err := b.p.Capture(b.rig.Context(), b.captureRequest(late, hold, b.share(40)))
	still(t, "a capture after it", err)
	b.happened(t, late, 0)
}

func voidRace(t testing.TB, b *bench) {
	for range 4 {
		hold := b.authorize(t, b.key()).Reference
		void, take := b.key(), b.key()
		var released, taken error
		var calls sync.WaitGroup
		calls.Go(func() { released = b.void(void, hold) })
		calls.Go(func() { _, taken = b.p.Capture(b.rig.Context(), b.captureRequest(take, hold, b.share(40))) })
		calls.Wait()
		if released == nil && taken == nil {
			t.Fatal("the hold was released and captured")
		}
		if b.h.Happened != nil && b.h.Happened(t, void)+b.h.Happened(t, take) != 1 {
			t.Fatalf("void %v, capture %v: not one of them happened", released, taken)
		}
	}
}

func voidOther(t testing.TB, b *bench) {
	first, second := b.authorize(t, b.key()).Reference, b.authorize(t, b.key()).Reference
	key := b.key()
	if err := b.void(key, first); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "a void of another hold under the same key", b.void(key, second), fault.Invalid)
	if out := b.lookup(t, b.key(), payment.OperationVoid, second); out.State != payment.StateAbsent {
		t.Errorf("the other hold: %+v", out)
	}
	b.capture(t, b.key(), second, b.share(40))
}
