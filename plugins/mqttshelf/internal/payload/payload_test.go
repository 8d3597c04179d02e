package payload

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/class"
)

func TestWeight(t *testing.T) {
	for text, want := range map[string]int{
		`{"bay":1,"g":345.2}`:                                    1,
		`{"bay":2,"t":1764000000000,"dt":12.5,"n":[1,2,3]}`:      3,
		`{"bay":1,"g":[0],"stable":true,"firmware":"2.1","x":7}`: 1,
	} {
		w, err := ParseWeight([]byte(text), 2)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if v, _ := w.Values(); len(v) != want {
			t.Errorf("%s has %d samples", text, len(v))
		}
	}
	for _, text := range []string{
		``, `[]`, `7`, `{}`, `{"bay":1}`, `{"bay":0,"g":1}`, `{"bay":3,"g":1}`, `{"bay":1,"g":1,"n":1}`, `{"bay":1,"g":[]}`, `{"bay":1,"g":[1,2]}`,
		`{"bay":1,"dt":-1,"g":1}`, `{"bay":1,"dt":1e9,"g":1}`, `{"bay":1,"g":1e9}`, `{"bay":1,"g":1e999}`, `{"bay":1,"g":"1"}`, `{"bay":1,"g":1} {}`,
		`{"bay":1,"g":[` + strings.Repeat("1,", MaxSamples) + `1],"dt":1}`, `{"bay":1,"g":1,"x":"` + strings.Repeat("y", MaxPayload) + `"}`,
		strings.Repeat(`{"bay":`, 30_000),
	} {
		if _, err := ParseWeight([]byte(text), 2); !errors.Is(err, ErrPayload) {
			t.Errorf("%.60s: %v", text, err)
		}
	}
}

func TestCalibration(t *testing.T) {
	if c, err := ParseCalibration([]byte(`{"bays":[{"bay":1,"zero":8388,"grams":0.01},{"bay":2,"zero":0,"grams":-0.02}]}`), 2); err != nil || len(c.Bays) != 2 {
		t.Errorf("%+v, %v", c, err)
	}
	for _, text := range []string{`{"bays":[{"bay":3,"grams":1}]}`, `{"bays":[{"bay":1,"grams":0}]}`, `{"bays":[{"bay":1,"grams":1},{"bay":1,"grams":1}]}`, `x`} {
		if _, err := ParseCalibration([]byte(text), 2); !errors.Is(err, ErrPayload) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestTelemetry(t *testing.T) {
	at := time.Unix(1_764_000_000, 0)
	list, err := ParseTelemetry([]byte(`{"temperature_celsius":4.5,"supply_volts":3.71,"signal_dbm":-61,"humidity_percent":null}`), at)
	if err != nil || len(list) != 3 || list[0] != (class.Reading{Name: "signal_dbm", Value: -61, At: at}) || list[2].Value != 4.5 {
		t.Errorf("%+v, %v", list, err)
	}
	if list, err := ParseTelemetry([]byte(`{}`), at); err != nil || len(list) != 0 {
		t.Errorf("none: %+v, %v", list, err)
	}
	members := func(n int) string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf(`"cell_%d_volts":1`, i))
		}
		return "{" + strings.Join(all, ",") + "}"
	}
	if list, err := ParseTelemetry([]byte(members(class.MaxReadings)), at); err != nil || len(list) != class.MaxReadings {
		t.Errorf("as many as there may be: %d, %v", len(list), err)
	}
	for _, text := range []string{
		``, `null`, `7`, `[]`, `{"temperature":4.5}`, `{"Supply_volts":1}`, `{"supply_volts":"3.7"}`, `{"supply_volts":1e999}`, `{"supply_volts":NaN}`,
		`{"supply_volts":[1]}`, `{"supply_volts":1} {}`, `{"supply_volts":1,"state_text":true}`, members(class.MaxReadings + 1),
		`{"supply_volts":1` + strings.Repeat(" ", MaxTelemetry) + `}`, strings.Repeat(`{"a_b":`, 500),
	} {
		if list, err := ParseTelemetry([]byte(text), at); !errors.Is(err, ErrPayload) || list != nil {
			t.Errorf("%.60s: %+v, %v", text, list, err)
		}
	}
}

func FuzzWeight(f *testing.F) {
	f.Add([]byte(`{"bay":1,"t":1764000000000,"dt":12.5,"n":[1,2,3]}`))
	f.Add([]byte(`{"bay":2,"g":-0.5,"stable":false}`))
	f.Add([]byte(`{"bays":[{"bay":1,"zero":8388,"grams":0.01}]}`))
	f.Add([]byte(`{"temperature_celsius":4.5,"supply_volts":3.71,"signal_dbm":-61,"humidity_percent":null}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if w, err := ParseWeight(b, 2); err == nil {
			if v, _ := w.Values(); len(v) == 0 || len(v) > MaxSamples || w.Bay < 1 || w.Bay > 2 {
				t.Errorf("%+v", w)
			}
		}
		_, _ = ParseCalibration(b, 2)
		_, _ = ParseTared(b)
		list, err := ParseTelemetry(b, time.Unix(1_764_000_000, 0))
		if kept, unfit := class.Newest(list); unfit != nil || len(kept) != len(list) || err != nil && list != nil {
			t.Errorf("%+v, %v", list, err)
		}
	})
}
