package simulate

import (
	"math/rand/v2"
	"strings"
	"time"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

const (
	// patience is how long a party waits at a gate that says nothing.
	patience = 45 * time.Second
	// firstStep is the time from the opened gate to the first body in its lane,
	// partyGap how long members of one party keep apart.
	firstStep = 700 * time.Millisecond
	partyGap  = 1200 * time.Millisecond
	// nextParty is how long after one party is in the next steps up.
	nextParty = 1500 * time.Millisecond
)

// gate is a lane between the street and the store, with a reader and perhaps
// antennas. Its way out is always free: there is nothing here that could hold
// anybody in.
type gate struct {
	w      *world
	index  int
	device *device
	reader *device
	lane   *device
	zone   string
	names  bool // whether passages name their admission
	dice   *rand.Rand

	queue      []*visit
	presenting *visit
	admissions map[string]*admission
	lastOut    time.Duration
	lastVisit  *visit
	stuck      time.Duration // does not open until then
}

// admission is leave for bodies to come in: used once.
type admission struct {
	bodies, passed int
	expires        time.Time
	visit          *visit
}

// arrive puts a party before the gate.
func (g *gate) arrive(v *visit) {
	g.queue = append(g.queue, v)
	g.call()
}

// call has the next party step up.
func (g *gate) call() {
	if g.presenting != nil || len(g.queue) == 0 {
		return
	}
	v := g.queue[0]
	g.queue = g.queue[1:]
	g.presenting = v
	v.present(g)
}

// free lets the next party step up a little later.
func (g *gate) free(v *visit) {
	if g.presenting != v {
		return
	}
	g.presenting = nil
	g.w.tl.after(nextParty, g.call)
}

// tap is a credential at the reader.
func (g *gate) tap(v *visit, bodies int) {
	now := g.w.tl.now
	quality := measure.Probability(995_000)
	v.taps++
	c := observe.Credential{Interval: g.reader.span(now, now), Token: v.token, Method: g.w.method(v), Quality: quality, Bodies: bodies, Attributes: g.w.attributes(v.token)}
	if late := g.w.lateReader(); late > 0 {
		g.w.tl.after(late, func() { g.reader.report(c) })
		return
	}
	g.reader.report(c)
	if g.w.hit(FV4, 300_000) {
		g.w.took(FV4, v)
		g.w.tl.after(between(g.dice, 100*time.Millisecond, time.Second), func() {
			again := c
			again.Interval = g.reader.span(g.w.tl.now, g.w.tl.now)
			g.reader.report(again)
		})
	}
}

// admit is the host's command, as it arrives at the gate.
func (g *gate) admit(name string, bodies int, expires time.Time) error {
	switch {
	case g.admissions[name] != nil:
		return nil
	case !g.w.hostTime().Before(expires):
		return fault.New(fault.Refused, "the admission has expired")
	case g.w.tl.now < g.stuck:
		return fault.New(fault.Unavailable, "the flap is stuck")
	}
	a := &admission{bodies: bodies, expires: expires}
	g.admissions[name] = a
	v := g.presenting
	if v == nil || v.waiting == 0 {
		return nil
	}
	session, _, _ := strings.Cut(name, "/")
	if owner := g.w.visitOf[session]; owner == nil || owner.token != v.token {
		return nil // the screen names another, who has gone: whoever stands there waits for their own
	}
	a.visit = v
	n := min(bodies, v.waiting)
	for i := range n {
		g.w.tl.after(firstStep+time.Duration(i)*partyGap, func() {
			a.passed++
			v.enter(g, name)
		})
	}
	g.w.tl.after(firstStep+time.Duration(n)*partyGap, func() { g.free(v) })
	return nil
}

// passage is a body in the lane.
func (g *gate) passage(dir observe.Direction, name string) {
	if !g.names {
		name = ""
	}
	now := g.w.tl.now
	g.device.report(observe.Passage{Interval: g.device.span(now-300*time.Millisecond, now), Direction: dir, Admission: name})
}

// out has a body pass out as soon as the lane is clear of other parties. Nobody
// is asked for leave.
func (g *gate) out(b *body) {
	gap := g.w.noise.LaneGap
	if wait := g.lastOut + gap - g.w.tl.now; g.lastVisit != nil && g.lastVisit != b.visit && wait > 0 {
		g.w.tl.after(wait+time.Duration(g.dice.IntN(400))*time.Millisecond, func() { g.out(b) })
		return
	}
	g.lastOut, g.lastVisit = g.w.tl.now, b.visit
	n := &g.w.noise
	unseen := chance(g.dice, n.Unseen)
	b.gone(unseen)
	if !unseen && !chance(g.dice, n.PassageMissed) {
		g.passage(observe.DirectionOut, "")
		if g.w.hit(FV5, 60_000) { // the gate counts one too many
			g.w.took(FV5, b.visit)
			g.w.tl.after(200*time.Millisecond, func() { g.passage(observe.DirectionOut, "") })
		}
	}
	g.readTags(b)
	b.visit.bodyOut()
}

// readTags is what the antennas over the lane read of what goes out.
func (g *gate) readTags(b *body) {
	if g.lane == nil {
		return
	}
	tag := func(epc string, reads int) {
		now := g.w.tl.now
		g.lane.report(observe.Tag{Interval: g.lane.span(now-200*time.Millisecond, now), EPC: epc, Antenna: 1, Reads: reads,
			Direction: observe.DirectionOut, Confidence: 980_000})
	}
	for _, u := range b.carried {
		if u.epc == "" || chance(g.dice, g.w.noise.TagMissed) {
			continue
		}
		if g.w.hit(FV2, 250_000) {
			g.w.took(FV2, b.visit)
			continue // missed
		}
		tag(u.epc, 5+g.dice.IntN(20))
		if g.w.hit(FV2, 100_000) { // a flood of the same
			g.w.took(FV2, b.visit)
			for range 10 {
				tag(u.epc, 1)
			}
		}
	}
	stray := chance(g.dice, g.w.noise.StrayRead)
	if !stray && g.w.hit(FV2, 80_000) {
		g.w.took(FV2, b.visit)
		stray = true
	}
	if stray { // through the wall
		if bay := g.w.bays[g.dice.IntN(len(g.w.bays))]; len(bay.units) > 0 {
			if u := bay.units[g.dice.IntN(len(bay.units))]; u.epc != "" {
				tag(u.epc, 1)
			}
		}
	}
}
