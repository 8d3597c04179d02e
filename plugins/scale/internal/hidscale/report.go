// Package hidscale reads USB HID scales: usage page 0x8D, Weighing Devices (USB
// HID Point of Sale Usage Tables 1.02, section 5).
package hidscale

import (
	"fmt"
	"math"

	"github.com/openaisle/aisle/plugins/scale/internal/dialect"
)

// reportID is that of the input report with the weight, and reportLen its
// length: id, status, unit, scaling, and the weight in two bytes.
const (
	reportID  = 3
	reportLen = 6
)

// grams are the units of usage page 0x8D by their number.
var grams = map[byte]float64{
	1: 0.001, 2: 1, 3: 1000, // milligram, gram, kilogram
	4: 0.2, 5: 37.5, 6: 0.06479891, 7: 1.55517384, // carat, tael, grain, pennyweight
	8: 1e6, 9: 907184.74, 10: 31.1034768, 11: 28.349523125, 12: 453.59237, // tonne, short ton, troy ounce, ounce, pound
}

// The statuses of usage page 0x8D.
const (
	statusFault = iota + 1
	statusZero
	statusMoving
	statusStable
	statusUnder
	statusOver
	statusCalibrate
	statusRezero
)

var troubles = map[byte]string{
	statusFault: "it is faulty", statusUnder: "it is below its zero: is something missing on its platform?", statusOver: "it is overloaded",
	statusCalibrate: "it must be calibrated", statusRezero: "it must be zeroed",
}

// maxGrams is the most that such a scale may say.
const maxGrams = 2e6

// parse reads an input report. It is false for a report of another kind.
func parse(b []byte) (r dialect.Reading, ok bool, err error) {
	if len(b) > 0 && b[0] != reportID {
		return r, false, nil
	}
	if len(b) < reportLen {
		return r, false, fmt.Errorf("%w: a report of %d bytes", dialect.ErrMalformed, len(b))
	}
	status, unit, scaling := b[1], b[2], int(int8(b[3])) //nolint:gosec // two's complement it is
	if t := troubles[status]; t != "" {
		return dialect.Reading{Trouble: t}, true, nil
	}
	per, known := grams[unit]
	if !known || status == 0 || status > statusRezero || scaling < -6 || scaling > 6 {
		return r, false, fmt.Errorf("%w: status %d, unit %d, scaling %d", dialect.ErrMalformed, status, unit, scaling)
	}
	v := float64(uint16(b[4])|uint16(b[5])<<8) * math.Pow10(scaling) * per
	if v > maxGrams {
		return r, false, fmt.Errorf("%w: %g g", dialect.ErrMalformed, v)
	}
	return dialect.Reading{Grams: v, Moving: status == statusMoving}, true, nil
}
