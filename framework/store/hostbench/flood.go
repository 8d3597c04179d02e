package hostbench

import (
	"context"
	"encoding/json"
	"io"
	"syscall"
	"time"

	"github.com/openaisle/aisle/framework/store/internal/quantile"
)

// floodMost is the share of a core that a flood may cost the host, in percent,
// and floodSlower by how much it may slow evidence down.
const (
	floodMost   = 10.0
	floodSlower = 2.0
	floodRounds = 3 // each beside a quiet one: the machine has other work
)

// load is what a host of its own tells: the processor time that it took a second
// and how long evidence was under way.
type load struct{ CPU, P50, P99 float64 }

// flood measures a host with a plugin that prints as fast as it can against one
// where that plugin is silent.
func (b *bench) flood(ctx context.Context) error {
	var cpu, slower []float64
	for range floodRounds {
		var quiet, loud load
		if err := b.tells(ctx, order{Does: "flood", Animal: "good", Seconds: b.Seconds}, &quiet); err != nil {
			return err
		}
		if err := b.tells(ctx, order{Does: "flood", Animal: "pours", Seconds: b.Seconds}, &loud); err != nil {
			return err
		}
		cpu, slower = append(cpu, max(loud.CPU-quiet.CPU, 0)*100), append(slower, loud.P99/quiet.P99)
	}
	b.emit(Row{Key: "flood", Name: "flood on standard error: host CPU", Value: quantile.Of(cpu, 0.5), Unit: "% of core", Limit: floodMost, Of: floodRounds})
	b.emit(Row{Key: "flood", Name: "flood: event p99 over normal", Value: quantile.Of(slower, 0.5), Unit: "times", Limit: floodSlower, Of: floodRounds})
	return nil
}

// floodChild is a host with a plugin that reports 1,000 times a second and
// another that is to be measured.
func floodChild(ctx context.Context, o order, w io.Writer) error {
	r, err := newRig(o.programs(), o.Dir, options{}, member{name: "steady", animal: "good", args: []string{"1ms"}, devices: 1},
		member{name: "other", animal: o.Animal, args: []string{"100ms"}, devices: 1})
	if err != nil {
		return err
	}
	r.start()
	defer func() { _ = r.stop() }()
	if err := r.ready(ctx, 2); err != nil {
		return err
	}
	pause(ctx, time.Second) // past the burst that is let through
	r.mu.Lock()
	r.timing = true
	r.mu.Unlock()
	before, at := processorTime(), time.Now()
	pause(ctx, time.Duration(o.Seconds)*time.Second)
	cpu := (processorTime() - before).Seconds() / time.Since(at).Seconds()
	r.mu.Lock()
	defer r.mu.Unlock()
	return json.NewEncoder(w).Encode(load{CPU: cpu, P50: quantile.Of(r.delays, 0.5), P99: quantile.Of(r.delays, 0.99)})
}

// processorTime is what this process has taken.
func processorTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // it can't fail
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
