package hostbench

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/openaisle/aisle/framework/journal/journalbench"
)

// bareDelays are how long events take, in milliseconds, that come evenly and are
// written to a bare file and synced, as many at a time as wait: what the disk
// itself asks of whoever makes them durable.
func bareDelays(ctx context.Context, dir string, rate, size int, lasts time.Duration) (delays []float64, err error) {
	f, err := os.Create(filepath.Join(dir, "bare"))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	body := make([]byte, rate*size) // of a second
	apart := time.Second / time.Duration(rate)
	start := time.Now()
	for next := start; next.Sub(start) < lasts && ctx.Err() == nil; {
		waits := int(min(time.Since(next)/apart, time.Duration(rate)))
		if waits <= 0 {
			pause(ctx, apart)
			continue
		}
		if _, err := f.Write(body[:waits*size]); err != nil {
			return nil, err
		}
		if err := journalbench.Sync(f); err != nil {
			return nil, err
		}
		for range waits {
			delays = append(delays, float64(time.Since(next))/float64(time.Millisecond))
			next = next.Add(apart)
		}
	}
	return delays, ctx.Err()
}
