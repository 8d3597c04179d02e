package paymenttest

import (
	"testing"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/payment"
)

func adjustments() []clause {
	d := increasing
	return []clause{
		{planAdjust, "declared", "What the driver declares and what the processor can do are the same.", declares},
		{planAdjust, "approved", "A raised hold is of the new total, and can be captured in full.", raises},
		{planAdjust, "adjusted twice", "A hold raised twice is of the last total.", raisesTwice},
		{planAdjust, "captured below", "Less than a raised hold can be captured.", raisedCapturedBelow},
		{planAdjust, "declined adjustment", "After a declined increase the hold stands as it was.", raiseDeclined},
		{planAdjust, "to a lower amount", "A hold is not raised to less than it is.", raiseBelow},
		{planAdjust, "duplicate request", "An increase asked for again is the same increase.", d.again},
		{planAdjust, "duplicate with another amount", "An increase's key with another amount is refused as invalid.", d.other},
		{planAdjust, "unknown trip", "An increase of an unknown hold moves nothing.", d.nowhere},
		{planAdjust, "other currency", "An increase in another currency moves nothing.", d.foreign},
		{planAdjust, "zero adjustment", "An increase to nothing is refused as invalid.", d.none},
		{planAdjust, "after capture", "A hold that was captured can't be raised.", raiseCaptured},
		{planAdjust, "after cancel", "A hold that was released can't be raised.", raiseCancelled},
		{planAdjust, "expired hold", "A hold that lapsed can't be raised.", raiseLapsed},
		{planAdjust, "ambiguous answer, adjusted", "A lost answer of an increase is found by look-up.", d.lost},
		{planAdjust, "ambiguous answer, asked again", "A lost answer of an increase asked for again is the first.", d.lostAgain},
		{planAdjust, "ambiguous answer, not adjusted", "A lost increase is absent, and possible under the same key.", d.unsent},
		{planAdjust, "server error", "A failure of the processor raises nothing, and one increase comes of it.", d.failed},
		{planAdjust, "rate limit", "Too many requests: nothing is raised, and it may be asked again.", d.limited},
		{planAdjust, "amount altered", "An increase to another total than asked for is not passed on as right.", d.altered(Altered)},
	}
}

func declares(t testing.TB, b *bench) {
	can := b.can(t)
	if can.Increment && !b.rig.Has(payment.AbilityIncrease) {
		t.Errorf("the driver declares increments and the processor, with abilities %v, is no payment.Increaser", b.rig.Opened.Abilities)
	}
	if !can.LookupByKey && !can.LookupByReference {
		t.Error("the driver declares no look-up: no store can use it")
	}
	key := b.key()
	b.authorize(t, key)
	if can.LookupByKey {
		authorising.found(t, b, key, "", payment.StateDone, b.h.Hold)
	}
}

// raised makes a hold and raises it.
func (b *bench) raised(t testing.TB, percent int64) (hold string) {
	t.Helper()
	on, _ := increasing.prepare(t, b)
	return increasing.done(t, b, b.key(), on, b.share(percent))
}

func raises(t testing.TB, b *bench) {
	b.capture(t, b.key(), b.raised(t, 150), b.share(150))
}

func raisesTwice(t testing.TB, b *bench) {
	hold := b.raised(t, 120)
	hold = increasing.done(t, b, b.key(), hold, b.share(160))
	b.capture(t, b.key(), hold, b.share(160))
}

func raisedCapturedBelow(t testing.TB, b *bench) {
	b.capture(t, b.key(), b.raised(t, 150), b.share(70))
}

// refusedRaise wants an increase refused and the hold as it was.
func refusedRaise(t testing.TB, b *bench, hold string, percent int64) {
	t.Helper()
	key := b.key()
	_, _, err := increasing.ask(b, key, hold, b.share(percent))
	still(t, "an increase", err)
	b.happened(t, key, 0)
}

func raiseDeclined(t testing.TB, b *bench) {
	hold, _ := increasing.prepare(t, b)
	b.happen(t, AdjustmentsDeclined, hold)
	key := b.key()
	_, _, err := increasing.ask(b, key, hold, b.share(150))
	wantCode(t, "a declined increase", err, fault.Refused)
	b.happened(t, key, 0)
	if out := b.lookup(t, key, payment.OperationIncrease, hold); out.State != payment.StateDeclined && out.State != payment.StateAbsent {
		t.Errorf("lookup of a declined increase: %+v", out)
	}
	b.capture(t, b.key(), hold, b.h.Hold) // it stands
}

func raiseBelow(t testing.TB, b *bench) {
	hold, _ := increasing.prepare(t, b)
	refusedRaise(t, b, hold, 50)
	b.capture(t, b.key(), hold, b.h.Hold)
}

func raiseCaptured(t testing.TB, b *bench) {
	hold, _ := increasing.prepare(t, b)
	b.capture(t, b.key(), hold, b.share(40))
	refusedRaise(t, b, hold, 150)
}

func raiseCancelled(t testing.TB, b *bench) {
	hold, _ := increasing.prepare(t, b)
	if err := b.void(b.key(), hold); err != nil {
		t.Fatal(err)
	}
	refusedRaise(t, b, hold, 150)
}

func raiseLapsed(t testing.TB, b *bench) {
	hold, _ := increasing.prepare(t, b)
	b.happen(t, HoldLapses, hold)
	refusedRaise(t, b, hold, 150)
}
