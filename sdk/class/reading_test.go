package class

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestReadingCheck(t *testing.T) {
	long := "a_" + strings.Repeat("b", MaxReadingName-2)
	for _, tt := range []struct {
		name  string
		value float64
		at    time.Time
		ok    bool
	}{
		{"temperature_celsius", -40, noon, true}, {"signal_dbm", 0, noon, true}, {"tags_in_view", math.MaxFloat64, noon, true},
		{"ch4_parts", 1, noon, true}, {"a_1", 1, noon, true}, {long, 1, noon, true}, {long + "b", 1, noon, false},
		{"", 1, noon, false}, {"temperature", 1, noon, false}, {"_volts", 1, noon, false}, {"supply_", 1, noon, false}, {"a__b", 1, noon, false},
		{"4_volts", 1, noon, false}, {"Supply_volts", 1, noon, false}, {"supply-volts", 1, noon, false}, {"supply_völts", 1, noon, false},
		{"a_b\n", 1, noon, false}, {"a_b\"} 1", 1, noon, false},
		{"supply_volts", math.NaN(), noon, false}, {"supply_volts", math.Inf(1), noon, false}, {"supply_volts", math.Inf(-1), noon, false},
		{"supply_volts", 1, time.Time{}, false}, {"supply_volts", 1, time.Unix(0, 0).UTC(), true},
		{"supply_volts", 1, time.Date(9998, 12, 31, 0, 0, 0, 0, time.UTC), true}, {"supply_volts", 1, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), false},
	} {
		err := Reading{tt.name, tt.value, tt.at}.Check()
		if (err == nil) != tt.ok || err != nil && !errors.Is(err, ErrReading) {
			t.Errorf("%q %v at %v: %v", tt.name, tt.value, tt.at, err)
		}
		if err != nil && len(err.Error()) > 400 {
			t.Errorf("%q: a long error: %v", tt.name, err)
		}
	}
	if err := (Reading{Name: strings.Repeat("x", 1<<20)}).Check(); len(err.Error()) > 400 {
		t.Errorf("%d bytes of error", len(err.Error()))
	}
}

func TestNewest(t *testing.T) {
	volts := func(v float64, after time.Duration) Reading { return Reading{"supply_volts", v, noon.Add(after)} }
	if kept, err := Newest(nil); len(kept) != 0 || kept == nil || err != nil {
		t.Errorf("of none: %#v, %v", kept, err)
	}
	// By their time, and of the same the last said.
	kept, err := Newest([]Reading{volts(3, 2), volts(1, 0), volts(4, 2), volts(2, 1)})
	if err != nil || len(kept) != 1 || kept[0].Value != 4 {
		t.Errorf("%+v, %v", kept, err)
	}
	var many []Reading
	for i := range MaxReadings {
		many = append(many, Reading{fmt.Sprintf("at_%02d", MaxReadings-i), float64(i), noon})
	}
	if kept, err := Newest(many); len(kept) != MaxReadings || err != nil || kept[0].Name != "at_01" {
		t.Errorf("%d, %v", len(kept), err)
	}
	// One more costs itself; a newer one of a name that is there is none more.
	more := append(many, Reading{"one_more", 1, noon}, Reading{"at_01", 99, noon.Add(1)}, Reading{"at_02", math.NaN(), noon})
	kept, err = Newest(more)
	if len(kept) != MaxReadings || kept[0].Value != 99 || err == nil || !strings.Contains(err.Error(), "one_more") {
		t.Errorf("%+v, %v", kept, err)
	}
}
