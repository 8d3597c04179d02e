package paymenttest

import (
	"sync"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/payment"
)

func refundClauses() []clause {
	d := refunding
	return []clause{
		{planRefund, "full refund", "A refund gives back the amount asked for.", refunds},
		{planRefund, "partial refunds", "Refunds in parts add up to the capture.", refundsInParts},
		{planRefund, "over-refund", "Refunds together are at most the capture.", refundsAtMost},
		{planRefund, "duplicate request", "A refund asked for again is the same refund.", refundAgain},
		{planRefund, "duplicate with another amount", "A refund's key with another amount is refused as invalid.", d.other},
		{planRefund, "duplicates at once", "One key asked for at once is one refund.", d.atOnceSame},
		{planRefund, "many refunds at once", "Refunds at once never give back more than the capture.", refundsAtOnce},
		{planRefund, "unknown trip", "A refund of an unknown capture moves nothing.", d.nowhere},
		{planRefund, "nothing captured", "What was only held can't be refunded.", refundHeld},
		{planRefund, "other currency", "A refund in another currency moves nothing.", d.foreign},
		{planRefund, "zero refund", "A refund of nothing is refused as invalid.", d.none},
		{planRefund, "window expired", "After the declared window a refund is refused, or given.", refundLate},
		{planRefund, "after a chargeback", "What the issuer took back is not given back once more.", refundChargedBack},
		{planRefund, "ambiguous answer, refunded", "A lost answer of a refund is found by look-up.", d.lost},
		{planRefund, "ambiguous answer, asked again", "A lost answer of a refund asked for again is the first.", d.lostAgain},
		{planRefund, "ambiguous answer, not refunded", "A lost refund is absent, and possible under the same key.", d.unsent},
		{planRefund, "server error", "A failure of the processor gives nothing back; one refund comes of it in the end.", d.failed},
		{planRefund, "server error after the refund", "A refund whose answer was a failure is found.", d.failedAfter},
		{planRefund, "rate limit", "Too many requests: nothing is given back, and it may be asked again.", d.limited},
		{planRefund, "amount altered", "A refund of another amount than asked for is not passed on as right.", d.altered(Altered)},
	}
}

func refundsInParts(t testing.TB, b *bench) {
	b.needs(t, b.can(t).PartialRefund, "partial refunds")
	taken := b.capture(t, b.key(), b.authorize(t, b.key()).Reference, b.share(90)).Reference
	seen := map[string]bool{}
	for range 3 {
		key := b.key()
		r := b.refund(t, key, taken, b.share(30)).Reference
		if seen[r] {
			t.Fatalf("two refunds have the reference %s", r)
		}
		seen[r] = true
		b.happened(t, key, 1)
	}
	key := b.key()
	r := b.refundRequest(key, taken, b.h.Hold)
	r.Amount.Minor = 1
	_, err := b.p.Refund(b.rig.Context(), r)
	still(t, "a refund of one more", err)
	b.happened(t, key, 0)
}

func refundsAtOnce(t testing.TB, b *bench) {
	b.needs(t, b.can(t).PartialRefund, "partial refunds")
	taken := b.capture(t, b.key(), b.authorize(t, b.key()).Reference, b.share(90)).Reference
	keys, errs := make([]string, atOnce), make([]error, atOnce)
	var calls sync.WaitGroup
	for i := range atOnce {
		keys[i] = b.key()
		calls.Go(func() { _, errs[i] = b.p.Refund(b.rig.Context(), b.refundRequest(keys[i], taken, b.share(30))) })
	}
	calls.Wait()
	given := 0
	for i, err := range errs {
		if err == nil {
			given++
			b.happened(t, keys[i], 1)
		} else {
			b.happened(t, keys[i], 0)
		}
	}
	if given != 3 {
		t.Errorf("%d refunds of a third each were given", given)
	}
}

func refundHeld(t testing.TB, b *bench) {
	hold := b.authorize(t, b.key()).Reference
	key := b.key()
	_, err := b.p.Refund(b.rig.Context(), b.refundRequest(key, hold, b.share(30)))
	still(t, "a refund of what was only held", err)
	b.happened(t, key, 0)
}

func refundLate(t testing.TB, b *bench) {
	on, amount := refunding.prepare(t, b)
	window := b.can(t).RefundWindow
	if !b.h.faults().Pass(t, window-time.Hour) {
		t.Skip("the harness can't have the processor's clock go on")
	}
	part := amount
	if b.can(t).PartialRefund {
		part.Minor = amount.Minor / 2
		refunding.done(t, b, b.key(), on, part)
	}
	b.h.faults().Pass(t, 2*time.Hour)
	key := b.key()
	_, moved, err := refunding.ask(b, key, on, part)
	if err == nil && moved == part {
		b.happened(t, key, 1) // it may be more generous than it declares
		return
	}
	still(t, "a refund after the window", err)
	b.happened(t, key, 0)
}

func refundChargedBack(t testing.TB, b *bench) {
	on, amount := refunding.prepare(t, b)
	b.happen(t, ChargedBack, on)
	key := b.key()
	_, _, err := refunding.ask(b, key, on, amount)
	still(t, "a refund of what was charged back", err)
	b.happened(t, key, 0)
	if out := b.lookup(t, key, payment.OperationRefund, on); out.State == payment.StateDone {
		t.Errorf("lookup of it: %+v", out)
	}
}
