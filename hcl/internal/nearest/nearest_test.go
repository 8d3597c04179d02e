package nearest

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestTo(t *testing.T) {
	words := []string{"drinks", "snacks", "fresh", "g", "kg", "entrance_north", "entrance_south", "EUR", "zone", "zones"}
	tests := []struct{ word, want string }{
		{"drnks", "drinks"}, {"drinsk", "drinks"}, {"ERU", "EUR"}, {"Drinks", "drinks"}, {"snack", "snacks"}, {"zonse", "zones"}, {"zoen", "zone"}, {"zonees", "zones"},
		{"gr", "g"}, {"kq", "kg"}, {"entrance_nort", "entrance_north"}, {"eur", "EUR"},
		{"household", ""}, {"x", ""}, {"", ""}, {"drinks", ""}, {strings.Repeat("d", 200), ""},
	}
	for _, tt := range tests {
		if got := To(tt.word, words); got != tt.want {
			t.Errorf("To(%q) = %q, want %q", tt.word, got, tt.want)
		}
	}
}

// A unit of which nothing is left to go by is the first that does; a day is 24
// hours.
func TestQuantity(t *testing.T) {
	within := func(most float64, of string) func(string) bool {
		return func(s string) bool {
			var n float64
			var unit string
			_, err := fmt.Sscanf(s, "%g%s", &n, &unit)
			return err == nil && strings.Contains(of, unit) && (unit == "g" || n <= most)
		}
	}
	for _, tt := range []struct {
		text  string
		units []string
		most  float64
		want  string
	}{
		{"345 x", MassUnits, 10, `"345 g"`}, {"345 z", MassUnits, 10, `"345 g"`}, {"345", MassUnits, 10, `"345 g"`}, {"345 sg", MassUnits, 10, `"345 g"`},
		{"2 k", MassUnits, 10, `"2 kg"`}, {"345 k", MassUnits, 10, `"345 g"`}, {"2 kilos", MassUnits, 10, `"2 kg"`}, {"2 household", MassUnits, 10, ""},
		{"2q", DurationUnits, 100, `"2s"`}, {"2d", DurationUnits, 100, `"48h"`}, {"5d", DurationUnits, 100, `"5s"`}, {"300q", DurationUnits, 100, ""},
		{"2q", Durations(2 * time.Hour), 100, `"2h"`}, {"2", Durations(30 * time.Minute), 100, `"2m"`}, {"2mz", Durations(time.Minute), 100, `"2m"`},
		{"2mz", Durations(time.Second), 100, `"2ms"`}, {"2", Durations(1500 * time.Millisecond), 100, `"2ms"`}, {"2", Durations(0), 100, `"2s"`},
	} {
		if got := Quantity(tt.text, tt.units, within(tt.most, "g kg mg oz lb s ms m h us")); got != tt.want {
			t.Errorf("Quantity(%q, %v) = %s, want %s", tt.text, tt.units, got, tt.want)
		}
	}
}
