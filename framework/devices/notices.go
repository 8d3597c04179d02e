package devices

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/payment"
)

// A processor's notices go into the journal for ever, so that one that says too
// much is held back: the stream is read no faster. A shop of 200 sessions a
// minute has some ten a second.
const (
	// NoticeEvery is the least time between two notices of a device, on average.
	NoticeEvery = 20 * time.Millisecond
	// NoticeBurst is how many may come at once after a pause.
	NoticeBurst = 250
)

// listen hands on what a processor says by itself, until ctx ends.
func (v *device) listen(ctx context.Context, p *host.Plugin, epoch uint64) {
	all := v.plugin.all
	pace := pace{every: NoticeEvery, burst: NoticeBurst}
	for n := 1; ; n++ {
		if !pause(ctx, all.limits.delay(n, rand.Float64())) {
			return
		}
		began := time.Now()
		err := p.Notices(ctx, v.handle, epoch, func(ctx context.Context, n payment.Notice) error {
			if !pause(ctx, pace.take(time.Now())) {
				return ctx.Err()
			}
			return all.sink.Notice(ctx, noticeOf(v.def.Address, n))
		})
		if ctx.Err() != nil {
			return
		}
		v.tellPanic("notices", err)
		all.log.Warn("the processor's notices broke off", "device", v.def.Address, "plugin", v.plugin.name, "err", bound(err.Error()))
		if time.Since(began) >= all.limits.QuietFor {
			n = 0
		}
	}
}

// listening runs listen beside the opening of a device that says something by
// itself. The caller calls stop, which waits.
func (v *device) listening(ctx context.Context, epoch uint64) (stop func()) {
	v.mu.Lock()
	p, can := v.host, slices.Contains(v.view.Abilities, payment.AbilityNotify)
	v.mu.Unlock()
	if p == nil || !can || v.def.Class.Contract() != "payment" {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { v.listen(ctx, p, epoch) })
	return func() {
		cancel()
		wg.Wait()
	}
}

func noticeOf(device string, n payment.Notice) event.Notice {
	out := event.Notice{Device: device, ID: n.ID, Reference: n.Reference, Key: n.Key, Kind: event.NoticeKind(n.Kind.String()), Message: n.Message}
	if n.Amount != (money.Amount{}) {
		amount := n.Amount
		out.Amount = &amount
	}
	if !n.At.IsZero() {
		at := n.At.UTC()
		out.At = &at
	}
	return out
}

// pace lets so many pass in a time.
type pace struct {
	every time.Duration
	burst int

	mu   sync.Mutex
	next time.Time
}

// take gives how long the next has to wait.
func (p *pace) take(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if earliest := now.Add(-time.Duration(p.burst) * p.every); p.next.Before(earliest) {
		p.next = earliest
	}
	p.next = p.next.Add(p.every)
	return max(p.next.Sub(now), 0)
}
