package paymenttest

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/payment"
)

func feedback() []clause {
	return []clause{
		{planFeedback, "unknown trip", "Look-up of a key never used is absent.", lookupAbsent},
		{planFeedback, "by idempotency key", "Look-up finds each movement by its key alone.", lookupByKey},
		{planFeedback, "by reference", "Look-up finds each movement with a reference.", lookupWithReference},
		{planFeedback, "declined", "Look-up tells a declined hold.", lookupDeclined},
		{planFeedback, "server error", "A look-up that failed says nothing; it may be asked again.", lookupFails(ServerError)},
		{planFeedback, "rate limit", "A look-up too many says nothing; it may be asked again.", lookupFails(RateLimited)},
		{planFeedback, "hold expired", "A hold that lapses is told of.", told(HoldLapses, payment.NoticeHoldExpired)},
		{planFeedback, "capture failed later", "A capture that fails later is told of, and found as declined.", told(CaptureFails, payment.NoticeCaptureFailed)},
		{planFeedback, "refund failed later", "A refund that fails later is told of, and found as declined.", told(RefundFails, payment.NoticeRefundFailed)},
		{planFeedback, "chargeback", "A chargeback is told of.", told(ChargedBack, payment.NoticeChargeback)},
		{planFeedback, "event de-duplication", "A notice said twice has the same ID.", toldTwice},
		{planFeedback, "event not taken", "A notice that the host did not take is said again.", toldAgain},
	}
}

func lookupFails(f Fault) func(testing.TB, *bench) {
	return func(t testing.TB, b *bench) {
		key := b.key()
		b.authorize(t, key)
		if !b.h.faults().Next(t, payment.OperationUnknown, f) {
			t.Skipf("the harness can't make %v of a look-up", f)
		}
		out, err := b.p.Lookup(b.rig.Context(), payment.LookupRequest{Key: key, Operation: payment.OperationAuthorize, Since: b.begun})
		if code := fault.CodeOf(err); code != fault.Unavailable && code != fault.Unknown {
			t.Fatalf("%v: %+v, %v, want unavailable", f, out, err)
		}
		authorising.found(t, b, key, "", payment.StateDone, b.h.Hold)
	}
}

// ear listens to a processor.
type ear struct {
	mu     sync.Mutex
	heard  []payment.Notice
	deaf   int // so many notices are not taken
	news   chan struct{}
	cancel context.CancelFunc
	ended  sync.WaitGroup
}

// listen listens until the case ends.
func (b *bench) listen(t testing.TB, deaf int) *ear {
	t.Helper()
	if !b.rig.Has(payment.AbilityNotify) {
		t.Skip("the processor says nothing by itself")
	}
	e := &ear{deaf: deaf, news: make(chan struct{}, 1)}
	var ctx context.Context
	ctx, e.cancel = context.WithCancel(b.rig.Context())
	e.ended.Go(func() {
		for ctx.Err() == nil {
			err := b.rig.Plugin.Notices(ctx, b.rig.Handle, b.rig.Epoch, e.take)
			if fault.CodeOf(err) == fault.Unsupported {
				return
			}
		}
	})
	t.Cleanup(func() { e.cancel(); e.ended.Wait() })
	return e
}

var errDeaf = errors.New("the journal has no room")

func (e *ear) take(_ context.Context, n payment.Notice) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.deaf > 0 {
		e.deaf--
		return errDeaf
	}
	e.heard = append(e.heard, n)
	select {
	case e.news <- struct{}{}:
	default:
	}
	return nil
}

// await waits until something that fits was heard so often.
func (e *ear) await(t testing.TB, b *bench, times int, fits func(payment.Notice) bool) (all []payment.Notice) {
	t.Helper()
	ctx := b.rig.Context()
	for {
		e.mu.Lock()
		all = nil
		for _, n := range e.heard {
			if fits(n) {
				all = append(all, n)
			}
		}
		e.mu.Unlock()
		if len(all) >= times {
			return all
		}
		select {
		case <-e.news:
		case <-ctx.Done():
			t.Fatalf("heard it %d times, not %d; heard %+v", len(all), times, e.heard)
		}
	}
}

// subject makes what an event happens to, and gives its reference, key,
// operation and what it acted on.
func (b *bench) subject(t testing.TB, e Event) (reference, key, on string, d deed) {
	t.Helper()
	key = b.key()
	switch e {
	case HoldLapses:
		return b.authorize(t, key).Reference, key, "", authorising
	case RefundFails:
		on, amount := refunding.prepare(t, b)
		return refunding.done(t, b, key, on, amount), key, on, refunding
	case CaptureFails, ChargedBack, AdjustmentsDeclined, SaidTwice:
	}
	on = b.authorize(t, b.key()).Reference
	return b.capture(t, key, on, b.share(60)).Reference, key, on, capturing
}

func told(e Event, want payment.NoticeKind) func(testing.TB, *bench) {
	return func(t testing.TB, b *bench) {
		ear := b.listen(t, 0)
		reference, key, on, d := b.subject(t, e)
		b.happen(t, e, reference)
		got := ear.await(t, b, 1, func(n payment.Notice) bool {
			return n.Kind == want && (n.Reference == reference || n.Key == key)
		})
		if got[0].ID == "" {
			t.Errorf("%+v", got[0])
		}
		if e == CaptureFails || e == RefundFails {
			d.found(t, b, key, on, payment.StateDeclined, b.h.Hold)
		}
	}
}

func toldTwice(t testing.TB, b *bench) {
	ear := b.listen(t, 0)
	reference, key, _, _ := b.subject(t, ChargedBack)
	b.happen(t, ChargedBack, reference)
	// What other cases were told of is told again meanwhile, where nobody took it.
	fits := func(n payment.Notice) bool {
		return n.Kind == payment.NoticeChargeback && (n.Reference == reference || n.Key == key)
	}
	ear.await(t, b, 1, fits)
	b.happen(t, SaidTwice, reference)
	if got := ear.await(t, b, 2, fits); got[0].ID != got[1].ID {
		t.Errorf("the same notice is %s and %s", got[0].ID, got[1].ID)
	}
}

func toldAgain(t testing.TB, b *bench) {
	ear := b.listen(t, 1)
	reference, key, _, _ := b.subject(t, ChargedBack)
	b.happen(t, ChargedBack, reference)
	ear.await(t, b, 1, func(n payment.Notice) bool {
		return n.Kind == payment.NoticeChargeback && (n.Reference == reference || n.Key == key)
	})
}
