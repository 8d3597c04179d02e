// Package corebench measures how fast the core decides, without any I/O, on the
// inputs of a busy day that is made up.
//
// The limit is core.State.Apply of the facts that followed: to fold what it
// states is the least that any core can do with an input, so the ratio says how
// much of the time is left for deciding. Both sides are measured in the same
// run, round by round; figures are medians, and the ratio is the median of each
// round's own. It judges nothing. The command `aisle bench core` calls it.
package corebench

import (
	"fmt"
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/core"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/tools/aisle/internal/madeup"
)

// Limit says in words what the limit is.
const Limit = "The limit is the fold of the facts that followed, for that is the least that any core must do."

// How much is measured.
const (
	rounds  = 7
	visits  = 400 // of each stream
	perUnit = "inputs/s"
)

// inside are how many visits go on at once in each stream.
var inside = []int{1, 12, 48}

// A Result is one row.
type Result struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	Limit float64 `json:"limit"`
	Ratio float64 `json:"ratio"`
}

// Run measures and hands each row to emit.
func Run(emit func(Result)) error {
	for _, n := range inside {
		d, err := madeup.Day(n, visits)
		if err != nil {
			return err
		}
		emit(compare(fmt.Sprintf("core.Step, %d visits at once", n), d))
	}
	return nil
}

// day is a stream of inputs, with the facts that followed from each.
type day []event.Record

func compare(name string, d day) Result {
	var values, limits, ratios []float64
	for round := range rounds + 1 {
		limit := d.rate(d.fold)
		value := d.rate(d.step)
		if round == 0 { // caches are cold
			continue
		}
		values, limits, ratios = append(values, value), append(limits, limit), append(ratios, value/limit)
	}
	return Result{Name: name, Unit: perUnit, Value: median(values), Limit: median(limits), Ratio: median(ratios)}
}

// rate is how many inputs a second do gets through the whole day.
func (d day) rate(do func()) float64 {
	start := time.Now()
	do()
	return float64(len(d)) / time.Since(start).Seconds()
}

func (d day) step() {
	s := core.New()
	for _, m := range d {
		core.Step(s, m.At, m.Input)
	}
}

func (d day) fold() {
	s := core.New()
	for _, r := range d {
		for _, f := range r.Facts {
			s.Apply(f)
		}
	}
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}
