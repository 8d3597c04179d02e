package engine

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/clock"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
)

func statuses(rs []event.Record) (out []event.DeviceStatus) {
	for _, r := range rs {
		if s, ok := r.Input.(event.DeviceStatus); ok {
			out = append(out, s)
		}
	}
	return out
}

// TestFlapping has a shelf crash and come back a hundred times a second for three
// minutes: the journal has some of it, never that it serves while it doesn't, and
// in the end how it is. The others' changes are written as they come.
func TestFlapping(t *testing.T) {
	c := clock.NewManual(morning)
	r := newRig(t, journal.Memory(), c).start()
	cycle := []event.DeviceState{event.StateClaiming, event.StateReady, event.StateFailed}
	const rounds = 20_000
	for i := range rounds {
		at := event.DeviceStatus{Device: shelf, Epoch: uint64(1 + i/3), State: cycle[i%3], Cause: "crashed"}
		r.put(at)
		if i%7_000 == 0 {
			r.put(event.DeviceStatus{Device: "gate.north", Epoch: uint64(1 + i), State: event.StateReady})
		}
		r.settle()
		if got := r.engine.state.Entry.Device[shelf].State; got.Serving() && !at.State.Serving() {
			t.Fatalf("round %d: the core takes it for %s and it is %s", i, got, at.State)
		}
		c.Advance(c.Now().Add(10 * time.Millisecond))
	}
	r.settle()
	c.Advance(c.Now().Add(FlapEvery))
	r.settle()
	got := statuses(r.records())
	// Each FlapEvery one is let through, and where that says it serves, one more.
	if most := 2*(FlapBurst+rounds/100/int(FlapEvery/time.Second)) + 10; len(got) > most || len(got) < FlapBurst {
		t.Errorf("%d changes are written, want %d at most", len(got), most)
	}
	if gates := len(got) - len(statusesOf(got, shelf)); gates != 3 {
		t.Errorf("%d changes of the gate, want 3", gates)
	}
	last := statusesOf(got, shelf)[len(statusesOf(got, shelf))-1]
	if last.State != cycle[(rounds-1)%3] || last.Epoch != uint64(1+(rounds-1)/3) {
		t.Errorf("the last written is %+v", last)
	}
	told := false
	for _, s := range got {
		told = told || strings.Contains(s.Cause, "more changes of its state")
	}
	if !told {
		t.Error("that changes are not written is not told")
	}
	// It is well again for good: that is written once, and its repeat not at all.
	well := event.DeviceStatus{Device: shelf, Epoch: 1 << 20, State: event.StateReady}
	r.put(well)
	r.put(well)
	c.Advance(c.Now().Add(FlapEvery))
	r.settle()
	r.put(well)
	r.settle()
	now := statuses(r.records())
	if len(now) != len(got)+1 || r.engine.state.Entry.Device[shelf].State != event.StateReady {
		t.Errorf("%d more changes, the core says %+v", len(now)-len(got), r.engine.state.Entry.Device[shelf])
	}
}

func statusesOf(all []event.DeviceStatus, device string) (out []event.DeviceStatus) {
	for _, s := range all {
		if s.Device == device {
			out = append(out, s)
		}
	}
	return out
}

// TestFlapBurst writes just as many changes at once as may be, and one more each
// FlapEvery.
func TestFlapBurst(t *testing.T) {
	d := newDamper()
	at, wrote := morning, 0
	status := func(i int) event.DeviceStatus {
		return event.DeviceStatus{Device: "d", Epoch: uint64(i), State: event.StateClaiming}
	}
	for i := range FlapBurst + 5 {
		if write, held := d.take(at, status(i)); write == held {
			t.Fatalf("change %d: written %v, held back %v", i, write, held)
		} else if write {
			wrote++
		}
	}
	if wrote != FlapBurst {
		t.Errorf("%d are written at once", wrote)
	}
	next, ok := d.wake()
	if !ok || !next.Equal(at.Add(FlapEvery)) {
		t.Errorf("the next at %s, %v", next, ok)
	}
	var told []event.DeviceStatus
	put := func(s event.DeviceStatus) bool { told = append(told, s); return true }
	d.due(next.Add(-1), put)
	d.due(next, func(event.DeviceStatus) bool { return false }) // no room
	if len(told) != 0 {
		t.Fatalf("told too early: %v", told)
	}
	d.due(next, put)
	d.due(next, put)
	if len(told) != 1 || told[0].Epoch != FlapBurst+4 || !strings.Contains(told[0].Cause, "4 more") {
		t.Errorf("told %+v", told)
	}
	if _, ok := d.wake(); ok {
		t.Error("something is held back yet")
	}
}

// TestUnwrittenStatus has nobody take a change: it is news when it is put again.
func TestUnwrittenStatus(t *testing.T) {
	c := clock.NewManual(morning)
	r := newRig(t, journal.Memory(), c)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for i := range MaxQueue { // fill the queue of a device that nobody takes from
		if err := r.engine.Evidence(t.Context(), []event.Evidence{weight(uint64(i+1), morning)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.engine.DeviceStatus(ctx, ready(shelf)); err == nil {
		t.Fatal("there was room")
	}
	r.start()
	r.settle()
	r.put(ready(shelf))
	r.settle()
	if got := r.engine.state.Entry.Device[shelf].State; got != event.StateReady {
		t.Errorf("it is %q", got)
	}
}
