package paymenttest

import (
	"sync"
	"testing"

	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/payment"
)

func captureClauses() []clause {
	d := capturing
	return []clause{
		{planCapture, "full settlement", "A capture takes the amount asked for.", captures},
		{planCapture, "partial settlement", "A capture of less than the hold is possible.", capturesLess},
		{planCapture, "least settlement", "A capture of one minor unit is possible.", capturesOne},
		{planCapture, "zero settlement", "A capture of nothing is refused as invalid.", d.none},
		{planCapture, "over the hold", "A capture above what the driver declares moves nothing, and the hold stands.", overCapture},
		{planCapture, "over the hold as declared", "As much above the hold as declared can be captured.", overCaptureDeclared},
		{planCapture, "duplicate request", "A capture asked for again is the same capture.", captureAgain},
		{planCapture, "duplicate with another amount", "A capture's key with another amount is refused as invalid.", d.other},
		{planCapture, "duplicates at once", "One key asked for at once is one capture.", d.atOnceSame},
		{planCapture, "second capture", "A hold is captured once, unless the driver declares several.", captureTwice},
		{planCapture, "two captures at once", "Of two captures of one hold at most one happens.", capturesAtOnce},
		{planCapture, "unknown trip", "A capture of an unknown hold moves nothing.", captureNowhere},
		{planCapture, "other currency", "A capture in another currency moves nothing.", d.foreign},
		{planCapture, "expired hold", "A capture of a hold that lapsed moves nothing.", captureLapsed},
		{planCapture, "bad debt", "A decline after the visit is definite: what is charged on the token then is refused, and nothing moved.", badDebt},
		{planCapture, "ambiguous answer, captured", "A lost answer of a capture is found by look-up.", d.lost},
		{planCapture, "ambiguous answer, asked again", "A lost answer of a capture asked for again is the first.", d.lostAgain},
		{planCapture, "ambiguous answer, not captured", "A lost capture is absent, and possible under the same key.", d.unsent},
		{planCapture, "server error", "A failure of the processor takes nothing; one capture comes of it in the end.", d.failed},
		{planCapture, "server error after the capture", "A capture whose answer was a failure is found.", d.failedAfter},
		{planCapture, "rate limit", "Too many requests: nothing is taken, and it may be asked again.", d.limited},
		{planCapture, "amount altered", "A capture of another amount than asked for is not passed on as right.", d.altered(Altered)},
		{planCapture, "in another currency", "A capture told in another currency is not passed on as right.", d.altered(OtherCurrency)},
	}
}

func capturesOne(t testing.TB, b *bench) {
	key, least := b.key(), money.New(1, b.h.Hold.Currency)
	if b.h.Least != (money.Amount{}) {
		least = b.h.Least
	}
	b.capture(t, key, b.authorize(t, b.key()).Reference, least)
	b.happened(t, key, 1)
}

// above is the most that may be captured of the suite's hold.
func (b *bench) above(t testing.TB) money.Amount {
	over := b.h.Hold.Minor * int64(b.can(t).OverCapture) / int64(measure.Certain)
	return money.New(b.h.Hold.Minor+over, b.h.Hold.Currency)
}

func overCaptureDeclared(t testing.TB, b *bench) {
	b.needs(t, b.can(t).OverCapture > 0, "over-capture")
	key := b.key()
	b.capture(t, key, b.authorize(t, b.key()).Reference, b.above(t))
	b.happened(t, key, 1)
}

func capturesAtOnce(t testing.TB, b *bench) {
	b.needs(t, !b.can(t).MultipleCapture, "single capture")
	hold := b.authorize(t, b.key()).Reference
	keys, errs := make([]string, atOnce), make([]error, atOnce)
	var calls sync.WaitGroup
	for i := range atOnce {
		keys[i] = b.key()
		calls.Go(func() {
			r := b.captureRequest(keys[i], hold, b.share(40))
			_, errs[i] = b.p.Capture(b.rig.Context(), r)
		})
	}
	calls.Wait()
	won := 0
	for i, err := range errs {
		if err == nil {
			won++
			b.happened(t, keys[i], 1)
		} else {
			b.happened(t, keys[i], 0)
		}
	}
	if won != 1 {
		t.Errorf("%d of %d captures of one hold happened", won, atOnce)
	}
}

func captureLapsed(t testing.TB, b *bench) {
	hold := b.authorize(t, b.key()).Reference
	b.happen(t, HoldLapses, hold)
	key := b.key()
	_, err := b.p.Capture(b.rig.Context(), b.captureRequest(key, hold, b.share(40)))
	still(t, "a capture of a hold that lapsed", err)
	b.happened(t, key, 0)
}

func badDebt(t testing.TB, b *bench) {
	b.capture(t, b.key(), b.authorize(t, b.key()).Reference, b.h.Hold)
	r := b.holdRequest(b.key())
	r.Token, r.Amount = b.h.Declined, b.share(20)
	_, err := b.p.Authorize(b.rig.Context(), r)
	still(t, "the rest, on a card that is declined", err)
	b.happened(t, r.Key, 0)
	if out := b.lookup(t, r.Key, payment.OperationAuthorize, ""); out.State != payment.StateDeclined && out.State != payment.StateAbsent {
		t.Errorf("lookup of what was declined: %+v", out)
	}
}
