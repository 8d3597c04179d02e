package hostbench

import (
	"context"
	"fmt"
	"time"

	"github.com/openaisle/aisle/framework/supervisor/zoo"
)

// The limits of an upgrade, in milliseconds.
const (
	swapMost = 1000.0
	backMost = 5000.0
)

// swap measures how long devices are out while their plugin is replaced, and how
// long it takes until a version that does not serve is rolled back.
func (b *bench) swap(ctx context.Context) (err error) {
	r, err := b.rig(options{}, everyday()...)
	if err != nil {
		return err
	}
	r.start()
	defer func() {
		if e := r.stop(); err == nil {
			err = e
		}
	}()
	if err := r.ready(ctx, 7); err != nil {
		return err
	}
	out, back := 0.0, 0.0
	const turns = 5
	for range turns {
		// Out is how long no report comes.
		lull := r.longest(victim)
		if err := r.devices.Upgrade(ctx, "victim", b.programs.Spec(zoo.Animal{Name: "good"}, "victim", "bench"), nil); err != nil {
			return err
		}
		pause(ctx, 200*time.Millisecond)
		out = max(out, float64(lull())/1e6)
	}
	failures := []string{"exit at start", "rubbish first", "panic in open", "other contract"}
	for _, a := range failures {
		at := time.Now()
		if err := r.devices.Upgrade(ctx, "victim", b.programs.Spec(zoo.Animal{Name: a}, "victim", "bench"), nil); err == nil {
			return fmt.Errorf("a version that does %s was taken", a)
		}
		if err := r.ready(ctx, 7); err != nil {
			return err
		}
		back = max(back, float64(time.Since(at))/1e6)
	}
	troubles, gaps := r.others(victim)
	b.emit(Row{Key: "swap", Name: "swap: its devices out, worst", Value: out, Unit: "ms", Limit: swapMost, Of: turns})
	b.emit(Row{Key: "swap", Name: "rollback, worst", Value: back, Unit: "ms", Limit: backMost, Of: len(failures)})
	b.emit(Row{Key: "swap", Name: "swap: errors and gaps of others", Value: float64(troubles) + float64(gaps), Unit: "errors", Of: turns + len(failures)})
	return nil
}

// longest watches a device's reports from now on, and gives the longest time
// without one when it is asked.
func (r *rig) longest(address string) func() time.Duration {
	stop, answer := make(chan struct{}), make(chan time.Duration)
	go func() {
		last, worst := time.Now(), time.Duration(0)
		var seen uint64
		for {
			r.mu.Lock()
			n, changed := r.reports[address], r.changed
			r.mu.Unlock()
			if n != seen {
				worst, seen, last = max(worst, time.Since(last)), n, time.Now()
			}
			select {
			case <-changed:
			case <-stop:
				answer <- worst
				return
			}
		}
	}()
	return func() time.Duration { close(stop); return <-answer }
}
