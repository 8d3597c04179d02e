// Package payload is what shelf controllers say over MQTT, as JSON: weights, their
// calibration, answers to tares, and telemetry. The plugin's README is its documentation.
//
// It is pure: no broker, no clock. Whatever comes, it gives a value or says what
// is wrong with it, and what it can be made to hold is bounded.
package payload

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"time"
)

// Limits of what is taken.
const (
	// MaxPayload bounds a message, in bytes.
	MaxPayload = 64 << 10
	// MaxBays is how many bays a controller may have, MaxSamples how many samples a
	// message.
	MaxBays    = 64
	MaxSamples = 1024
	// maxStep is the longest time between two samples of one message.
	maxStep = 10 * time.Second
	// maxGrams bounds a weight: a tonne on one bay is none.
	maxGrams = 1e6
)

// ErrPayload is of a message that is none.
var ErrPayload = errors.New("the message is not as it must be")

// Weight is samples of one bay: TOPIC/weight.
type Weight struct {
	// Bay counts from 1.
	Bay int `json:"bay"`
	// T is when the first sample was taken, on the controller's clock, in
	// milliseconds since 1970; nil where it has none, and then the sample is as old as
	// the message.
	T *int64 `json:"t"`
	// DT is the time between two samples, in milliseconds.
	DT float64 `json:"dt"`
	// G is grams, N the converter's counts: one number, or a list. One of the two.
	G *Numbers `json:"g"`
	N *Numbers `json:"n"`
	// Stable is what an indicator says of its load; nil where it says nothing.
	Stable *bool `json:"stable"`
}

// Numbers are one number or a list.
type Numbers []float64

// UnmarshalJSON reads either.
func (n *Numbers) UnmarshalJSON(b []byte) error {
	var one float64
	if err := json.Unmarshal(b, &one); err == nil {
		*n = Numbers{one}
		return nil
	}
	var all []float64
	if err := json.Unmarshal(b, &all); err != nil {
		return err
	}
	*n = all
	return nil
}

// Values are the samples, and whether they are counts.
func (w *Weight) Values() (values []float64, counts bool) {
	if w.N != nil {
		return *w.N, true
	}
	return *w.G, false
}

// Calibration is how counts become grams: TOPIC/calibration, retained.
type Calibration struct {
	Bays []Line `json:"bays"`
}

// Line is of one bay: grams are (counts - Zero) * Grams.
type Line struct {
	Bay   int     `json:"bay"`
	Zero  float64 `json:"zero"`
	Grams float64 `json:"grams"`
}

// Tare asks for a new zero: TOPIC/tare, by the host. Tared answers it: TOPIC/tared.
type (
	Tare struct {
		ID  string `json:"id"`
		Bay int    `json:"bay"`
	}
	Tared struct {
		ID     string `json:"id"`
		OK     bool   `json:"ok"`
		Reason string `json:"reason"`
	}
)

// ParseWeight reads TOPIC/weight.
func ParseWeight(b []byte, bays int) (w Weight, err error) {
	if err := decode(b, &w); err != nil {
		return w, err
	}
	switch {
	case w.Bay < 1 || w.Bay > bays:
		return w, fmt.Errorf("%w: bay %d of %d", ErrPayload, w.Bay, bays)
	case (w.G == nil) == (w.N == nil):
		return w, fmt.Errorf("%w: it has g or n, one of the two", ErrPayload)
	}
	values, counts := w.Values()
	switch {
	case len(values) == 0 || len(values) > MaxSamples:
		return w, fmt.Errorf("%w: %d samples", ErrPayload, len(values))
	case w.DT < 0 || w.DT > float64(maxStep/time.Millisecond) || len(values) > 1 && w.DT == 0:
		return w, fmt.Errorf("%w: %v ms between two samples", ErrPayload, w.DT)
	}
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) || !counts && math.Abs(v) > maxGrams {
			return w, fmt.Errorf("%w: a weight of %v", ErrPayload, v)
		}
	}
	return w, nil
}

// ParseCalibration reads TOPIC/calibration.
func ParseCalibration(b []byte, bays int) (c Calibration, err error) {
	if err := decode(b, &c); err != nil {
		return c, err
	}
	seen := map[int]bool{}
	for _, l := range c.Bays {
		if l.Bay < 1 || l.Bay > bays || seen[l.Bay] {
			return c, fmt.Errorf("%w: bay %d of %d, or twice", ErrPayload, l.Bay, bays)
		}
		seen[l.Bay] = true
		if l.Grams == 0 || math.IsNaN(l.Grams) || math.IsInf(l.Grams, 0) || math.IsNaN(l.Zero) || math.IsInf(l.Zero, 0) {
			return c, fmt.Errorf("%w: bay %d has %v grams a count", ErrPayload, l.Bay, l.Grams)
		}
	}
	return c, nil
}

// ParseTared reads TOPIC/tared.
func ParseTared(b []byte) (t Tared, err error) { return t, decode(b, &t) }

// decode reads one object and nothing behind it.
func decode(b []byte, to any) error {
	if len(b) > MaxPayload {
		return fmt.Errorf("%w: %d bytes", ErrPayload, len(b))
	}
	d := json.NewDecoder(bytes.NewReader(b))
	if err := d.Decode(to); err != nil {
		return fmt.Errorf("%w: %v", ErrPayload, err) //nolint:errorlint // the library's words, and no kind of ours
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: something follows it", ErrPayload)
	}
	return nil
}
