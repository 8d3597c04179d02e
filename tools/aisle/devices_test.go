package main

import (
	"testing"

	"github.com/openaisle/aisle/framework/control"
)

// The table's cell stays short however much is missing.
func TestIsolationCell(t *testing.T) {
	full := control.Measure{Name: "network", State: "enforced"}
	for want, all := range map[string][]control.Measure{
		"none": nil, "full": {full},
		"2 missing": {full, {Name: "files", State: control.MeasureMissing}, {Name: "memory", State: control.MeasurePartly}},
	} {
		if got := isolation(control.Plugin{Isolation: all}); got != want {
			t.Errorf("%d measures: %q, want %q", len(all), got, want)
		}
	}
}
