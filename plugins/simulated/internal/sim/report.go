package sim

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// tick is the grid on which devices deliver reports. What falls due within one
// tick travels together, as from devices polled ten times a second, and costs
// the clock one step.
const tick = 100 * time.Millisecond

// tagField is how long a tag is in a lane's field before its body is out.
const tagField = 600 * time.Millisecond

// delivery is the way of one device's reports to the host.
type delivery struct {
	owner int64
	rng   *rand.Rand
}

func (w *World) addDevices() {
	addresses := w.scene.Devices()
	sorted := make([]string, 0, len(addresses))
	for a := range addresses {
		sorted = append(sorted, a)
	}
	slices.Sort(sorted)
	for i, a := range sorted {
		w.devices[a] = &delivery{owner: ownerDevices + int64(i), rng: stream(w.opt.Seed, "delivery of "+a)}
	}
}

// emit sends evidence on its way, late or twice as the profile has it.
func (w *World) emit(device string, e observe.Evidence) {
	d := w.devices[device]
	p := &w.opt.Profile
	var delay time.Duration
	if d.rng.Float64() < p.Late {
		delay = between(d.rng, 0, p.LateMax)
	}
	w.deliver(device, d, e, delay)
	if d.rng.Float64() < p.Twice {
		w.deliver(device, d, e, delay+between(d.rng, 0, p.TwiceMax))
	}
}

func (w *World) deliver(device string, d *delivery, e observe.Evidence, delay time.Duration) {
	w.pending++
	w.tl.At(w.tl.Now().Add(delay).Ceil(tick), d.owner, func() {
		w.pending--
		w.out.Report(device, e)
	})
}

func (w *World) jitter(r *rand.Rand) time.Duration {
	if w.opt.Profile.Jitter <= 0 {
		return 0
	}
	return between(r, 0, w.opt.Profile.Jitter)
}

// Levels gives what a device states right after it was opened.
func (w *World) Levels(device string) []observe.Evidence {
	var all []observe.Evidence
	for _, y := range w.bays {
		if y.shelf == device {
			all = append(all, y.level())
		}
	}
	for _, b := range w.bodies {
		if b.camera == device && b.track != "" {
			all = append(all, b.presence(w.tl.Now().Time(), observe.PhasePresent))
		}
	}
	for _, epc := range w.inView[device] {
		all = append(all, w.tagReport(w.arrivals, epc, observe.DirectionUnknown))
	}
	return all
}

// scheduleRestating lets the shelves follow their drift while there are visits.
func (w *World) scheduleRestating() {
	if w.opt.Profile.Restate <= 0 {
		return
	}
	w.tl.After(w.opt.Profile.Restate, ownerBays, func() {
		if w.shoppersDone() {
			return
		}
		for _, y := range w.bays {
			if !y.open {
				w.emit(y.shelf, y.measure(w.tl.Now()))
			}
		}
		w.scheduleRestating()
	})
}

// readTags reports the tags that a body carries out past a gate's reader.
func (g *gate) readTags(b *body) {
	p, r := &g.w.opt.Profile, b.sense
	for _, lane := range g.lanes {
		for _, u := range b.carried {
			if u.epc == "" || r.Float64() < p.TagMissed {
				continue
			}
			g.w.emit(lane, g.w.tagReport(r, u.epc, g.w.wayOut(r)))
		}
		if r.Float64() < p.StrayRead {
			if u := g.w.tagOnShelf(r); u != nil {
				g.w.emit(lane, g.w.tagReport(r, u.epc, observe.DirectionUnknown))
			}
		}
	}
}

// wayOut is a direction out, as far as the reader can tell.
func (w *World) wayOut(r *rand.Rand) observe.Direction {
	if r.Float64() < w.opt.Profile.DirectionUnknown {
		return observe.DirectionUnknown
	}
	return observe.DirectionOut
}

func (w *World) tagReport(r *rand.Rand, epc string, d observe.Direction) observe.Tag {
	now := w.tl.Now()
	t := observe.Tag{
		Interval: observe.Between(now.Add(-tagField).Time(), now.Time()), EPC: epc, Antenna: 1 + r.IntN(2),
		Power: -measure.Power(4500+r.IntN(2000)) * measure.DBm / 100, Reads: 4 + r.IntN(40),
	}
	if d != observe.DirectionUnknown {
		t.Direction, t.Confidence = d, measure.Certain
		if w.opt.Profile.TagMissed > 0 {
			t.Confidence = ppm(0.995)
		}
	}
	return t
}

func (w *World) tagOnShelf(r *rand.Rand) *unit {
	y := w.bays[r.IntN(len(w.bays))]
	for _, u := range y.units {
		if u.epc != "" {
			return u
		}
	}
	return nil
}
