package moneybench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/openaisle/aisle/framework/journal/journalbench"
	"github.com/openaisle/aisle/framework/store/internal/quantile"
)

// settledLeast is how many visits a second are settled on two cores.
const settledLeast = 2_000.0

// settle measures whole visits: tap, hold, entry, picks, exit, capture, receipt.
// Every round is held against the same bytes in the same groups, written and
// synced bare.
func (b *bench) settle(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp(b.Dir, "aisle-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	r, err := newRig(dir, b.AtOnce)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	if err := r.open(ctx); err != nil {
		return err
	}
	var rates, bare, ratios, busy []float64
	var records, bytes, groups int
	for round := range b.Rounds + 1 {
		r.groups.bytes = r.groups.bytes[:0]
		before := r.engine.Status().Head
		charged := r.processor.charge
		began, used := time.Now(), processorTime()
		if err := r.visits(ctx, b.Visits, 0); err != nil {
			return err
		}
		took, used := time.Since(began), processorTime()-used
		if n := r.processor.charge - charged; n != b.Visits {
			return fmt.Errorf("of %d visits %d were charged", b.Visits, n)
		}
		alone, size, err := writeBare(filepath.Join(dir, "bare"), r.groups.bytes)
		if err != nil {
			return err
		}
		if round == 0 { // files and caches are cold
			continue
		}
		rates = append(rates, float64(b.Visits)/took.Seconds())
		bare = append(bare, float64(b.Visits)/alone.Seconds())
		ratios = append(ratios, alone.Seconds()/took.Seconds())
		busy = append(busy, used.Seconds()*1000/float64(b.Visits))
		records += int(r.engine.Status().Head - before)
		bytes += size
		groups += len(r.groups.bytes)
	}
	all := b.Visits * b.Rounds
	note := fmt.Sprintf("%d at once, %.1f records and %.1f KiB a visit, %d records a sync", b.AtOnce, float64(records)/float64(all),
		float64(bytes)/float64(all)/1024, records/max(1, groups))
	b.emit(Row{Key: "settle", Name: "settled visits a second, durable", Value: quantile.Median(rates), Unit: "visits/s", Limit: settledLeast, More: true, Of: b.Rounds,
		Note: fmt.Sprintf("%.2f ms of processor a visit, %.2f of bare write and fdatasync, %s", quantile.Median(busy), quantile.Median(ratios), note)})
	b.emit(Row{Key: "settle", Name: "as a part of bare write and fdatasync", Value: quantile.Median(ratios), Unit: "ratio", Printed: true, Of: b.Rounds,
		Note: fmt.Sprintf("the same bytes in the same groups: %.0f visits/s", quantile.Median(bare))})
	b.emit(Row{Key: "settle", Name: "processor time a visit", Value: quantile.Median(busy), Unit: "ms", Printed: true, Of: b.Rounds,
		Note: "of all cores, the made-up devices and processor included; says more than the rate where the machine does other things"})
	return nil
}

// writeBare writes groups of so many bytes, each made durable before the next.
func writeBare(path string, sizes []int) (took time.Duration, total int, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	most := 0
	for _, n := range sizes {
		most = max(most, n)
	}
	body := make([]byte, most)
	for i := range body {
		body[i] = byte(i)
	}
	began := time.Now()
	for _, n := range sizes {
		if _, err := f.Write(body[:n]); err != nil {
			return 0, 0, err
		}
		if err := journalbench.Sync(f); err != nil {
			return 0, 0, err
		}
		total += n
	}
	return time.Since(began), total, nil
}
