package simulate

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// trackGap is how long a body is lost whose track breaks off.
const trackGap = 1500 * time.Millisecond

func itoa(n int) string { return strconv.Itoa(n) }

func (w *world) camera() *device { return w.byAddress[cameraAddress] }

func (b *body) beginTrack() {
	b.w.tracks++
	b.track, b.sure = observe.Track("t"+itoa(b.w.tracks)), measure.Certain
	b.seen(observe.PhaseBegan)
}

func (b *body) seen(phase observe.Phase) {
	if b.track == "" {
		return
	}
	c := b.w.camera()
	now := b.w.tl.now - b.jitter()
	p := observe.Presence{Interval: c.span(now, now), Track: b.track, Zone: b.zone, Phase: phase}
	if b.w.noise.owns() {
		p.Confidence = b.sure
	}
	c.report(p)
}

func (b *body) jitter() time.Duration {
	if j := b.w.noise.Jitter; j > 0 {
		return time.Duration(b.sense.Int64N(int64(j)))
	}
	return 0
}

// gone ends the body's track at the gate, unless nobody saw it leave.
func (b *body) gone(unseen bool) {
	b.out = true
	if !unseen {
		b.seen(observe.PhaseEnded)
	}
	b.track = ""
	b.w.bodies = slices.DeleteFunc(b.w.bodies, func(o *body) bool { return o == b })
}

func (b *body) maybeLoseTrack() {
	lost := b.breakAt == 0
	if b.breakAt >= 0 {
		b.breakAt--
	}
	if !lost && b.w.hit(FV3, 120_000) {
		b.w.took(FV3, b.visit)
		lost = true
	}
	if !lost || b.track == "" {
		return
	}
	b.seen(observe.PhaseEnded)
	b.track = ""
	b.w.tl.after(trackGap, func() {
		if b.track == "" && !b.out {
			b.beginTrack()
		}
	})
}

// arrive has a body come to a zone, where the camera may take it and others who are
// there for one another. It does so as trackers do: each track goes on from where it
// is, on the other body, so that nothing it tells of places gives it away. How sure it
// still is of the two it says as soon as it is less so.
func (b *body) arrive(zone string) {
	b.zone = zone
	b.seen(observe.PhasePresent)
	for _, o := range b.w.bodies {
		if o != b && o.zone == b.zone && o.track != "" && b.track != "" {
			b.meet(o)
		}
	}
}

// meet is two bodies who pass one another under the camera.
func (b *body) meet(o *body) {
	sure := whole
	if n := &b.w.noise; len(n.Meetings) > 0 {
		sure = pickLevel(b.sense, n.Meetings)
	}
	b.sure, o.sure = b.sure.Mul(measure.Probability(sure)), o.sure.Mul(measure.Probability(sure))
	exchanged := chance(b.sense, whole-sure)
	if b.w.faults.lies && b.w.hit(FV3, 30_000) { // and does not know of it
		b.w.took(FV3, b.visit)
		exchanged = true
	}
	if exchanged {
		b.track, o.track, b.sure, o.sure = o.track, b.track, o.sure, b.sure
		if b.w.story != nil {
			b.w.tell("truth: visit %d is followed as %q from here on, and visit %d as %q", b.visit.number, b.track, o.visit.number, o.track)
		}
	}
	if sure < whole && b.w.noise.owns() {
		b.seen(observe.PhasePresent)
		o.seen(observe.PhasePresent)
	}
}

// restateTracks is what a camera tells that was opened again: most tracks it
// finds again, the others go on under another name.
func (w *world) restateTracks() {
	c := w.camera()
	for _, b := range w.bodies {
		if b.track == "" {
			continue
		}
		if chance(c.dice, 300_000) {
			b.beginTrack()
			continue
		}
		b.seen(observe.PhasePresent)
	}
}

// seeHand is what the camera makes of a hand.
func (b *body) seeHand(a *act) {
	w, n, r := b.w, &b.w.noise, b.sense
	if r.IntN(whole) >= n.Recall {
		return
	}
	if w.hit(FV3, 60_000) { // too few frames
		w.took(FV3, b.visit)
		return
	}
	action, sure := readAction(r, n, a.action)
	at := a.at
	if chance(r, n.NextBay) {
		at = w.bays[(slices.Index(w.bays, at)+1)%len(w.bays)]
	}
	c := w.camera()
	onset := a.onset - b.jitter()
	i := observe.Interaction{Interval: c.span(onset, max(onset, w.tl.now-b.jitter())), Track: b.track, At: at.address, Action: action, Confidence: sure}
	if action != observe.ActionTouch && a.product != nil {
		i.Quantity = readQuantity(r, n, a.quantity)
		i.Candidates = w.readProduct(r, a)
	}
	w.await(c, c.report(i), a.put)
}

func pickLevel(r *rand.Rand, levels []level) int {
	x := r.IntN(whole)
	for _, l := range levels {
		if x -= l.share; x < 0 {
			return l.sure
		}
	}
	return levels[len(levels)-1].sure
}

func readAction(r *rand.Rand, n *Noise, a observe.Action) (observe.Action, measure.Probability) {
	sure := pickLevel(r, n.Actions)
	if r.IntN(whole) < sure {
		return a, measure.Probability(sure)
	}
	others := slices.DeleteFunc([]observe.Action{observe.ActionTouch, observe.ActionTake, observe.ActionPut}, func(o observe.Action) bool { return o == a })
	return others[r.IntN(len(others))], measure.Probability(sure)
}

func readQuantity(r *rand.Rand, n *Noise, quantity int) int {
	switch {
	case r.IntN(whole) >= n.QuantityKnown:
		return 0
	case !chance(r, n.QuantityWrong):
		return quantity
	case quantity > 1 && r.IntN(2) == 0:
		return quantity - 1
	}
	return quantity + 1
}

// readProduct names what a hand held: right as often as it says.
func (w *world) readProduct(r *rand.Rand, a *act) []observe.Candidate {
	sure := pickLevel(r, w.noise.Products)
	if sure >= whole {
		return []observe.Candidate{{GTIN: a.product.gtin, Probability: measure.Certain}}
	}
	others := slices.DeleteFunc(slices.Clone(w.products), func(p *product) bool { return p == a.product })
	r.Shuffle(len(others), func(i, j int) { others[i], others[j] = others[j], others[i] })
	best := a.product
	if len(others) == 0 {
		return []observe.Candidate{{GTIN: best.gtin, Probability: measure.Probability(sure)}}
	}
	next, second := others[0], (whole-sure)*w.noise.Second/whole
	switch x := r.IntN(whole); {
	case x < sure:
	case x < sure+second:
		best, next = others[0], a.product
	case len(others) > 1:
		best, next = others[0], others[1]
	default:
		best, next = others[0], nil
	}
	out := []observe.Candidate{{GTIN: best.gtin, Probability: measure.Probability(sure)}}
	if next != nil {
		out = append(out, observe.Candidate{GTIN: next.gtin, Probability: measure.Probability(second)})
	}
	return out
}
