// Package signal stands in for the real one: floats are free, the rest of a pure room holds.
package signal

import "time"

// Mean may use floats.
func Mean(xs []float64) float64 {
	sum := 0.0
	for _, x := range xs {
		sum += x
	}
	return sum / float64(len(xs))
}

// Late may not have a clock, a goroutine or a map's order.
func Late(m map[string]float64, out []float64) time.Time {
	for _, v := range m { // want gocritic "pure room: a map has no order"
		go func() { out[0] = v }() // want gocritic "pure room: no go statement"
	}
	return time.Now() // want forbidigo "pure room: no clock"
}
