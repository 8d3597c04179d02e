// Package quantile says of measured values which one lies at a share of all: the one way in
// which the benches beside it tell of medians and of the worst in a hundred.
package quantile

import (
	"math"
	"slices"
)

// Of is the least value that is at least a share of all (nearest rank), 0 for none.
func Of(v []float64, share float64) float64 {
	if len(v) == 0 {
		return 0
	}
	v = slices.Sorted(slices.Values(v))
	return v[max(0, int(math.Ceil(share*float64(len(v))))-1)]
}

// Median is the value at one half.
func Median(v []float64) float64 { return Of(v, 0.5) }
