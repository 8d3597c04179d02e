package core

import (
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/event"
)

const (
	// lateAfter is how old evidence is that tells of a host that stood still, or
	// of a device that could not be heard: what is younger is simply now.
	lateAfter = 2 * time.Second
	// onItsWay is how long after it settled evidence is usually heard.
	onItsWay = 50 * time.Millisecond
)

// Timed is an input and the time at which it is to be stepped.
type Timed struct {
	At    time.Time
	Input event.Input
}

// InTime gives inputs that waited together the times at which they are to be
// stepped: now, but for what waited because the host stood still. Then evidence
// keeps its own time, and what a device said of itself that of its evidence, so
// that no time-out of the host's comes before what it did not hear in time. No
// time is before last, and none after now.
func InTime(inputs []event.Input, last, now time.Time) []Timed {
	out := make([]Timed, len(inputs))
	late := false
	for i, in := range inputs {
		out[i] = Timed{At: now, Input: in}
		if e, ok := in.(event.Evidence); ok && e.Observed != nil {
			late = late || now.Sub(e.Span().Settled) > lateAfter
		}
	}
	if !late || !last.Before(now) {
		return out
	}
	times := map[string]time.Time{} // of each device, so that its inputs keep their order
	for i := range out {
		at, device := last, ""
		switch in := out[i].Input.(type) {
		case event.Evidence:
			device = in.Device
			if in.Observed != nil {
				at = in.Span().Settled.Add(onItsWay)
			}
		case event.DeviceStatus:
			device = in.Device
		case event.Answer:
		case event.Notice, event.Definition, event.StaffOrder, event.Resumed, event.Time:
			at = now
		}
		if at.Before(times[device]) {
			at = times[device]
		}
		if at.Before(last) {
			at = last
		}
		if at.After(now) {
			at = now
		}
		if times[device] = at; device == "" {
			delete(times, device)
		}
		out[i].At = at
	}
	slices.SortStableFunc(out, func(a, b Timed) int { return a.At.Compare(b.At) })
	return out
}
