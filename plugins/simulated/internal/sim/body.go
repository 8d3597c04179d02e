package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/timeline"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// body is one person in the store.
type body struct {
	w     *World
	visit *visit
	owner int64
	// rng draws what the body does, sense how sensors see it.
	rng, sense *rand.Rand

	zone    string
	carried []*unit
	stops   int
	idle    bool
	leaving bool
	out     bool

	camera string
	track  observe.Track
	// sure is how sure the camera is that the track is still whose it was.
	sure measure.Probability
	// breakAt is at which stop the track breaks off; negative for never.
	breakAt int
}

func newBody(v *visit, index int) *body {
	name := fmt.Sprintf("%s body %d", v.token, index)
	b := &body{
		w: v.w, visit: v, owner: ownerBodies + int64(v.number)*64 + int64(index),
		rng: stream(v.w.opt.Seed, name), sense: stream(v.w.opt.Seed, name+" seen"),
	}
	b.stops = 2 + b.rng.IntN(5)
	if v.size > 1 {
		b.stops = 1 + b.rng.IntN(3)
	}
	if v.w.opt.Stops > 0 {
		b.stops = min(b.stops, v.w.opt.Stops)
	}
	b.breakAt = -1
	if b.sense.Float64() < v.w.opt.Profile.TrackLost {
		b.breakAt = b.sense.IntN(b.stops)
	}
	return b
}

// stamp gives the time that a device puts on what happens now.
func (b *body) stamp(now timeline.Instant) time.Time { return now.Add(-b.w.jitter(b.sense)).Time() }

// come starts a body that has just passed the gate.
func (b *body) come() {
	b.arrive(b.visit.entry.zone)
	if b.w.opt.Script != nil {
		b.followScript()
		return
	}
	b.w.tl.After(between(b.rng, time.Second, 3*time.Second), b.owner, b.decide)
}

// arrive puts the body into a zone, where a camera may see it.
func (b *body) arrive(zone string) {
	b.zone = zone
	if b.camera == b.w.cameraOf[zone] && b.track != "" {
		b.seen(observe.PhasePresent)
		b.meetOthers()
		return
	}
	b.endTrack()
	b.beginTrack()
}

// walk takes the body to another zone and goes on there.
func (b *body) walk(zone string, then func()) {
	if b.zone == zone {
		then()
		return
	}
	b.w.tl.After(between(b.rng, 3*time.Second, 7*time.Second), b.owner, func() {
		b.arrive(zone)
		then()
	})
}

// decide chooses what to do next.
func (b *body) decide() {
	switch {
	case b.visit.isStaff:
		b.restock()
	case b.stops > 0 && len(b.w.bays) > 0:
		b.stops--
		b.maybeLoseTrack()
		b.stop()
	case b.visit.emptyHanded && b.own() != nil:
		b.putBack(b.own(), b.own().product.home)
	default:
		b.finish()
	}
}

// next decides again after a while of looking around.
func (b *body) next() {
	b.w.tl.After(between(b.rng, 1500*time.Millisecond, 6*time.Second), b.owner, b.decide)
}

// own gives a unit that the body carries and its own party picked. Others'
// goods, which were handed over, are never put back.
func (b *body) own() *unit {
	for _, u := range b.carried {
		if u.payer == b.visit {
			return u
		}
	}
	return nil
}

// stop is one thing done at one place. The shares are those of a busy corner
// store with careless visitors: more put-backs and wrong places than usual.
func (b *body) stop() {
	switch pick(b.rng, []float64{0.12, 0.10, 0.04, 0.74}) {
	case 0:
		b.reach(b.anyBay(), b.browse)
	case 1:
		b.putBackSomewhere()
	case 2:
		b.handOver()
	default:
		if b.visit.emptyHanded && b.rng.Float64() < 0.5 {
			b.reach(b.anyBay(), b.browse)
			return
		}
		b.reach(b.anyBay(), b.take)
	}
}

// anyBay prefers the zone that the body is in.
func (b *body) anyBay() *bay {
	all := b.w.bays
	if b.rng.Float64() < 0.5 {
		if here := b.w.baysIn(b.zone); len(here) > 0 {
			all = here
		}
	}
	return all[b.rng.IntN(len(all))]
}

func (w *World) baysIn(zone string) []*bay {
	var here []*bay
	for _, y := range w.bays {
		if y.zone == zone {
			here = append(here, y)
		}
	}
	return here
}

// putBackSomewhere is careless but with what is paid for by its mass: that goes back to
// its own scale, for none other may say what a further one who takes it pays.
func (b *body) putBackSomewhere() {
	u := b.own()
	if u == nil {
		b.reach(b.anyBay(), b.browse)
		return
	}
	to := u.product.home
	if here := b.w.baysIn(b.zone); len(here) > 0 && b.rng.Float64() < 0.3 && !u.product.Weighed {
		to = here[b.rng.IntN(len(here))]
	}
	b.putBack(u, to)
}

// handOver gives a unit to somebody of another party in the same zone. The
// picker pays. No shelf is touched, so no sensor sees it.
func (b *body) handOver() {
	for _, o := range b.w.bodies {
		if o.visit == b.visit || o.visit.isStaff || o.zone != b.zone || o.leaving {
			continue
		}
		for i, u := range b.carried {
			if u.payer == b.visit && (u.epc == "" || b.w.opt.Profile.HandOverTagged) && !b.visit.emptyHanded {
				b.carried = append(b.carried[:i:i], b.carried[i+1:]...)
				o.carried = append(o.carried, u)
				b.next()
				return
			}
		}
	}
	b.next()
}

// finish leaves, or waits for the rest of the party.
func (b *body) finish() {
	v := b.visit
	if !v.together {
		b.leave(0)
		return
	}
	b.idle = true
	if v.entering() {
		return
	}
	for _, o := range v.bodies {
		if !o.idle {
			return
		}
	}
	for i, o := range v.bodies {
		o.leave(time.Duration(i) * partyGap)
	}
}

// leave walks to the exit. It takes at least four seconds, so that every plate
// the body touched is at rest when it is out.
func (b *body) leave(after time.Duration) {
	b.leaving = true
	b.w.tl.After(after+between(b.rng, 4*time.Second, 7*time.Second), b.owner, func() {
		if b.zone != b.visit.exit.zone {
			b.arrive(b.visit.exit.zone)
		}
		b.w.tl.After(between(b.rng, 500*time.Millisecond, 1500*time.Millisecond), b.owner, func() { b.visit.exit.leave(b) })
	})
}
