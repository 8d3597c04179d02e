package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/control"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/hcl/storefile"
	"github.com/openaisle/aisle/tools/aisle/internal/doctor"
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

// A table that is read by a program is not cut.
func TestWholeCause(t *testing.T) {
	cause := strings.Repeat("a cause that is longer than a cell of the table on a screen, ", 4) + "and its end"
	var b bytes.Buffer
	if err := deviceTable(&b, &control.State{Devices: []control.Device{{Address: "gate.north", State: "failed", Cause: cause}}}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), cause) {
		t.Errorf("the cause is cut:\n%s", &b)
	}
	if got := short(cause, maxCause); len([]rune(got)) != maxCause {
		t.Errorf("on a screen it has %d characters", len([]rune(got)))
	}
}

// What a release waits for is named with its cause; other plugins' devices are
// not waited for.
func TestNotReady(t *testing.T) {
	s := control.State{Devices: []control.Device{{Address: "a", Plugin: "p", State: "ready"}, {Address: "b", Plugin: "p", State: "claiming"},
		{Address: "c", Plugin: "q", State: "failed"}, {Address: "d", Plugin: "p", State: "offline", Cause: "no power"}}}
	if got := strings.Join(notReady(&s, "p"), "; "); got != "b is claiming; d is offline: no power" {
		t.Error(got)
	}
}

// A plugin that nobody has to vouch for is named wherever devices are shown.
func TestUnsignedIsShown(t *testing.T) {
	s := control.State{Plugins: []control.Plugin{{Name: "loose", AllowUnsigned: true}, {Name: "sound"}}}
	report := doctor.Running(&s)
	resting := doctor.Resting(&storefile.Definition{Store: storedef.Store{Plugins: []storedef.Plugin{{Name: "loose", AllowUnsigned: true}, {Name: "sound"}}}}, nil)
	for what, show := range map[string]func(io.Writer) error{
		"devices":            func(w io.Writer) error { return deviceTable(w, &s) },
		"doctor":             func(w io.Writer) error { return printReport(w, &report) },
		"doctor of a folder": func(w io.Writer) error { return printReport(w, &resting) },
	} {
		var b bytes.Buffer
		if err := show(&b); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), "plugin loose may run unsigned") || strings.Contains(b.String(), "plugin sound may") {
			t.Errorf("%s:\n%s", what, &b)
		}
	}
}

// What devices measure stands below their states, and nothing of it where none does.
func TestReadingsAreShown(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	s := control.State{Now: now, Devices: []control.Device{{Address: "weight_shelf.wall", State: "ready"}}}
	var b bytes.Buffer
	if err := deviceTable(&b, &s); err != nil || strings.Contains(b.String(), "READING") {
		t.Errorf("%v\n%s", err, &b)
	}
	s.Devices[0].Readings = []control.Reading{{Name: "temperature_celsius", Value: -4.5, At: now.Add(-65 * time.Second)}}
	if err := deviceTable(&b, &s); err != nil || !strings.Contains(b.String(), "weight_shelf.wall  temperature_celsius  -4.5   1m05s") {
		t.Errorf("%v\n%s", err, &b)
	}
}
