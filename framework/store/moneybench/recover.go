package moneybench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/openaisle/aisle/framework/engine"
	"github.com/openaisle/aisle/framework/store/internal/quantile"
)

const (
	// recoverMost is how long a store may take from the opening of its data folder
	// until it decides again, in ms.
	recoverMost = 2_000.0
	// recordsOfVisit is about how many records a visit has.
	recordsOfVisit = 17
)

// recover measures how long a store is away that was killed with many visits
// open: from the opening of its journal until the engine steps. It is killed at
// drawn points between two snapshots.
func (b *bench) recover(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp(b.Dir, "aisle-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	r, err := newRig(dir, b.AtOnce)
	if err != nil {
		return err
	}
	if err := b.fill(ctx, r); err != nil {
		return errors.Join(err, r.kill())
	}
	dice := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same kill points every time
	var took, cpu []float64
	for n := range b.Kills {
		if err := r.visits(ctx, dice.IntN(engine.SnapshotEvery/recordsOfVisit), b.Open); err != nil {
			return errors.Join(err, r.kill())
		}
		if err := r.kill(); err != nil {
			return err
		}
		runtime.GC() // what the killed host had is not to be cleared away on the new one's account
		used := processorTime()
		away, err := r.begin(dir)
		if err != nil {
			return err
		}
		used = processorTime() - used
		took = append(took, float64(away)/float64(time.Millisecond))
		cpu = append(cpu, float64(used)/float64(time.Millisecond))
		if err := r.reopen(ctx); err != nil {
			return errors.Join(err, r.kill())
		}
		b.tell("recovery %d of %d: %d ms, %d ms of processors", n+1, b.Kills, away.Milliseconds(), used.Milliseconds())
	}
	open := r.engine.Status().Open
	if err := r.kill(); err != nil {
		return err
	}
	info, err := os.Stat(filepath.Join(dir, "journal.db"))
	if err != nil {
		return err
	}
	b.emit(Row{Key: "recover", Name: "recovery with visits open, p99", Value: quantile.Of(took, 0.99), Unit: "ms", Limit: recoverMost, Of: len(took),
		Note: fmt.Sprintf("p50 %.0f ms, %d visits open, a journal of %.2f GiB", quantile.Median(took), open, float64(info.Size())/(1<<30))})
	b.emit(Row{Key: "recover", Name: "processor time of a recovery, p99", Value: quantile.Of(cpu, 0.99), Unit: "ms", Printed: true, Of: len(cpu),
		Note: fmt.Sprintf("p50 %.0f ms, user and system", quantile.Median(cpu))})
	return nil
}

// fill has visits come and go until the journal is as large as it is to be, and
// then lets in those who stay.
func (b *bench) fill(ctx context.Context, r *rig) error {
	if err := r.open(ctx); err != nil {
		return err
	}
	for r.groups.total < b.Bytes {
		if err := r.visits(ctx, 2_000, 0); err != nil {
			return err
		}
		b.tell("%d of %d MiB written", r.groups.total>>20, b.Bytes>>20)
	}
	return r.crowd(ctx, b.Open)
}
