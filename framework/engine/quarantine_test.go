package engine

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/clock"
	"github.com/openaisle/aisle/framework/core"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

const poison = 666 * measure.Gram

// poisoned is a core that changes half its state and then panics on a weight
// of 666 g.
func poisoned(s *core.State, at time.Time, in event.Input) []event.Fact {
	if e, ok := in.(event.Evidence); ok {
		if w, ok := e.Observed.(observe.Weight); ok && w.Mass == poison {
			s.Apply(event.Noted{Device: e.Device, Serial: e.Serial})
			s.Entry = nil
			panic("no such mass")
		}
	}
	return core.Step(s, at, in)
}

func bad(device string, seq uint64, at time.Time) event.Evidence {
	return event.Evidence{Device: device, Serial: observe.Serial{Epoch: 7, Seq: seq}, Observed: observe.Weight{
		Interval: observe.At(at), Bay: 1, Mass: poison, Deviation: measure.Gram}}
}

func TestPanicCostsOneInput(t *testing.T) {
	j := journal.Memory()
	r := newRig(t, j, clock.NewManual(morning))
	r.engine.step = poisoned
	r.start()
	r.put(ready("gate.north"))
	r.put(ready("payment.cards"))
	r.put(weight(1, morning))
	r.put(bad(shelf, 2, morning))
	r.put(weight(3, morning))
	r.put(tap(1, "tok", morning))
	r.settle()
	var found []event.Quarantined
	var status []event.DeviceState
	for _, rec := range r.records() {
		for _, f := range rec.Facts {
			if q, ok := f.(event.Quarantined); ok {
				if !q.At.Equal(rec.At) {
					t.Errorf("quarantined at %s, in a record of %s", q.At, rec.At)
				}
				q.At = time.Time{}
				found = append(found, q)
				if len(rec.Facts) != 1 {
					t.Errorf("facts beside the quarantine: %v", rec.Facts)
				}
			}
			if c, ok := f.(event.DeviceChanged); ok && c.Device == shelf {
				status = append(status, c.State)
			}
		}
	}
	if want := (event.Quarantined{Device: shelf, Panic: "no such mass"}); !slices.Equal(found, []event.Quarantined{want}) {
		t.Errorf("quarantined %v", found)
	}
	if !slices.Equal(status, []event.DeviceState{event.StateQuarantined}) {
		t.Errorf("the device is said to be %v", status)
	}
	if got := r.noted(&r.acks); len(got) != 4 {
		t.Errorf("acknowledged %v: the input must not come again", got)
	}
	if got := r.noted(&r.asks); len(got) != 1 {
		t.Errorf("asked %v: the store goes on", got)
	}
	back, err := Rebuild(j)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := encode(t, r.engine.state), encode(t, back.State); !bytes.Equal(got, want) {
		t.Errorf("the state\n%s\nis not that of the journal\n%s", got, want)
	}
	if s := r.engine.Status(); s.Quarantined != 1 || s.EntryClosed != "" {
		t.Errorf("status %+v", s)
	}
}

func TestPanicsOfThreeDevicesCloseTheEntry(t *testing.T) {
	for name, c := range map[string]struct {
		devices []string
		apart   time.Duration
		closed  bool
	}{
		"three":             {[]string{"a", "b", "c"}, 30 * time.Second, true},
		"two":               {[]string{"a", "b", "a", "b"}, time.Second, false},
		"three over longer": {[]string{"a", "b", "c"}, 30*time.Second + 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, journal.Memory(), clock.NewManual(morning))
			r.engine.step = poisoned
			r.start()
			for n, d := range c.devices {
				r.clock.Advance(morning.Add(time.Duration(n) * c.apart))
				r.put(bad(d, uint64(n+1), morning.Add(time.Duration(n)*c.apart)))
				r.settle()
			}
			if got := r.engine.Status().EntryClosed != ""; got != c.closed {
				t.Errorf("closed: %v, %+v", got, r.engine.Status())
			}
			if got := slices.Contains(r.noted(&r.asks), "closed"); got != c.closed {
				t.Errorf("told: %v", got)
			}
		})
	}
}

// A tick that makes the core panic is tried again, but not at once.
func TestPanicOfTime(t *testing.T) {
	r := newRig(t, journal.Memory(), clock.NewManual(morning))
	panics := 0
	r.engine.step = func(s *core.State, at time.Time, in event.Input) []event.Fact {
		if _, ok := in.(event.Time); ok && panics < 2 {
			panics++
			panic(fmt.Sprint("tick ", panics))
		}
		return core.Step(s, at, in)
	}
	r.start()
	r.put(ready("gate.north"))
	r.put(ready("payment.cards"))
	r.put(tap(1, "tok", morning))
	r.settle()
	r.clock.Advance(morning.Add(20 * time.Second))
	r.settle()
	r.clock.Advance(morning.Add(20*time.Second + 999*time.Millisecond))
	r.put(event.Answer{ID: "nobody asked", Outcome: event.OutcomeDone}) // a turn, and nothing for the stages
	r.settle()
	if panics != 1 {
		t.Errorf("%d panics at one instant", panics)
	}
	for n := range 3 {
		r.clock.Advance(morning.Add(time.Duration(21+n) * time.Second))
		r.settle()
	}
	refused := 0
	for _, rec := range r.records() {
		for _, f := range rec.Facts {
			if _, ok := f.(event.EntryRefused); ok {
				refused++
			}
		}
	}
	if panics != 2 || refused != 1 {
		t.Errorf("%d panics, the session expired %d times", panics, refused)
	}
}

// A wake that nothing comes of must not keep the engine busy for ever.
func TestFruitlessWake(t *testing.T) {
	r := newRig(t, journal.Memory(), clock.NewManual(morning))
	ticks := 0
	r.engine.step = func(s *core.State, at time.Time, in event.Input) []event.Fact {
		if _, ok := in.(event.Time); ok {
			ticks++
			return nil
		}
		return core.Step(s, at, in)
	}
	r.start()
	r.put(ready("gate.north"))
	r.put(ready("payment.cards"))
	r.put(tap(1, "tok", morning))
	r.settle()
	r.clock.Advance(morning.Add(20*time.Second + time.Millisecond))
	r.settle()
	if next, ok := r.clock.Next(); !ok || !next.Equal(morning.Add(21*time.Second+time.Millisecond)) || ticks == 0 || ticks > 2 {
		t.Errorf("%d ticks, the next at %v, %v", ticks, next, ok)
	}
}
