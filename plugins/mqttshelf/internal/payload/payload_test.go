package payload

import (
	"errors"
	"strings"
	"testing"
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

func FuzzWeight(f *testing.F) {
	f.Add([]byte(`{"bay":1,"t":1764000000000,"dt":12.5,"n":[1,2,3]}`))
	f.Add([]byte(`{"bay":2,"g":-0.5,"stable":false}`))
	f.Add([]byte(`{"bays":[{"bay":1,"zero":8388,"grams":0.01}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if w, err := ParseWeight(b, 2); err == nil {
			if v, _ := w.Values(); len(v) == 0 || len(v) > MaxSamples || w.Bay < 1 || w.Bay > 2 {
				t.Errorf("%+v", w)
			}
		}
		_, _ = ParseCalibration(b, 2)
		_, _ = ParseTared(b)
	})
}
