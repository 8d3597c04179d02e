//go:build !linux

package evidencebench

import (
	"context"
	"time"
)

// pace calls f so many times, at a rate.
func pace(ctx context.Context, rate, count int, f func(n int)) error {
	start := time.Now()
	for n := range count {
		if wait := time.Until(start.Add(time.Duration(n) * time.Second / time.Duration(rate))); wait > 0 {
			time.Sleep(wait)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		f(n)
	}
	return nil
}
