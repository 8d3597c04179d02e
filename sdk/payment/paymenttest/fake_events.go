package paymenttest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/payment"
)

// Knobs are the fake's Faults.
type Knobs struct{ Fake *Fake }

// Next implements Faults.
func (k Knobs) Next(_ testing.TB, o payment.Operation, f Fault) bool {
	k.Fake.Lose(o, lossOf[f])
	return true
}

// Happen implements Faults.
func (k Knobs) Happen(_ testing.TB, e Event, reference string) bool {
	return k.Fake.Happen(e, reference)
}

// Pass implements Faults.
func (k Knobs) Pass(_ testing.TB, d time.Duration) bool {
	k.Fake.Pass(d)
	return true
}

// Pass has the processor's clock go on.
func (f *Fake) Pass(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.passed += d
}

// Happen has something happen to a hold, capture or refund by itself, and says
// so to whoever listens. It is false for what is not there.
func (f *Fake) Happen(e Event, reference string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	h, c := f.holds[reference], f.takes[reference]
	switch {
	case e == HoldLapses && h != nil:
		h.expires = f.now()
		f.say(payment.NoticeHoldExpired, reference, h.key)
	case e == AdjustmentsDeclined && h != nil:
		h.fixed = true
	case e == CaptureFails && c != nil:
		f.failed[reference] = "the acquirer took it back"
		f.say(payment.NoticeCaptureFailed, reference, c.key)
	case e == ChargedBack && c != nil:
		c.charged = true
		f.say(payment.NoticeChargeback, reference, c.key)
	case e == RefundFails:
		f.failed[reference] = "the card's account is closed"
		f.say(payment.NoticeRefundFailed, reference, "")
	case e == SaidTwice:
		n, ok := f.said[reference]
		if !ok {
			return false
		}
		if f.broken.freshNotices {
			n.ID += "-again"
		}
		f.tell(n)
	default:
		return false
	}
	return true
}

// say makes a notice. The lock is held.
func (f *Fake) say(k payment.NoticeKind, reference, key string) {
	f.next++
	f.tell(payment.Notice{ID: fmt.Sprintf("evt-%d", f.next), Kind: k, Reference: reference, Key: key, At: f.now()})
}

func (f *Fake) tell(n payment.Notice) {
	f.said[n.Reference] = n
	if f.broken.silent {
		return
	}
	f.notices = append(f.notices, n)
	select {
	case f.news <- struct{}{}:
	default:
	}
}

// Notices implements payment.Notifier: what is not taken is said again.
func (f *Fake) Notices(ctx context.Context, report func(context.Context, payment.Notice) error) error {
	for {
		f.mu.Lock()
		var n payment.Notice
		some := len(f.notices) > 0
		if some {
			n = f.notices[0]
			if f.broken.forgetsNotices {
				f.notices = f.notices[1:]
			}
		}
		f.mu.Unlock()
		if !some {
			select {
			case <-f.news:
				continue
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if err := report(ctx, n); err != nil {
			return err
		}
		f.mu.Lock()
		if !f.broken.forgetsNotices {
			f.notices = f.notices[1:]
		}
		f.mu.Unlock()
	}
}
