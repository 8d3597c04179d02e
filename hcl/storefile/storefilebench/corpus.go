package storefilebench

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/openaisle/aisle/hcl/storefile"
	"github.com/openaisle/aisle/hcl/storefile/internal/corpus"
)

// The most that one broken store may cost: a second, and 256 MiB allocated.
const (
	limitTime  = time.Second
	limitAlloc = 256 << 20
)

// broken reads every broken store of the corpus, the hostile ones too, and says
// what the dearest of them costs.
func broken(w func(Result)) error {
	cases, err := corpus.Cases()
	if err != nil {
		return err
	}
	cases = append(cases, corpus.Hostile()...)
	dir, err := os.MkdirTemp("", "aisle-bench-hcl-")
	if err != nil {
		return fmt.Errorf("bench hcl: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	var longest time.Duration
	var most uint64
	for i, c := range cases {
		at := filepath.Join(dir, fmt.Sprint(i))
		if err := c.Write(at); err != nil {
			return err
		}
		took, alloc, found := costOf(at, c)
		if !found {
			return errors.New("bench hcl: " + c.Name + " is not refused")
		}
		longest, most = max(longest, took), max(most, alloc)
		if err := os.RemoveAll(at); err != nil {
			return fmt.Errorf("bench hcl: %w", err)
		}
	}
	w(ratio(fmt.Sprintf("hcl.corpus slowest of %d", len(cases)), "ms", milliseconds(longest), milliseconds(limitTime)))
	w(ratio(fmt.Sprintf("hcl.corpus most allocated of %d", len(cases)), "MiB", float64(most)/(1<<20), float64(limitAlloc)/(1<<20)))
	return nil
}

func ratio(name, unit string, value, limit float64) Result {
	return Result{Name: name, Unit: unit, Value: value, Limit: limit, Ratio: value / limit}
}

// costOf says what the reading of a store costs, and whether something is said
// of it.
func costOf(dir string, c corpus.Case) (took time.Duration, alloc uint64, found bool) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	opts := &storefile.Options{Schemas: corpus.Vendor{}, Vars: c.Vars}
	if storefile.IsFleet(dir) {
		f, ps := storefile.LoadFleet(dir, opts)
		found = len(ps) > 0
		for _, s := range f.Stores {
			_, more := storefile.Load(s.Dir, s.Options(opts))
			found = found || len(more) > 0
		}
	} else {
		_, ps := storefile.Load(dir, opts)
		found = len(ps) > 0
	}
	took = time.Since(start)
	runtime.ReadMemStats(&after)
	return took, after.TotalAlloc - before.TotalAlloc, found
}
