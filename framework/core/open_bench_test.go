package core_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/core"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// crowd is a store full of visits, told without checks so that it is quick.
type crowd struct {
	state *core.State
	now   time.Time
	seq   map[string]uint64
	n     int
	level measure.Mass
}

func newCrowd(b testing.TB) *crowd {
	c := &crowd{state: core.New(), now: morning, seq: map[string]uint64{}, level: 1000 * measure.Kilogram}
	for _, d := range c.adopt("payment.old") {
		c.step(event.DeviceStatus{Device: d.Address, Epoch: 1, State: event.StateReady})
	}
	c.pass(10 * time.Second)
	c.report("weight_shelf.cooler", observe.Weight{Interval: observe.At(c.now), Bay: 1, Mass: c.level, Deviation: measure.Gram})
	if c.state.Open() != 0 {
		b.Fatal("the store is not empty")
	}
	return c
}

// adopt adopts the store with a processor. Another one that was before is down.
func (c *crowd) adopt(processor string) []storedef.Device {
	s := testStore()
	s.Entry.MaxStay = 24 * time.Hour
	s.Devices = append(s.Devices, storedef.Device{Address: "payment.old", Class: storedef.ClassPayment})
	s.Settlement.Processor = processor
	if processor != "payment.old" {
		c.step(event.DeviceStatus{Device: "payment.old", Epoch: 1, State: event.StateOffline})
	}
	c.step(event.Definition{Store: s, Salt: "salt", Digest: processor})
	return s.Devices
}

func (c *crowd) step(in event.Input) { core.Step(c.state, c.now, in) }

func (c *crowd) pass(d time.Duration) {
	end := c.now.Add(d)
	for {
		w, ok := c.state.Wake()
		if !ok || w.After(end) {
			break
		}
		if w.After(c.now) {
			c.now = w
		}
		c.step(event.Time{})
	}
	c.now = end
}

func (c *crowd) report(device string, o observe.Evidence) {
	c.seq[device]++
	c.step(event.Evidence{Device: device, Serial: observe.Serial{Epoch: 1, Seq: c.seq[device]}, Observed: o})
}

func (c *crowd) answer(op event.Operation) {
	for _, a := range c.state.Pending() {
		if a.Operation == op {
			c.step(event.Answer{ID: a.ID, Outcome: event.OutcomeDone, Reference: "r-" + a.Key, Amount: a.Amount})
			return
		}
	}
	panic("nothing is asked of kind " + string(op))
}

// enter lets one more in, who takes a cola.
func (c *crowd) enter() observe.Track {
	c.n++
	track := observe.Track(fmt.Sprint("t", c.n))
	c.report("credential_reader.palm", observe.Credential{Interval: observe.At(c.now), Token: fmt.Sprint("p", c.n), Method: observe.MethodPalm, Quality: 999_000, Bodies: 1})
	c.answer(event.OpAuthorize)
	c.answer(event.OpAdmit)
	c.report("gate.north", observe.Passage{Interval: observe.At(c.now), Direction: observe.DirectionIn})
	c.report("camera.ceiling", observe.Presence{Interval: observe.At(c.now), Track: track, Zone: "zone.entrance", Phase: observe.PhaseBegan})
	c.pass(5 * time.Second)
	return track
}

// leave sees somebody off and settles the visit, or leaves its charge in doubt.
func (c *crowd) leave(track observe.Track, settle bool) {
	c.report("gate.north", observe.Passage{Interval: observe.At(c.now), Direction: observe.DirectionOut})
	c.report("camera.ceiling", observe.Presence{Interval: observe.At(c.now), Track: track, Zone: "zone.entrance", Phase: observe.PhaseEnded})
	c.pass(4 * time.Second)
	if settle {
		c.answer(event.OpVoid)
		return
	}
	for _, a := range c.state.Pending() {
		c.step(event.Answer{ID: a.ID, Outcome: event.OutcomeUnknown})
	}
}

// BenchmarkOpen is what a whole visit costs, of about a dozen inputs, while so
// many others are open: half are inside, and half have left and wait for the
// processor that holds their money, which is down. The ratio of the first to the last is what being
// many costs.
func BenchmarkOpen(b *testing.B) {
	for _, open := range []int{10, 1000, 10_000} {
		b.Run(fmt.Sprint(open), func(b *testing.B) {
			c := newCrowd(b)
			left := make([]observe.Track, open/2)
			for i := range left {
				left[i] = c.enter()
			}
			for _, track := range left {
				c.leave(track, false)
			}
			c.adopt("payment.cards")
			for range open / 2 {
				c.enter()
			}
			if c.state.Open() != open/2*2 {
				b.Fatalf("%d visits are open", c.state.Open())
			}
			b.ResetTimer()
			for range b.N {
				c.leave(c.enter(), true)
			}
		})
	}
}
