package core_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/core"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/observe"
)

// What waited while a host stood still is stepped in the order in which it
// happened, at its own time, and never before what is written already.
func TestInTime(t *testing.T) {
	at := func(s float64) time.Time { return morning.Add(time.Duration(s * float64(time.Second))) }
	seen := func(device string, s float64) event.Evidence {
		return event.Evidence{Device: device, Observed: observe.Presence{Interval: observe.At(at(s)), Track: "t", Phase: observe.PhasePresent}}
	}
	said := func(list []core.Timed) string {
		var out []string
		for _, x := range list {
			name := event.InputName(x.Input)
			if e, ok := x.Input.(event.Evidence); ok {
				name = e.Device
			}
			out = append(out, name+" "+x.At.Sub(morning).String())
		}
		return strings.Join(out, ", ")
	}
	for _, tt := range []struct {
		name   string
		inputs []event.Input
		want   string
	}{
		{"nothing waited for long", []event.Input{seen("b", 29), event.Answer{}, seen("a", 28.5)}, "b 30s, answer 30s, a 30s"},
		{"it stood still", []event.Input{event.Answer{}, seen("b", 20), seen("a", 12), seen("b", 13), event.StaffOrder{}, seen("a", 29.99)},
			"answer 10s, a 12.05s, b 20.05s, b 20.05s, staff_order 30s, a 30s"},
		{"before what is written", []event.Input{seen("a", 3), seen("b", 40)}, "a 10s, b 30s"},
		{"a device says that it is gone", []event.Input{seen("a", 12), event.DeviceStatus{Device: "a"}, seen("b", 11)}, "b 11.05s, a 12.05s, device_status 12.05s"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := said(core.InTime(slices.Clone(tt.inputs), at(10), at(30))); got != tt.want {
				t.Errorf("%s\nwant %s", got, tt.want)
			}
		})
	}
}
