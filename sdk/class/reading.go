package class

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// Reading is one quantity that a device measures beside its evidence, such as
// the supply's voltage: telemetry, of which the newest wins. It is asked for
// with the device's health, never spooled, never journalled, and nothing may
// depend on it.
type Reading struct {
	// Name is snake_case of at least two words and ends in the unit, as
	// Prometheus' names do: temperature_celsius, supply_volts, signal_dbm,
	// tags_in_view.
	Name string
	// Value is finite.
	Value float64
	// At is when it was taken, on the plugin's clock (time.Now).
	At time.Time
}

// Measurer is a device with readings, at most MaxReadings, each of another name.
// The SDK may ask at any time, beside every other method, and not again before
// it has had the answer; it should come at once. Readings are what is newest,
// and what is no longer true is left out.
type Measurer interface {
	Readings() []Reading
}

// The limits of readings.
const (
	// MaxReadings is how many a device may have, MaxReadingName the most bytes
	// of a name.
	MaxReadings    = 16
	MaxReadingName = 48
)

// ErrReading is of a reading that is not taken.
var ErrReading = errors.New("reading refused")

// Check says what is wrong with a reading.
func (r Reading) Check() error {
	switch {
	case !measures(r.Name):
		return fmt.Errorf("%w: %.*q is no name such as temperature_celsius: snake_case with the unit last, at most %d bytes",
			ErrReading, MaxReadingName, r.Name, MaxReadingName)
	case math.IsNaN(r.Value) || math.IsInf(r.Value, 0):
		return fmt.Errorf("%w: %s is %v", ErrReading, r.Name, r.Value)
	case r.At.Year() < 1970 || r.At.Year() > 9998:
		return fmt.Errorf("%w: %s was taken in the year %d", ErrReading, r.Name, r.At.Year())
	}
	return nil
}

// measures reports whether a name is words of small letters and digits, two or
// more, each joined to the next by one underscore, the first with a letter first.
func measures(name string) bool {
	if name == "" || len(name) > MaxReadingName || name[0] < 'a' || name[0] > 'z' || name[len(name)-1] == '_' {
		return false
	}
	words := 1
	for i := 1; i < len(name); i++ {
		switch c := name[i]; {
		case c == '_' && name[i-1] != '_':
			words++
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
		default:
			return false
		}
	}
	return words > 1
}

// Newest gives the readings that are taken, by name: of those that pass their
// check the newest of each name, and no more than MaxReadings names. The error
// is about the first that is not taken, but for older ones of a name.
func Newest(list []Reading) (kept []Reading, unfit error) {
	refuse := func(err error) {
		if unfit == nil {
			unfit = err
		}
	}
	kept = []Reading{}
	for _, r := range list {
		if err := r.Check(); err != nil {
			refuse(err)
			continue
		}
		i := slices.IndexFunc(kept, func(k Reading) bool { return k.Name == r.Name })
		switch {
		case i >= 0:
			if !r.At.Before(kept[i].At) {
				kept[i] = r
			}
		case len(kept) == MaxReadings:
			refuse(fmt.Errorf("%w: %s is one of more than %d", ErrReading, r.Name, MaxReadings))
		default:
			kept = append(kept, r)
		}
	}
	slices.SortFunc(kept, func(a, b Reading) int { return cmp.Compare(a.Name, b.Name) })
	return kept, unfit
}
