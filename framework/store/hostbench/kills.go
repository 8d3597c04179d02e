package hostbench

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"github.com/openaisle/aisle/framework/supervisor"
)

// The limits of the figures, in their rows' units.
const (
	killMedian = 100.0
	killWorst  = 500.0
	freezeMost = 4000.0
)

const victim = "weight_shelf.victim_0"

// everyday are the members of a rig that is disturbed: one is, the others are
// not to notice.
func everyday() []member {
	all := []member{{name: "victim", animal: "good", devices: 1}}
	for n := range 3 {
		all = append(all, member{name: fmt.Sprintf("other%d", n), animal: "good", devices: 2})
	}
	return all
}

// kill measures from SIGKILL to READY. The circuit would open at the fifth:
// here it is measured how fast a restart is, not how many there may be.
func (b *bench) kill(ctx context.Context) error {
	limits := &supervisor.Limits{CrashLimit: 1 << 30, CrashWindow: time.Nanosecond}
	if err := b.disturb(ctx, "kill", syscall.SIGKILL, b.Kills, limits); err != nil {
		return err
	}
	n := len(b.kept.Series["kill"])
	b.emit(Row{Key: "kill", Name: "killed to READY, p50", Value: b.kept.quantile("kill", 0.5), Unit: "ms", Limit: killMedian, Of: n})
	b.emit(Row{Key: "kill", Name: "killed to READY, p99", Value: b.kept.quantile("kill", 0.99), Unit: "ms", Limit: killWorst, Of: n})
	b.emit(Row{Key: "kill", Name: "killed: errors and gaps of others", Value: b.kept.Sums["kill others"], Unit: "errors", Of: n})
	return nil
}

// freeze measures from SIGSTOP to the replacement's READY, with the host's own
// deadlines.
func (b *bench) freeze(ctx context.Context) error {
	limits := &supervisor.Limits{CrashLimit: 1 << 30, CrashWindow: time.Nanosecond}
	if err := b.disturb(ctx, "freeze", syscall.SIGSTOP, b.Freezes, limits); err != nil {
		return err
	}
	b.emit(Row{Key: "freeze", Name: "stopped (SIGSTOP) to replaced, worst", Value: b.kept.quantile("freeze", 1), Unit: "ms", Limit: freezeMost, Of: len(b.kept.Series["freeze"])})
	b.emit(Row{Key: "freeze", Name: "stopped: errors and gaps of others", Value: b.kept.Sums["freeze others"], Unit: "errors", Of: len(b.kept.Series["freeze"])})
	return nil
}

// disturb sends a plugin a signal again and again.
func (b *bench) disturb(ctx context.Context, loop string, sig syscall.Signal, turns int, limits *supervisor.Limits) (err error) {
	if err := b.kept.part(loop, b.From, turns); err != nil {
		return err
	}
	r, err := b.rig(options{limits: limits}, everyday()...)
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
	for range turns {
		pid := r.pid("victim")
		at := time.Now()
		if err := syscall.Kill(pid, sig); err != nil {
			return fmt.Errorf("process %d: %w", pid, err)
		}
		took, err := r.readyAfter(ctx, victim, at)
		if err != nil {
			return err
		}
		b.kept.add(loop, float64(took)/1e6)
		// A plugin is killed while it works, not while it starts.
		r.mu.Lock()
		seen := r.reports[victim]
		r.mu.Unlock()
		if err := r.await(ctx, "reports", func() bool { return r.reports[victim] > seen }); err != nil {
			return err
		}
	}
	troubles, gaps := r.others(victim)
	b.kept.count(loop+" others", float64(troubles)+float64(gaps))
	return nil
}
